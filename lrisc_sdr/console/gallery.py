# SPDX-License-Identifier: MIT
"""The pictures of the page, with bounded memory: the newest are kept."""

from __future__ import annotations

import io
import math
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from PIL import Image

from lrisc_sdr.evaluation.pixels import psnr_db
from lrisc_sdr.telemetry.messages import Picture, Scores, Source, Step

MAX_PICTURES = 400
MAX_BYTES = 192 << 20
MAX_PIXELS = 32_000_000
THUMBNAIL = 240

Kind = Literal["source", "jscc", "final"]
KINDS: tuple[Kind, ...] = ("source", "jscc", "final")


@dataclass
class Entry:
    """One picture.

    Attributes:
        key: of the picture in addresses.
        version: of the scene when it changed last.
        facts: what the page shows, by the names of the run's report.
        files: bytes of the pictures' files.
        steps: the JPEG files after each of the decoder's steps, by their number.
        revision: counts the changes of the files: it is in their addresses.
    """

    key: str
    run: str
    picture_id: int
    version: int = 0
    facts: dict[str, Any] = field(default_factory=dict)
    files: dict[Kind, bytes] = field(default_factory=dict)
    steps: dict[int, bytes] = field(default_factory=dict)
    revision: int = 0

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return sum(map(len, self.files.values())) + sum(map(len, self.steps.values()))

    def shown(self) -> dict[str, Any]:
        """What the page is told."""
        return {
            "key": self.key,
            "run": self.run,
            "picture_id": self.picture_id,
            "revision": self.revision,
            "files": [kind for kind in KINDS if kind in self.files],
            "steps": sorted(self.steps),
            **self.facts,
        }


class Gallery:
    """Pictures by run and number; a number that comes again in another stream is another picture."""

    def __init__(self) -> None:
        self.entries: OrderedDict[str, Entry] = OrderedDict()
        self._newest: dict[tuple[str, int], str] = {}
        self._count = 0

    def source(self, told: Source) -> Entry:
        """A picture is sent."""
        entry = self._entry(told.run, told.picture_id, None)
        entry.facts["name"] = told.name
        self._keep(entry, "source", told.file)
        return entry

    def step(self, told: Step) -> Entry:
        """A step of the decoder is done."""
        known = self.entries.get(self._newest.get((told.run, told.picture_id), ""))
        # Decoded again, it is the same picture; in another stream, another one.
        entry = known or self._entry(told.run, told.picture_id, None)
        if told.done in entry.steps:
            entry.steps.clear()
        entry.steps[told.done] = told.file
        entry.facts["steps_of"] = told.steps
        entry.revision += 1
        return entry

    def picture(self, told: Picture) -> Entry:
        """A picture was decoded, or failed."""
        entry = self._entry(told.run, told.picture_id, told.stream)
        for name in (
            "ok", "error", "height", "width", "frames_received", "frames_sent", "snr_db", "cfo_hz", "decode_s"
        ):  # fmt: skip
            entry.facts[name] = getattr(told, name)
        self._keep(entry, "final", told.final)
        self._keep(entry, "jscc", told.jscc)
        return entry

    def scores(self, told: Scores) -> Entry:
        """A picture was measured by its run."""
        entry = self._entry(told.run, told.picture_id, told.stream)
        for name in ("name", "psnr_db", "psnr_jscc_db", "ms_ssim", "lpips", "lpips_jscc"):
            entry.facts[name] = getattr(told, name)
        return entry

    def _entry(self, run: str, picture_id: int, stream: str | None) -> Entry:
        key = self._newest.get((run, picture_id))
        entry = self.entries.get(key or "")
        if entry is not None:
            known = entry.facts.get("stream")
            if stream is None or known is None or known == stream:
                if stream is not None:
                    entry.facts["stream"] = stream
                return entry
        self._count += 1
        key = f"{self._count:06d}"
        entry = self.entries[key] = Entry(key, run, picture_id)
        self._newest[run, picture_id] = key
        if stream is not None:
            entry.facts["stream"] = stream
        return entry

    def _keep(self, entry: Entry, kind: Kind, content: bytes) -> None:
        if content and entry.files.get(kind) != content:
            entry.files[kind] = content
            entry.revision += 1
            self._bound(entry)

    def _bound(self, newest: Entry) -> None:
        """Forget the oldest where there are too many, or too many bytes."""
        total = sum(entry.size for entry in self.entries.values())
        while len(self.entries) > 1 and (len(self.entries) > MAX_PICTURES or total > MAX_BYTES):
            oldest = next(iter(self.entries.values()))
            if oldest is newest:
                return
            total -= oldest.size
            del self.entries[oldest.key]
            if self._newest.get((oldest.run, oldest.picture_id)) == oldest.key:
                del self._newest[oldest.run, oldest.picture_id]


def thumbnail(content: bytes) -> bytes:
    """A small JPEG of a picture's file.

    Raises:
        OSError: it is no picture.
    """
    with _opened(content) as image:
        image.thumbnail((THUMBNAIL, THUMBNAIL))
        out = io.BytesIO()
        image.convert("RGB").save(out, "JPEG", quality=82)
    return out.getvalue()


def distances_db(source: bytes, final: bytes, jscc: bytes) -> tuple[float | None, float | None]:
    """PSNR of the final and of the JSCC picture, as the run will measure it `[dB]`; None where it cannot be told."""
    try:
        x, y, z = (np.asarray(_opened(content).convert("RGB")) for content in (source, final, jscc))
    except OSError:
        return None, None
    if not x.shape == y.shape == z.shape:
        return None, None
    values = psnr_db(x, y), psnr_db(x, z)
    return tuple(value if math.isfinite(value) else None for value in values)  # type: ignore[return-value]


def _opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content), formats=("PNG", "JPEG"))
    if image.width * image.height > MAX_PIXELS:
        raise OSError("too large")
    return image

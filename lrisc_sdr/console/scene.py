# SPDX-License-Identifier: MIT
"""What there is to see now, and what of it is new since a client saw it last.

Nothing is queued for a client. Every change has a number; a client is told what has a larger one than it has seen, and
so a slow client misses what was replaced meanwhile, and costs no memory.
"""

from __future__ import annotations

import time
from collections import deque
from typing import Any

import msgspec

from lrisc_sdr.console.figures import Figures
from lrisc_sdr.console.gallery import Entry, Gallery
from lrisc_sdr.telemetry.messages import (
    BINS,
    Begun,
    Decoders,
    Ended,
    Frames,
    Funnel,
    Overflows,
    Picture,
    Radio,
    Rows,
    Scores,
    Source,
    Stage,
    Step,
    Told,
    Transmitter,
)

KEPT_RUNS = 16
KEPT_ROWS = 240
KEPT_POINTS = 1_500
POINTS_AT_ONCE = 300
SILENT_S = 5.0
# Around a picture's frames, of which only the beginnings are known, when they are replayed `[s]`.
AROUND_S = 0.02
LONGEST_FRAME_S = 0.25
_LATEST = {Stage: "stage", Radio: "radio", Decoders: "decoders"}


class Scene:
    """The state of the page.

    Attributes:
        version: the number of the last change.
        gallery: the pictures.
        figures: for Prometheus, of all runs.
    """

    def __init__(self) -> None:
        self.version = 1
        self.gallery = Gallery()
        self.figures = Figures()
        self._run: Begun | None = None
        self._known: dict[str, Begun] = {}
        self._heard_s = 0.0
        self._latest: dict[str, tuple[int, Any]] = {}
        self._rows: deque[tuple[int, float, bytes]] = deque(maxlen=KEPT_ROWS)
        self._points: deque[tuple[int, list[float]]] = deque(maxlen=KEPT_POINTS)
        self._funnels: dict[int, Funnel] = {}
        self._began = 0
        self._heard_at: dict[int, tuple[float, float]] = {}
        self._offset_s = self._last_s = 0.0

    def take(self, told: Told) -> Entry | None:
        """Note what was told; returns the picture that it was about, if any."""
        self.version += 1
        self.figures.take(told)
        if isinstance(told, Overflows):
            return None
        if isinstance(told, Transmitter):
            # Nobody's business alone, whichever run it is of.
            self._set("transmitter", told)
            return None
        if isinstance(told, Begun):
            if told.verb == "tx":
                # There is nothing to draw of it: it takes the page from no receiver.
                if self._is_idle():
                    self._begin(told)
                return None
            self._known[told.run] = told
            while len(self._known) > KEPT_RUNS:
                del self._known[next(iter(self._known))]
            self._begin(told)
            return None
        if not self._is_ours(told):
            # A decoder may serve other machines' receivers.
            if not isinstance(told, Decoders):
                return None
        else:
            self._heard_s = time.monotonic()
        if isinstance(told, Ended):
            for name in ("decoders", "stage"):
                self._latest.pop(name, None)
            self._set("ended", True)
        elif isinstance(told, Rows):
            self._take_rows(told)
        elif isinstance(told, Frames):
            self._take_frames(told)
        elif isinstance(told, Funnel):
            self._funnels[told.receiver] = told
            self._tell_funnel()
        elif isinstance(told, (Source, Step, Picture, Scores)):
            return self._take_picture(told)
        else:
            self._set(_LATEST[type(told)], told)
        return None

    def change(self, entry: Entry) -> None:
        """A picture's facts have changed."""
        self.version += 1
        entry.version = self.version

    def replaying(self, state: dict[str, Any]) -> None:
        """What the page's own replay does."""
        self.version += 1
        self._set("replay", state)

    def update(self, seen: int) -> dict[str, Any]:
        """What is new since the change of number `seen`; 0 for all."""
        new: dict[str, Any] = {"version": self.version, "anew": seen < self._began}
        seen_live = 0 if seen < self._began else seen
        for name, (version, value) in self._latest.items():
            if version > seen:
                new[name] = value
        rows = [(at_s, levels) for version, at_s, levels in self._rows if version > seen_live]
        if rows:
            new["rows"] = [[round(at_s, 4), levels] for at_s, levels in rows]
        points = [point for version, point in self._points if version > seen_live]
        if points:
            new["points"] = points if seen_live == 0 else points[-POINTS_AT_ONCE:]
        pictures = [entry.shown() for entry in self.gallery.entries.values() if entry.version > seen]
        if pictures:
            new["pictures"] = pictures
            new["keys"] = list(self.gallery.entries)
        return new

    def _is_idle(self) -> bool:
        return self._run is None or "ended" in self._latest or time.monotonic() - self._heard_s > SILENT_S

    def _is_ours(self, told: Told) -> bool:
        """Whether its run is the one that is shown: the last that began and goes on."""
        if self._run is not None and self._run.run == told.run:
            return True
        begun = self._known.get(told.run)
        # A flowgraph that was started by hand is a run that nobody announced; what is no receiver has nothing to draw.
        if begun is None and told.run.startswith("process-") and not isinstance(told, (Decoders, Stage)):
            begun = Begun(run=told.run, verb="receiver", facts={})
        if begun is None or not self._is_idle():
            return False
        self._begin(begun)
        return True

    def _begin(self, told: Begun) -> None:
        if self._run is not None and self._run.run == told.run:
            return
        self._run, self._heard_s = told, time.monotonic()
        self._latest = {name: entry for name, entry in self._latest.items() if name in ("replay", "transmitter")}
        self._rows.clear()
        self._points.clear()
        self._funnels.clear()
        self._offset_s = self._last_s = 0.0
        self._heard_at.clear()
        self._began = self.version
        self._set("run", told)

    def _take_rows(self, told: Rows) -> None:
        for i, sample in enumerate(told.samples):
            levels = told.levels[i * BINS : (i + 1) * BINS]
            if len(levels) == BINS:
                self._rows.append((self.version, sample / told.rate_sps, levels))
        self._set("rate_sps", told.rate_sps)

    def _take_frames(self, told: Frames) -> None:
        for point in told.points:
            # A run's next receiver counts from 0 again.
            if point.time_s + self._offset_s < self._last_s - 1.0:
                self._offset_s = self._last_s
            self._last_s = max(self._last_s, point.time_s + self._offset_s)
            first_s, last_s = self._heard_at.get(point.picture_id, (point.time_s, point.time_s))
            self._heard_at[point.picture_id] = min(first_s, point.time_s), max(last_s, point.time_s)
            values = [point.time_s + self._offset_s, point.snr_db, point.cfo_hz, point.evm_db, point.picture_id]
            self._points.append((self.version, [round(value, 4) for value in values]))
        self._set("frame", {"symbols": told.symbols, "channel_db": told.channel_db, "spacing_hz": told.spacing_hz})

    def _take_picture(self, told: Source | Step | Picture | Scores) -> Entry:
        if isinstance(told, Source):
            entry = self.gallery.source(told)
        elif isinstance(told, Step):
            entry = self.gallery.step(told)
        elif isinstance(told, Scores):
            entry = self.gallery.scores(told)
        else:
            entry = self.gallery.picture(told)
            self._locate(entry)
            self._tell_funnel()
        entry.version = self.version
        return entry

    def _locate(self, entry: Entry) -> None:
        """Where a picture lies in the one capture that is replayed."""
        assert self._run is not None
        capture = self._run.facts.get("capture", "")
        if capture and "," not in capture and entry.picture_id in self._heard_at:
            first_s, last_s = self._heard_at[entry.picture_id]
            segment = {"capture": capture.removesuffix(".sigmf-meta").removesuffix(".sigmf-data")}
            entry.facts |= segment | {"from_s": max(first_s - AROUND_S, 0.0), "to_s": last_s + LONGEST_FRAME_S}

    def _tell_funnel(self) -> None:
        """The receivers' counters added, and the pictures that came of them."""
        names = ("samples", "detected", "header_ok", "payload_ok", "interrupted", "cut", "busy_s")
        total: dict[str, Any] = {name: sum(getattr(f, name) for f in self._funnels.values()) for name in names}
        assert self._run is not None
        ours = [entry for entry in self.gallery.entries.values() if entry.run == self._run.run]
        total["decoded"] = sum(entry.facts.get("ok") is True for entry in ours)
        total["failed"] = sum(entry.facts.get("ok") is False for entry in ours)
        rates = [f.rate_sps for f in self._funnels.values()]
        total["rate_sps"] = rates[-1] if rates else None
        self._set("funnel", total)

    def _set(self, name: str, value: Any) -> None:
        self._latest[name] = self.version, value


_encoder = msgspec.json.Encoder()


def as_text(update: dict[str, Any]) -> str:
    """An update as JSON; bytes in base64, numbers that are not finite as null."""
    return _encoder.encode(update).decode()

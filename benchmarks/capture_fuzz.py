# SPDX-License-Identifier: MIT
"""Mutated metadata through the reader of captures: `python -m benchmarks.capture_fuzz [COUNT [SEED]]`, 10,000 of them.

Every one is read or refused with `InvalidCapture`; nothing outside of the capture's folder is opened. The folder holds
links and the metadata names files that lead out of it.
"""

from __future__ import annotations

import copy
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from lrisc_sdr.capture import open_capture, write_capture
from lrisc_sdr.errors import InvalidCapture

N_SAMPLES = 64

HOSTILE: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 63, 64, 65, 1 << 31, 1 << 53, (1 << 63) - 1, 1 << 64, 10**30, -(1 << 63), 0.5, 1e308,
    -0.0, float("nan"), float("inf"), "", "x", "0", "\x00", "\ud800", "é" * 300, "a" * 70_000, [], {}, [[]], [{}],
    {"core:x": 1},
    "../outside.sigmf-data", "/etc/passwd", "link.sigmf-data", "folder/../../outside.sigmf-data", "..", ".",
    "C:\\x", "\\\\host\\x",
    "file:///etc/passwd", "fuzz.sigmf-meta", "fuzz.sigmf-data", "pipe", "2026-11-22T13:22:07", "2026-02-30T00:00:00Z",
    "2026-11-22T23:59:60Z", "cf64_be", "ri8", "cu32_le", "cf32", "rf64_le", "ci16_be", "wifi64",
)  # fmt: skip
NAMES = (
    "core:dataset", "core:offset", "core:trailing_bytes", "core:header_bytes", "core:global_index", "core:num_channels",
    "core:metadata_only", "core:sha512", "core:extensions", "core:datetime", "core:frequency", "core:collection",
    "core:sample_start", "core:sample_count", "core:datatype", "core:sample_rate", "core:version", "core:label",
    "core:length", "core:geolocation", "lrisc:waveform", "lrisc:sample_count", "lrisc:x", "global", "captures",
)  # fmt: skip
BYTES = (
    b"{", b"}", b"[", b"]", b'"', b",", b":", b"\\", b"\x00", b"\xff", b"NaN", b"-", b"1e999", b"[" * 2000, b"9" * 5000
)  # fmt: skip


def mutate(metadata: dict[str, Any], rng: random.Random) -> bytes:
    """One to four changes: of the values and names, and then, of every fourth, of the bytes."""
    changed = copy.deepcopy(metadata)
    for _ in range(rng.randint(1, 4)):
        parent, key = rng.choice(list(_places(changed)))
        deed = rng.random()
        if deed < 0.5:
            parent[key] = copy.deepcopy(rng.choice(HOSTILE))
        elif deed < 0.65:
            del parent[key]
        elif isinstance(parent, dict):
            parent[rng.choice(NAMES)] = copy.deepcopy(rng.choice(HOSTILE))
        else:
            parent.extend(copy.deepcopy(parent[key]) for _ in range(rng.randint(1, 3)))
    text = bytearray(json.dumps(changed).encode("utf-8", "surrogatepass"))
    if rng.random() < 0.25:
        for _ in range(rng.randint(1, 8)):
            at = rng.randrange(len(text) + 1)
            text[at : at + rng.randint(0, 3)] = rng.choice(BYTES)
    return bytes(text)


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every value of a JSON document, as the container that holds it and its key there."""
    items = list(node.items()) if isinstance(node, dict) else list(enumerate(node)) if isinstance(node, list) else []
    for key, value in items:
        yield node, key
        yield from _places(value)
    if isinstance(node, dict) and not items:
        node["x"] = 0
        yield node, "x"


class _Watch:
    """Notes the files that this process opens while `on`. A hook of the interpreter stays for good."""

    def __init__(self) -> None:
        self.on, self.opened = False, [""]
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.on and event == "open" and isinstance(arguments[0], str | bytes):
            self.opened.append(str(arguments[0]))

    @contextmanager
    def watching(self) -> Iterator[list[str]]:
        """The files that are opened within the context."""
        self.on, self.opened = True, []
        try:
            yield self.opened
        finally:
            self.on = False


def fuzz(folder: Path, count: int, seed: int = 0) -> Counter[str]:
    """Read `count` mutations in a new folder; returns how many were read, and how many refused.

    Raises:
        AssertionError: a file outside was opened. Any other exception but `InvalidCapture` is the reader's crash.
    """
    inside = folder / "inside"
    inside.mkdir()
    samples = np.exp(0.1j * np.arange(N_SAMPLES)).astype(np.complex64)
    write_capture(folder / "outside", samples, 1e6)
    write_capture(inside / "fuzz", samples, 1e6, "pluto256", frequency_hz=2.45e9, description="a capture")
    (inside / "link.sigmf-data").symlink_to(folder / "outside.sigmf-data")
    meta = inside / "fuzz.sigmf-meta"
    metadata = json.loads(meta.read_text(encoding="utf-8"))
    metadata["captures"].append({"core:sample_start": 32, "core:global_index": 96, "core:frequency": 2.45e9})
    metadata["annotations"] = [{"core:sample_start": 3, "core:sample_count": 9, "core:label": "frame"}]
    with_hash, without = metadata, copy.deepcopy(metadata)
    del without["global"]["core:sha512"]
    del without["global"]["lrisc:sample_count"]
    meta.write_bytes(json.dumps(with_hash).encode())
    open_capture(meta, resample_sps=3e5).samples()  # imports what reading will need
    rng, seen = random.Random(seed), Counter[str]()
    watch = _Watch()
    for number in range(count):
        text = mutate(rng.choice((with_hash, without)), rng)
        meta.write_bytes(text)
        with watch.watching() as opened:
            try:
                open_capture(meta).read(0, 1 << 20)
                seen["read"] += 1
                words = ""
            except InvalidCapture as error:
                seen["refused"] += 1
                words = str(error)
        assert len(words) < 500, f"mutation {number}: {len(words)} characters of complaint"
        strangers = [path for path in opened if Path(path).resolve().parent != inside.resolve()]
        assert not strangers, f"mutation {number} opened {strangers[:3]}"
    return seen


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:3]]
    with tempfile.TemporaryDirectory() as temporary:
        found = fuzz(Path(temporary), *(numbers or [10_000]))
    sys.stdout.write(f"{found.total()} mutations: {found['read']} read, {found['refused']} refused, no other end\n")

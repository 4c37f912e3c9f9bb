# SPDX-License-Identifier: MIT
"""Mutated metadata and archives: read or refused. `python -m benchmarks.capture_fuzz` does more of them."""

from __future__ import annotations

import contextlib
import random
import tarfile
from pathlib import Path

import numpy as np

from lrisc_sdr.capture import open_capture, write_capture
from lrisc_sdr.cli.bench import load
from lrisc_sdr.errors import InvalidCapture


def test_mutated_metadata_is_read_or_refused_and_nothing_outside_is_opened(tmp_path: Path) -> None:
    seen = load("capture_fuzz").fuzz(tmp_path, 500, seed=3)
    assert seen["read"] > 5
    assert seen["refused"] > 300


def archive(tmp_path: Path) -> Path:
    write_capture(tmp_path / "a", np.ones(100, np.complex64), 1e6)
    with tarfile.open(tmp_path / "a.sigmf", "w") as tar:
        for suffix in ("meta", "data"):
            tar.add(tmp_path / f"a.sigmf-{suffix}", f"a/a.sigmf-{suffix}")
    return tmp_path / "a.sigmf"


def test_mutated_archives_and_wav_files_are_read_or_refused(tmp_path: Path) -> None:
    from scipy.io import wavfile

    wavfile.write(tmp_path / "b.wav", 48_000, np.ones((100, 2), np.int16))
    rng = random.Random(4)
    for path in (archive(tmp_path), tmp_path / "b.wav"):
        original = path.read_bytes()
        assert open_capture(path).samples().size == 100
        for _ in range(150):
            data = bytearray(original)
            for _ in range(rng.randint(1, 6)):
                data[rng.randrange(min(len(data), 1600))] = rng.choice((0, 1, 0x30, 0x37, 0x78, 0x80, 0xFF))
            path.write_bytes(data[: rng.choice((len(data), len(data), rng.randrange(len(data))))])
            with contextlib.suppress(InvalidCapture):
                open_capture(path).read(0, 1000)

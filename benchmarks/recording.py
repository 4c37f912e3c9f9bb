# SPDX-License-Identifier: MIT
"""Samples lost while a generator is recorded: `python -m benchmarks.recording [FOLDER] [SECONDS]`.

A generator in a thread of its own hands over chunks at the waveform's pace, as a radio does; what the recorder did not
write it says itself. The recording is read back and compared with what was generated, and removed.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lrisc_sdr.capture import open_capture
from lrisc_sdr.capture.live import LiveWriter
from lrisc_sdr.capture.metadata import SegmentSettings, global_fields
from lrisc_sdr.capture.recorder import Recorder
from lrisc_sdr.types import ComplexArray
from lrisc_sdr.waveform import waveform

CHUNK_SAMPLES = 1 << 17
POOL = 16
SECONDS = 10.0
CASES = (("pluto256", "cf32_le"), ("wide1024", "ci16_le"), ("wide1024", "cf32_le"))


@dataclass(frozen=True)
class Row:
    """One recording.

    Attributes:
        rate_sps: of the generator `[samples/s]`.
        n_samples: that it made.
        lost: of these, those that are not in the recording.
        cpu_s: processor time of all threads, the generator's included `[s]`.
        wall_s: from the first chunk to the finished recording `[s]`.
        late_s: by how much the generator's latest chunk came too late `[s]`.
        right: the recording's samples are the generator's, each at its place in the stream.
    """

    name: str
    datatype: str
    rate_sps: float
    n_samples: int
    lost: int
    cpu_s: float
    wall_s: float
    late_s: float
    right: bool


def chunks() -> list[ComplexArray]:
    """Noise that both data types hold exactly."""
    rng = np.random.default_rng(1)
    made = []
    for _ in range(POOL):
        pairs = rng.integers(-20_000, 20_000, (CHUNK_SAMPLES, 2)).astype(np.float32) / np.float32(32768)
        made.append(pairs.view(np.complex64)[:, 0])
    return made


def measure(name: str, datatype: str, folder: Path, seconds: float) -> Row:
    """Record so many seconds of a generator."""
    chosen, pool = waveform(name), chunks()
    path = folder / f"{name}-{datatype}"
    writer = LiveWriter(path, global_fields(datatype, chosen.rate_sps, name))
    recorder = Recorder(writer, chosen, chosen.rate_sps, SegmentSettings())
    count = round(seconds * chosen.rate_sps / CHUNK_SAMPLES)
    cpu_s, began_s, late_s = time.process_time(), time.monotonic(), 0.0
    for number in range(count):
        due_s = began_s + (number + 1) * CHUNK_SAMPLES / chosen.rate_sps
        time.sleep(max(due_s - time.monotonic(), 0.0))
        late_s = max(late_s, time.monotonic() - due_s)
        recorder.put(pool[number % POOL], time.monotonic())
    recorded = recorder.close()
    cpu_s, wall_s = time.process_time() - cpu_s, time.monotonic() - began_s
    capture = open_capture(path, verify=False)
    # Every chunk lies where its place in the stream says, whatever was lost before it.
    ends = [*(part.start for part in capture.segments[1:]), capture.n_samples]
    right = all(
        np.array_equal(piece, pool[(part.global_index // CHUNK_SAMPLES + number) % POOL])
        for part, end in zip(capture.segments, ends, strict=True)
        for number, piece in enumerate(capture.chunks(CHUNK_SAMPLES, part.start, end))
    )
    n_samples = count * CHUNK_SAMPLES
    lost = n_samples - capture.n_samples
    assert lost == recorded.samples_lost, "a recorder that does not say what it lost"
    return Row(name, datatype, chosen.rate_sps, n_samples, lost, cpu_s, wall_s, late_s, right)


def main(arguments: list[str]) -> None:
    """Measure all cases and print a table."""
    place = arguments[0] if arguments else None
    seconds = float(arguments[1]) if len(arguments) > 1 else SECONDS
    out = sys.stdout
    out.write("| waveform | samples | Msps | Msamples | lost | CPU s / Msample | late s | s to the end | right |\n")
    out.write("|---|---|---:|---:|---:|---:|---:|---:|---|\n")
    for name, datatype in CASES:
        with tempfile.TemporaryDirectory(dir=place, prefix="lrisc-") as folder:
            row = measure(name, datatype, Path(folder), seconds)
        out.write(
            f"| {row.name} | {row.datatype} | {row.rate_sps / 1e6:g} | {row.n_samples / 1e6:.1f} | {row.lost} "
            f"| {row.cpu_s / row.n_samples * 1e6:.4f} | {row.late_s:.3f} | {row.wall_s:.1f} "
            f"| {'yes' if row.right else 'NO'} |\n"
        )
        out.flush()


if __name__ == "__main__":
    main(sys.argv[1:])

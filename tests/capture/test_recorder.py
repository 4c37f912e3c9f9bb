# SPDX-License-Identifier: MIT
"""A recorder beside a receiver: gaps are counted, frames are annotated where they lie, and nobody waits."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sigmf")

from lrisc_sdr import phy
from lrisc_sdr.capture import open_capture
from lrisc_sdr.capture.annotations import annotated_anew, frame_annotation, identical
from lrisc_sdr.capture.live import LiveWriter
from lrisc_sdr.capture.metadata import SegmentSettings, global_fields
from lrisc_sdr.capture.names import OVERFLOW, RECONNECT
from lrisc_sdr.capture.recorder import Recorder
from lrisc_sdr.types import ComplexArray, Frame, FrameHeader, ReceivedFrame
from lrisc_sdr.waveform import waveform

WAVEFORM = waveform("pluto256")
SETTINGS = SegmentSettings(2.45e9, 40.0, 4e6)


def bursts(n_frames: int = 6, n_symbols: int = 3000) -> ComplexArray:
    """Frames of one picture, with noise of 30 dB below them everywhere."""
    rng = np.random.default_rng(1)
    pieces = []
    for index in range(n_frames):
        symbols = ((rng.integers(0, 2, n_symbols) * 2 - 1) + 0j).astype(np.complex64)
        header = FrameHeader(7, index, n_frames, n_symbols, 0, 1)
        pieces += [np.zeros(5000, np.complex64), phy.transmit(Frame(header, symbols), WAVEFORM)]
    samples = np.concatenate([*pieces, np.zeros(5000, np.complex64)])
    noise = rng.normal(0, 0.02, (samples.size, 2)).astype(np.float32).view(np.complex64)[:, 0]
    noisy: ComplexArray = samples + noise
    return noisy


@pytest.fixture(scope="module")
def stream() -> ComplexArray:
    return bursts()


@pytest.fixture(scope="module")
def frames(stream: ComplexArray) -> list[ReceivedFrame]:
    found = phy.receive(stream, WAVEFORM)
    assert len(found) == 6
    return found


def writer(path: Path, datatype: str = "cf32_le") -> LiveWriter:
    return LiveWriter(path, global_fields(datatype, WAVEFORM.rate_sps, WAVEFORM.name))


def recorder(path: Path, **options: int) -> Recorder:
    return Recorder(writer(path), WAVEFORM, WAVEFORM.rate_sps, SETTINGS, **options)


@pytest.mark.parametrize("chunk", [1000, 1 << 17])
def test_a_recorded_stream_is_received_to_the_last_bit(
    stream: ComplexArray, frames: list[ReceivedFrame], tmp_path: Path, chunk: int
) -> None:
    recording = recorder(tmp_path / "a")
    for start in range(0, stream.size, chunk):
        recording.put(stream[start : start + chunk], 1.0 + start / WAVEFORM.rate_sps)
    for frame in frames:
        recording.frame(frame)
    recorded = recording.close()
    assert (recorded.n_samples, recorded.samples_lost, recorded.gaps, recorded.ended_by) == (stream.size, 0, 0, None)
    capture = open_capture(tmp_path / "a")
    again = [frame_annotation(frame, WAVEFORM, 2.45e9) for frame in phy.receive(capture.samples(), WAVEFORM)]
    assert [dict(entry.fields) for entry in capture.annotations] == again
    assert identical([entry.fields for entry in capture.annotations], again) == 6


def test_what_is_written_passes_the_validator_without_a_warning(
    stream: ComplexArray, frames: list[ReceivedFrame], tmp_path: Path
) -> None:
    for datatype in ("cf32_le", "ci16_le"):
        recording = Recorder(writer(tmp_path / datatype, datatype), WAVEFORM, WAVEFORM.rate_sps, SETTINGS)
        recording.put(stream[:30_000], 1.0)
        recording.tear(OVERFLOW, SETTINGS)
        recording.put(stream[30_000:], 9.0)
        recording.frame(frames[0])
        recording.close()
    program = "import sys; from sigmf.validate import main; sys.argv[0] = 'sigmf_validate'; main()"
    files = [str(path) for path in sorted(tmp_path.glob("*.sigmf-meta"))]
    assert len(files) == 2
    command = [sys.executable, "-W", "error", "-c", program, "-v", *files]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "Validated all 2 files OK" in result.stderr
    assert "WARNING" not in result.stderr


def test_an_annotation_is_what_the_viewers_show(frames: list[ReceivedFrame]) -> None:
    entry = frame_annotation(frames[1], WAVEFORM, 2.45e9)
    assert entry["core:label"] == "p7 2/6"
    assert entry["core:sample_start"] == frames[1].start_sample
    assert entry["core:freq_lower_edge"] < 2.45e9 < entry["core:freq_upper_edge"]
    assert entry["core:freq_upper_edge"] - entry["core:freq_lower_edge"] < WAVEFORM.rate_sps
    assert "SNR" in entry["core:comment"]
    longest = replace(frames[0], header=FrameHeader(65535, 255, 256, 3000, 0, 1))
    assert len(frame_annotation(longest, WAVEFORM)["core:label"]) <= 20


def test_a_frame_has_one_identifier_for_ever(frames: list[ReceivedFrame]) -> None:
    entries = [frame_annotation(frame, WAVEFORM) for frame in frames]
    assert len({entry["core:uuid"] for entry in entries}) == 6
    assert frame_annotation(frames[0], WAVEFORM)["core:uuid"] == entries[0]["core:uuid"]


def test_annotating_again_changes_nothing_but_the_frames(frames: list[ReceivedFrame]) -> None:
    others = {"core:sample_start": 6000, "core:sample_count": 5, "core:label": "mine"}
    entries = [frame_annotation(frame, WAVEFORM) for frame in frames]
    whole = (0, 1 << 40)
    once = annotated_anew([others], entries, *whole)
    assert annotated_anew(once, entries, *whole) == once
    assert others in once
    assert annotated_anew(once, [], *whole) == [others]
    second = entries[1]["core:sample_start"]
    assert annotated_anew(once, [], second, second + 1) == [entry for entry in once if entry != entries[1]]


def test_gaps_of_the_radio_are_segments(stream: ComplexArray, frames: list[ReceivedFrame], tmp_path: Path) -> None:
    recording = recorder(tmp_path / "a")
    rate = WAVEFORM.rate_sps
    recording.tear(OVERFLOW, SETTINGS)
    recording.put(stream[:20_000], 100.0 + 20_000 / rate)
    recording.tear(OVERFLOW, SETTINGS)
    recording.put(stream[20_000:40_000], 100.0 + 50_000 / rate)
    recording.tear(OVERFLOW, SETTINGS)
    recording.tear(RECONNECT, SegmentSettings(2.4e9))
    recording.put(stream[40_000:], 100.0 + stream.size / rate)
    assert recording.close().gaps == 2
    capture = open_capture(tmp_path / "a")
    assert np.array_equal(capture.samples(), stream)
    assert [(part.start, part.global_index, part.gap, part.frequency_hz) for part in capture.segments] == [
        (0, 0, None, 2.45e9),
        (20_000, 30_000, OVERFLOW, 2.45e9),
        # The clock says that nothing is missing here; a torn stream never joins on.
        (40_000, 50_001, RECONNECT, 2.4e9),
    ]
    assert [part.start for part in capture.torn()] == [40_000]
    pieces = list(capture.stretches(15_000, 5_000))
    at = next(index for index, piece in enumerate(pieces) if piece is None)
    assert sum(piece.size for piece in pieces[:at] if piece is not None) == 35_000
    assert np.array_equal(np.concatenate([piece for piece in pieces if piece is not None]), stream[5_000:])


def test_what_the_disk_is_too_slow_for_is_counted_and_nobody_waits(
    stream: ComplexArray, frames: list[ReceivedFrame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, begun = threading.Event(), threading.Event()
    target = writer(tmp_path / "a")
    write = target.write

    def wait(samples: ComplexArray) -> int:
        begun.set()
        assert slow.wait(20)
        return write(samples)

    monkeypatch.setattr(target, "write", wait)
    recording = Recorder(target, WAVEFORM, WAVEFORM.rate_sps, SETTINGS, queue_samples=10_000)
    rate, chunk = WAVEFORM.rate_sps, 2000
    started = time.monotonic()
    for start in range(0, 30_000, chunk):
        recording.put(stream[start : start + chunk], start / rate)
    assert time.monotonic() - started < 5
    assert begun.wait(20)
    slow.set()
    while recording._queued > recording._taken:
        time.sleep(0.001)
    for start in range(30_000, stream.size, chunk):
        recording.put(stream[start : start + chunk], start / rate)
        while recording._queued > recording._taken:
            time.sleep(0.001)
    for frame in frames:
        recording.frame(frame)
    recorded = recording.close()
    assert (recorded.samples_lost, recorded.gaps) == (20_000, 1)
    capture = open_capture(tmp_path / "a")
    assert capture.gaps() == [(10_000, 20_000)]
    assert np.array_equal(capture.samples(), np.concatenate([stream[:10_000], stream[30_000:]]))
    missing = [frame for frame in frames if 10_000 <= frame.start_sample < 30_000]
    assert len(capture.annotations) == 6 - len(missing)
    last = capture.annotations[-1]
    assert last.start == frames[-1].start_sample - 20_000
    assert last.fields["lrisc:frame_index"] == 5


def test_a_fault_of_the_writer_is_not_lost(
    stream: ComplexArray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = writer(tmp_path / "a")
    recording = Recorder(target, WAVEFORM, WAVEFORM.rate_sps, SETTINGS)
    recording.put(stream[:10], 0.0)

    def fail(samples: ComplexArray) -> int:
        raise ValueError("no such thing")

    monkeypatch.setattr(target, "write", fail)
    recording.put(stream[10:20], 0.0)
    with pytest.raises(ValueError, match="no such thing"):
        recording.close()

# SPDX-License-Identifier: MIT
"""Captures as receivers get them: any chunks, any stretch, at the wanted pace, and larger than memory."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sigmf")

from lrisc_sdr import phy
from lrisc_sdr.capture import open_capture, pacing, write_capture
from lrisc_sdr.capture.annotations import frame_annotation
from lrisc_sdr.capture.pacing import Playback
from lrisc_sdr.errors import UsageError
from lrisc_sdr.types import ComplexArray, Frame, FrameHeader
from lrisc_sdr.waveform import waveform

ROOT = Path(__file__).parents[2]
WAVEFORM = waveform("pluto256")


@pytest.fixture(scope="module")
def bursts() -> ComplexArray:
    """Four frames; the first sample belongs to the first one, the last sample to the last one."""
    rng = np.random.default_rng(1)
    pieces: list[ComplexArray] = []
    for index in range(4):
        symbols = np.exp(2j * np.pi * rng.random(7000)).astype(np.complex64)
        pieces += [phy.transmit(Frame(FrameHeader(1, index, 4, 7000, 0, 1), symbols), WAVEFORM)]
        pieces += [np.zeros(3000, np.complex64)]
    samples = np.concatenate(pieces[:-1])
    noise = rng.normal(0, 0.03, (samples.size, 2)).astype(np.float32).view(np.complex64)[:, 0]
    noisy: ComplexArray = samples + noise
    return noisy


@pytest.mark.parametrize("chunk", [997, 1 << 14, 1 << 20])
def test_the_frames_are_the_same_to_the_last_bit_in_any_chunks(
    bursts: ComplexArray, chunk: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_capture(tmp_path / "a", bursts, WAVEFORM.rate_sps, WAVEFORM.name)
    monkeypatch.setattr(pacing, "CHUNK_SAMPLES", chunk)
    receiver, frames = phy.Receiver(WAVEFORM), []
    for piece in Playback().play(open_capture(tmp_path / "a")):
        assert piece is not None
        assert piece.size <= chunk
        frames += receiver.process(piece)
    frames += receiver.flush()
    live = [frame_annotation(frame, WAVEFORM) for frame in phy.receive(bursts, WAVEFORM)]
    assert [entry["lrisc:frame_index"] for entry in live] == [0, 1, 2, 3]
    assert [frame_annotation(frame, WAVEFORM) for frame in frames] == live


def test_a_stretch_begins_and_ends_where_it_should(bursts: ComplexArray, tmp_path: Path) -> None:
    write_capture(tmp_path / "a", bursts, 1e3)
    capture = open_capture(tmp_path / "a")
    for playback, part in (
        (Playback(from_s=0.5), bursts[500:]),
        (Playback(to_s=2.25), bursts[:2250]),
        (Playback(1.0, 1.001), bursts[1000:1001]),
        (Playback(1.0, 1e9), bursts[1000:]),
    ):
        pieces = [piece for piece in playback.play(capture) if piece is not None]
        assert np.array_equal(np.concatenate(pieces), part)


@pytest.mark.parametrize("values", [(-1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.0, 0.0, -1.0), (2.0, 1.0, 0.0)])
def test_what_cannot_be_played_is_refused(values: tuple[float, float, float]) -> None:
    with pytest.raises(UsageError):
        Playback(*values)


def test_a_stretch_behind_the_end_is_refused(bursts: ComplexArray, tmp_path: Path) -> None:
    write_capture(tmp_path / "a", bursts, 1e3)
    with pytest.raises(UsageError, match="nothing lies from 1000 s on"):
        Playback(1000.0).span(open_capture(tmp_path / "a"))


def test_real_time_is_no_faster_than_real_time(bursts: ComplexArray, tmp_path: Path) -> None:
    write_capture(tmp_path / "a", bursts, bursts.size * 5.0)
    capture = open_capture(tmp_path / "a")
    started = time.monotonic()
    pieces = [piece for piece in Playback(speed=1.0).play(capture) if piece is not None]
    assert time.monotonic() - started >= 0.2
    assert len(pieces) >= 10
    assert np.array_equal(np.concatenate(pieces), bursts)


LARGE = """
import json, resource, sys
from lrisc_sdr import phy
from lrisc_sdr.capture import open_capture
from lrisc_sdr.capture.pacing import Playback
from lrisc_sdr.waveform import waveform
receiver = phy.Receiver(waveform("pluto256"))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
capture = open_capture(sys.argv[1])
frames = []
for chunk in Playback(from_s=float(sys.argv[2])).play(capture):
    frames += receiver.process(chunk)
frames += receiver.flush()
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(json.dumps([capture.n_samples, [frame.start_sample for frame in frames], grown]))
"""


def test_a_capture_larger_than_memory_is_played_in_little(bursts: ComplexArray, tmp_path: Path) -> None:
    write_capture(tmp_path / "a", bursts, WAVEFORM.rate_sps, WAVEFORM.name)
    total = 10 * (1 << 30) // 8
    meta = json.loads((tmp_path / "a.sigmf-meta").read_text())
    del meta["global"]["core:sha512"]
    meta["global"]["lrisc:sample_count"] = total
    (tmp_path / "a.sigmf-meta").write_text(json.dumps(meta))
    with (tmp_path / "a.sigmf-data").open("r+b") as data:
        data.truncate(total * 8)
        data.seek((total - bursts.size) * 8)
        data.write(bursts.tobytes())
    # 400 MiB of the file are played: more than may be in memory.
    from_s = 0.96 * total / WAVEFORM.rate_sps
    command = [sys.executable, "-c", LARGE, str(tmp_path / "a"), str(from_s)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    n_samples, starts, grown_kib = json.loads(result.stdout)
    assert n_samples == total
    assert len(starts) == 4
    assert starts[0] == total - bursts.size - round(0.96 * total)
    assert grown_kib < 200 << 10

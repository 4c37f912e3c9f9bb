# SPDX-License-Identifier: MIT
"""Streams that lose, repeat or end in the middle of frames: what was whole is received, what was not is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrisc_sdr.coding import HEADER_SYMBOLS
from lrisc_sdr.phy import Counters, Receiver, transmit
from lrisc_sdr.types import ComplexArray, Frame, FrameHeader, ReceivedFrame
from lrisc_sdr.waveform import PRESETS, Waveform

PLUTO = PRESETS["pluto256"]
SIZES = (800, 4096, 8, 1600, 3000, 800)


def headers(frames: list[ReceivedFrame]) -> list[int]:
    return [frame.header.index for frame in frames]


def run(samples: ComplexArray, waveform: Waveform) -> tuple[list[ReceivedFrame], Counters]:
    receiver = Receiver(waveform)
    return receiver.process(samples) + receiver.flush(), receiver.counters


def rows_before(position: int, waveform: Waveform) -> int:
    """Payload symbols of a frame that lie whole before `position` samples from its start."""
    rows = position // waveform.symbol_samples - waveform.preamble_symbols
    return max(0, rows * waveform.n_data - HEADER_SYMBOLS)


@pytest.mark.parametrize("times", [0, 2])
@pytest.mark.parametrize("share", [0.4, 0.6, 0.95])
@pytest.mark.parametrize("snr_db", [10.0, 25.0])
def test_a_slip_of_a_sample_costs_nothing_before_it_and_no_other_frame(
    preset: Waveform, make_frame: Any, impair: Any, calibration: Any, times: int, share: float, snr_db: float
) -> None:
    n_symbols = 60 * preset.n_data
    frames = [make_frame(n_symbols, index) for index in range(3)]
    samples = impair(frames, preset, snr_db=snr_db, gap=0, lead=100, cfo_hz=10e3)
    length = preset.frame_samples(n_symbols)
    inside = int(share * length)
    copies = np.ones(samples.size, np.intp)
    copies[100 + length + inside] = times
    received, counters = run(samples.repeat(copies), preset)
    assert headers(received) == [0, 1, 2]
    assert counters.payload_ok + counters.interrupted == 3
    assert counters.payload_ok >= 2
    assert [r.start_sample for r in received] == [100, 100 + length, 100 + 2 * length + times - 1]
    hurt = received[1]
    there = np.isfinite(hurt.noise_var)
    before = rows_before(inside, preset)
    # The symbols next to the slip may go with it.
    safe = max(0, before - 3 * preset.n_data)
    assert there[:safe].all()
    # The transmitter's clipping takes 1 dB of 25.
    assert np.mean(np.abs(hurt.symbols - frames[1].symbols)[:safe] ** 2) < 10.0 ** (-(snr_db - 2.0) / 10.0)
    assert calibration(hurt, frames[1]) == pytest.approx(1.0, abs=0.25)
    for other in (0, 2):
        assert calibration(received[other], frames[other]) == pytest.approx(1.0, abs=0.25)


@dataclass(frozen=True)
class Stream:
    """Frames that touch or nearly, where each starts and ends, and their samples at 15 dB with a carrier offset."""

    frames: list[Frame]
    starts: list[int]
    ends: list[int]
    samples: ComplexArray


@cache
def long_stream() -> Stream:
    rng = np.random.default_rng(11)
    frames, starts, ends, position = [], [], [], 333
    parts = [np.zeros(position, np.complex64)]
    for index, n in enumerate(SIZES):
        symbols = (rng.standard_normal((n, 2)) @ np.array([1, 1j]) * np.sqrt(0.5)).astype(np.complex64)
        frames.append(Frame(FrameHeader(7, index, len(SIZES), n, 0, 1), symbols))
        starts.append(position)
        ends.append(position + PLUTO.frame_samples(n))
        parts += [transmit(frames[-1], PLUTO), np.zeros(100 * (index % 3), np.complex64)]
        position = ends[-1] + parts[-1].size
    samples = np.concatenate(parts) * np.exp(2j * np.pi * 0.003 * np.arange(position))
    noise = rng.standard_normal((position, 2)) @ np.array([1, 1j]) * np.sqrt(PLUTO.noise_var(15.0) / 2)
    return Stream(frames, starts, ends, (samples + noise).astype(np.complex64))


def judge(received: list[ReceivedFrame], frames: list[Frame], calibration: Any, most: float = 1.5) -> None:
    """No frame comes twice, and no symbol is handed on for much better than it is."""
    assert len(set(headers(received))) == len(received)
    for frame in received:
        sent = frames[frame.header.index]
        assert frame.header == sent.header
        if np.isfinite(frame.noise_var).sum() >= 200:
            assert calibration(frame, sent) < most


@pytest.mark.parametrize("lost", [4096, 10 * PLUTO.symbol_samples, 3])
@pytest.mark.parametrize("snr_db", [5.0, 25.0])
def test_a_gap_erases_the_rest_of_its_frame_and_no_other(
    make_frame: Any, impair: Any, calibration: Any, lost: int, snr_db: float
) -> None:
    frames = [make_frame(8192, i) for i in range(3)]
    samples = impair(frames, PLUTO, snr_db=snr_db, gap=0, lead=100, cfo_hz=10e3)
    length = PLUTO.frame_samples(8192)
    gap = 100 + length + 20 * PLUTO.symbol_samples + 55
    received, counters = run(np.delete(samples, np.arange(gap, gap + lost)), PLUTO)
    assert sorted(headers(received)) == [0, 1, 2]
    assert counters.payload_ok + counters.interrupted == 3
    hurt = next(r for r in received if r.header.index == 1)
    there = np.isfinite(hurt.noise_var)
    kept = (20 - PLUTO.preamble_symbols) * PLUTO.n_data - HEADER_SYMBOLS
    assert there[: kept - 3 * PLUTO.n_data].all()
    if lost > PLUTO.cp_samples:
        assert counters.interrupted == 1
        assert not there[kept:].any()
    assert calibration(hurt, frames[1]) == pytest.approx(1.0, abs=0.2)


LOSSES: Mapping[str, Callable[[Waveform, int], int]] = {
    "a sample": lambda waveform, spacing: 1,
    "three samples": lambda waveform, spacing: 3,
    "the pilots' period": lambda waveform, spacing: round(waveform.n_fft / spacing),
    "twice the pilots' period": lambda waveform, spacing: round(2 * waveform.n_fft / spacing),
    "a symbol": lambda waveform, spacing: waveform.symbol_samples,
    "symbols and a half": lambda waveform, spacing: 7 * waveform.symbol_samples // 2,
}


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("row", [1.6, 3.5, 6.0, 14.0])
@pytest.mark.parametrize("sign", [1, -1])
def test_no_loss_goes_unnoticed(
    preset: Waveform, make_frame: Any, impair: Any, calibration: Any, row: float, loss: str, sign: int
) -> None:
    # Soon after the header few pilots have come by; a loss of a whole symbol leaves their places where they were, and
    # one of a period of their even spacing, their phases. What comes twice moves them as far as what is missing.
    count = LOSSES[loss](preset, int(np.median(np.diff(preset.pilot_carriers))))
    frames = [make_frame(24 * preset.n_data, index) for index in range(2)]
    samples = impair(frames, preset, snr_db=15.0, lead=100, gap=2000)
    first = 100 + int((preset.preamble_symbols + preset.header_ofdm_symbols - 2 + row) * preset.symbol_samples)
    copies = np.ones(samples.size, np.intp)
    copies[first : first + count] = 1 - sign
    received, counters = run(samples.repeat(copies), preset)
    assert set(headers(received)) | {0} == {0, 1}
    assert counters.payload_ok + counters.interrupted == len(received)
    judge(received, frames, calibration)


@given(data=st.data())
@settings(max_examples=60, derandomize=True)
def test_wherever_samples_are_lost_only_the_frames_there_suffer(calibration: Any, data: Any) -> None:
    stream = long_stream()
    samples = stream.samples
    header_samples = (PLUTO.preamble_symbols + PLUTO.header_ofdm_symbols) * PLUTO.symbol_samples
    first = data.draw(st.integers(0, samples.size - 1), "first")
    lost = data.draw(st.sampled_from([1, 2, 7, 33, 288, 1000, 4096, 8192, 20_000]), "lost")
    received, counters = run(np.delete(samples, np.arange(first, min(first + lost, samples.size))), PLUTO)
    bounds = enumerate(zip(stream.starts, stream.ends, strict=True))
    whole = {i for i, (start, end) in bounds if end <= first or start >= first + lost}
    assert set(headers(received)) >= whole
    assert counters.payload_ok >= len(whole)
    assert counters.payload_ok + counters.interrupted == len(received)
    assert counters.header_ok == len(received) + counters.cut
    # Half of a preamble still begins a frame, whose channel and noise are then known less well.
    early = any(start - lost < first < start + header_samples for start in stream.starts)
    # No pilot behind a loss within the last symbol shows it.
    late = any(end - PLUTO.symbol_samples - lost < first < end for end in stream.ends)
    judge(received, stream.frames, calibration, 3.0 if early or late else 1.5)
    for frame in received:
        if frame.header.index in whole:
            assert np.isfinite(frame.noise_var).all()


@given(data=st.data())
@settings(max_examples=60, derandomize=True)
def test_wherever_a_capture_begins_and_ends_its_whole_frames_are_received(calibration: Any, data: Any) -> None:
    stream = long_stream()
    samples = stream.samples
    near = st.builds(int.__add__, st.sampled_from(stream.starts + stream.ends), st.integers(-300, 300))
    edges = near.filter(lambda edge: 0 <= edge <= samples.size) | st.integers(0, samples.size)
    begin, end = sorted((data.draw(edges, "begin"), data.draw(edges, "end")))
    received, counters = run(samples[begin:end], PLUTO)
    bounds = list(zip(stream.starts, stream.ends, strict=True))
    whole = {i for i, (start, stop) in enumerate(bounds) if begin <= start and stop <= end}
    # Half of a preamble may still be one, and a window may end before its symbol does.
    first, last = PLUTO.preamble_symbols * PLUTO.symbol_samples // 2, PLUTO.cp_samples
    perhaps = {i for i, (start, stop) in enumerate(bounds) if begin <= start + first and stop - last <= end}
    assert whole <= set(headers(received)) <= perhaps
    assert counters.cut <= 1
    judge(received, stream.frames, calibration)
    for frame in received:
        assert frame.start_sample == pytest.approx(stream.starts[frame.header.index] - begin, abs=2)


@pytest.mark.parametrize("kept_symbols", [5, 20, 40])
def test_a_frame_that_the_end_cuts_off_is_counted_and_not_handed_on(
    preset: Waveform, make_frame: Any, impair: Any, kept_symbols: int
) -> None:
    samples = impair([make_frame(800, 0), make_frame(60 * preset.n_data, 1)], preset, gap=0, lead=0)
    end = preset.frame_samples(800) + (kept_symbols + 15) * preset.symbol_samples
    received, counters = run(samples[:end], preset)
    assert headers(received) == [0]
    assert (counters.header_ok, counters.payload_ok, counters.interrupted, counters.cut) == (2, 1, 0, 1)


def test_slips_now_and_then_over_a_long_stream(make_frame: Any, impair: Any, calibration: Any) -> None:
    # A slip every other frame, either way, for as long as the stream lasts: positions do not run away.
    frames = [make_frame(3000, index) for index in range(40)]
    samples = impair(frames, PLUTO, snr_db=15.0, gap=300, lead=0)
    rng = np.random.default_rng(5)
    length = PLUTO.frame_samples(3000) + 300
    copies = np.ones(samples.size, np.intp)
    for pair in range(20):
        copies[2 * pair * length + rng.integers(1500, length)] = 2 * rng.integers(2)
    received, counters = run(samples.repeat(copies), PLUTO)
    assert headers(received) == list(range(40))
    assert counters.payload_ok >= 20
    judge(received, frames, calibration)


def test_a_dropped_buffer_within_a_frame_is_reported_and_the_next_frame_received(
    preset: Waveform, make_frame: Any, impair: Any, calibration: Any
) -> None:
    frames = [make_frame(20_000, 0), *(make_frame(800, index) for index in (1, 2))]
    samples = impair(frames, preset, snr_db=12.0, gap=0, lead=50, cfo_hz=-20e3)
    samples = np.concatenate((samples, np.zeros(8192, np.complex64)))
    lost = np.arange(8192) + 50 + preset.frame_samples(20_000) // 3
    received, counters = run(np.delete(samples, lost), preset)
    assert sorted(headers(received)) == [0, 1, 2]
    assert (counters.payload_ok, counters.interrupted, counters.cut) == (2, 1, 0)
    judge(received, frames, calibration)

# SPDX-License-Identifier: MIT
"""Nothing that comes in stalls the receiver: headers that lie, bytes that are no samples, chunks of any size."""

from __future__ import annotations

import gc
import types
from functools import cache
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lrisc_sdr import coding
from lrisc_sdr.coding.header import MAX_FRAME_SYMBOLS
from lrisc_sdr.phy import Receiver, transmit
from lrisc_sdr.types import ComplexArray, Frame, FrameHeader, ReceivedFrame
from lrisc_sdr.waveform import PRESETS, Waveform

PLUTO = PRESETS["pluto256"]
PROMPT_SAMPLES = 200_000
"""A frame is handed on at the latest when so many samples have come in after its end."""
LONGEST = FrameHeader(1, 0, 1, MAX_FRAME_SYMBOLS, 0, 1)


def noise(rng: np.random.Generator, n: int, power: float = 1.0) -> ComplexArray:
    """Complex white noise."""
    samples = rng.standard_normal((n, 2), dtype=np.float32) * np.float32(np.sqrt(power / 2.0))
    return samples.view(np.complex64)[:, 0]


def burst(waveform: Waveform, index: int, n_symbols: int = 800, says: FrameHeader | None = None) -> ComplexArray:
    """A burst of `n_symbols` whose header may say anything that its bits can, with the right CRC."""
    header = FrameHeader(4711, index, 256, n_symbols, 0, 1)
    frame = Frame(header, noise(np.random.default_rng(index), n_symbols))
    with mock.patch("lrisc_sdr.coding.header.check_header"):
        coded = coding.encode_header(says or header)
    with mock.patch.object(coding, "encode_header", return_value=coded):
        return transmit(frame, waveform)


def heard(*parts: ComplexArray, snr_db: float = 20.0, waveform: Waveform = PLUTO) -> ComplexArray:
    """The parts in a row, in noise."""
    samples = np.concatenate(parts)
    return samples + noise(np.random.default_rng(99), samples.size, waveform.noise_var(snr_db))


@cache
def silence(waveform: Waveform) -> ComplexArray:
    """Receiver noise, enough for every frame before it to be handed on."""
    return heard(np.zeros(PROMPT_SAMPLES, np.complex64), waveform=waveform)


def honest(frames: list[ReceivedFrame]) -> list[int]:
    """Indices of the frames with an honest header, in the order of their arrival."""
    return [frame.header.index for frame in frames if frame.header.picture_id == 4711]


def check_arrays(frames: list[ReceivedFrame]) -> None:
    for frame in frames:
        assert frame.symbols.shape == frame.noise_var.shape == (frame.header.n_symbols,)
        assert np.isfinite(frame.symbols).all()
        assert (frame.noise_var > 0.0).all()
        assert np.isfinite([frame.snr_db, frame.cfo_hz, frame.sco_ppm, frame.evm_db]).all()
        assert np.isfinite(frame.channel).all()


def held_bytes(root: object) -> int:
    """Memory of all arrays that can be reached from an object's attributes, whatever they are called."""
    seen: set[int] = set()
    total, found = 0, [root]
    while found:
        item = found.pop()
        if id(item) in seen or isinstance(item, (type, types.ModuleType, types.FunctionType, Waveform)):
            continue
        seen.add(id(item))
        if isinstance(item, np.ndarray):
            if item.base is None:
                total += item.nbytes
            else:
                found.append(item.base)
        else:
            found += gc.get_referents(item)
    return total


IDLE_BYTES = 32 << 20
"""What a receiver may hold while it waits for nothing: a few chunks in every stage."""


def bound_bytes(waveform: Waveform) -> int:
    """That, and the longest frame, as samples and as symbols."""
    return IDLE_BYTES + 2 * 8 * waveform.frame_samples(MAX_FRAME_SYMBOLS)


def test_a_promise_of_the_longest_frame_holds_up_no_other(preset: Waveform) -> None:
    liar = burst(preset, 0, 8, says=LONGEST)
    frames = [burst(preset, index) for index in range(1, 6)]
    receiver = Receiver(preset)
    received = receiver.process(heard(liar, *frames, waveform=preset)) + receiver.process(silence(preset))
    assert honest(received) == [1, 2, 3, 4, 5]
    # The promised end comes, and goes.
    for _ in range(preset.frame_samples(MAX_FRAME_SYMBOLS) // PROMPT_SAMPLES + 1):
        received += receiver.process(silence(preset))
    assert receiver.counters.payload_ok == 5
    assert receiver.counters.header_ok == 6
    assert held_bytes(receiver) < IDLE_BYTES
    check_arrays(received)
    received = receiver.process(heard(burst(preset, 6), waveform=preset)) + receiver.flush()
    assert honest(received) == [6]


@pytest.mark.timeout(60)
def test_a_flood_of_promises_holds_up_no_frame(preset: Waveform) -> None:
    # As many headers as fit, each for the longest frame, with a frame now and then.
    liar = burst(preset, 0, 8, says=LONGEST)
    receiver = Receiver(preset)
    arrived: list[int] = []
    for index in range(1, 6):
        samples = heard(*[liar] * 20, burst(preset, index), waveform=preset)
        for first in range(0, samples.size, 8192):
            arrived += honest(receiver.process(samples[first : first + 8192]))
            assert held_bytes(receiver) < bound_bytes(preset)
    for _ in range(preset.frame_samples(MAX_FRAME_SYMBOLS) // 8192 + 20):
        arrived += honest(receiver.process(silence(preset)[:8192]))
    assert arrived == list(range(1, 6))
    assert receiver.counters.header_ok == 105
    assert receiver.counters.payload_ok == 5
    assert receiver.counters.interrupted + receiver.counters.cut == 100


fields = st.builds(
    FrameHeader,
    picture_id=st.integers(0, 4000),
    index=st.integers(0, 255),
    count=st.integers(1, 256),
    n_symbols=st.integers(0, 65_535).map(lambda n: 8 * n) | st.integers(0, 200).map(lambda n: 8 * n),
    side_bytes=st.integers(0, 4095).map(lambda n: 4 * n),
    side_repetition=st.integers(1, 4),
)


@given(says=fields, n_symbols=st.sampled_from([8, 400, 1600]), version=st.integers(0, 3))
@example(says=FrameHeader(0, 255, 1, MAX_FRAME_SYMBOLS, 16_380, 4), n_symbols=8, version=0)
@example(says=FrameHeader(0, 0, 1, 0, 0, 1), n_symbols=800, version=0)
@example(says=FrameHeader(0, 0, 1, 8, 0, 1), n_symbols=800, version=0)
@settings(max_examples=40, derandomize=True)
def test_whatever_a_header_says_the_next_frames_are_received(says: FrameHeader, n_symbols: int, version: int) -> None:
    with mock.patch("lrisc_sdr.coding.header.HEADER_VERSION", version):
        coding_cache_free = burst(PLUTO, 0, n_symbols, says=says)
    frames = [burst(PLUTO, index) for index in (1, 2)]
    receiver = Receiver(PLUTO)
    received = receiver.process(heard(coding_cache_free, *frames)) + receiver.process(silence(PLUTO))
    assert honest(received) == [1, 2]
    received += receiver.flush()
    assert honest(received) == [1, 2]
    sensible = version == 0 and says.index < says.count and says.n_symbols > 0
    counters = receiver.counters
    assert counters.detected == 3
    assert counters.header_ok == 2 + sensible == len(received) + counters.cut
    assert [frame.header for frame in received if frame.header.picture_id != 4711] == [says] * (sensible - counters.cut)
    check_arrays(received)


@given(
    flips=st.lists(st.integers(0, coding.HEADER_SYMBOLS - 1), min_size=1, max_size=coding.HEADER_SYMBOLS),
    seed=st.integers(0, 1000),
)
@settings(max_examples=40, derandomize=True)
def test_a_header_that_was_tampered_with_is_right_or_refused(flips: list[int], seed: int) -> None:
    header = FrameHeader(4711, 3, 256, 800, 40, 2)
    coded = coding.encode_header(header)
    coded[flips] = np.exp(2j * np.pi * np.random.default_rng(seed).random(len(flips)))
    with mock.patch.object(coding, "encode_header", return_value=coded):
        samples = transmit(Frame(header, noise(np.random.default_rng(seed), 800)), PLUTO)
    receiver = Receiver(PLUTO)
    received = receiver.process(heard(samples, burst(PLUTO, 9))) + receiver.flush()
    assert received[-1].header.index == 9
    assert [frame.header for frame in received[:-1]] in ([], [header])
    check_arrays(received)


LOUD = [1e-42, 30.0, 1e3, 1e6, 1e12, 1e19, 3e19, 1e30, 3e38, np.inf, -np.inf, np.nan]


@pytest.mark.parametrize("value", LOUD)
@pytest.mark.parametrize(
    "pattern", [[1.0], 50 * [1.0], 500 * [1.0], 125 * [1, 1j, -1, -1j]], ids=["one", "fifty", "step", "tone"]
)
def test_a_burst_of_any_value_harms_no_frame_beside_it(preset: Waveform, value: float, pattern: list[complex]) -> None:
    count = len(pattern)
    gap = np.zeros(2 * preset.symbol_samples + count, np.complex64)
    samples = heard(*(part for index in range(6) for part in (burst(preset, index), gap)), waveform=preset)
    length = preset.frame_samples(800) + gap.size
    with np.errstate(invalid="ignore", over="ignore"):
        # Between frames, and within the payload of the last one.
        middle = preset.frame_samples(800) - 2 * preset.symbol_samples
        for first in (*((i + 1) * length - preset.symbol_samples - count for i in (0, 2, 3)), 5 * length + middle):
            samples[first : first + count] = np.array(pattern) * np.float32(value)
    receiver = Receiver(preset)
    received = receiver.process(samples) + receiver.flush()
    assert honest(received)[:5] == [0, 1, 2, 3, 4]
    assert all(np.isfinite(frame.noise_var).all() for frame in received[:5])
    check_arrays(received)


@given(data=st.binary(min_size=8, max_size=4096), times=st.sampled_from([1, 3, 50]), where=st.integers(0, 20_000))
@settings(max_examples=60, derandomize=True)
def test_random_bytes_among_the_samples_harm_only_frames_that_they_hit(data: bytes, times: int, where: int) -> None:
    raw = np.tile(np.frombuffer(data[: len(data) // 8 * 8], np.complex64), times)[:10_000]
    length = PLUTO.frame_samples(800)
    samples = heard(np.zeros(288, np.complex64), *(burst(PLUTO, index) for index in range(12)))
    hit = slice(where, where + raw.size)
    samples[hit] = raw[: samples[hit].size]
    receiver = Receiver(PLUTO)
    received = receiver.process(samples) + receiver.flush()
    margin = PLUTO.symbol_samples
    spared = [
        index
        for index in range(12)
        if hit.stop + margin <= 288 + index * length or 288 + (index + 1) * length + margin <= hit.start
    ]
    assert set(honest(received)) >= set(spared)
    check_arrays(received)


@given(data=st.binary(min_size=8, max_size=4096))
@settings(max_examples=25, derandomize=True)
def test_random_bytes_alone_are_no_frame(data: bytes) -> None:
    raw = np.tile(np.frombuffer(data[: len(data) // 8 * 8], np.complex64), 50)
    receiver = Receiver(PLUTO)
    assert receiver.process(raw) + receiver.process(silence(PLUTO)) + receiver.flush() == []
    assert receiver.counters.header_ok == 0


@given(chunks=st.lists(st.integers(0, 9000) | st.integers(0, 5), min_size=1, max_size=60))
@settings(max_examples=25, derandomize=True)
def test_chunks_of_any_sizes_give_the_same_frames(chunks: list[int]) -> None:
    samples = _chunked_stream()
    whole = Receiver(PLUTO)
    expected = whole.process(samples) + whole.flush()
    receiver = Receiver(PLUTO)
    received: list[ReceivedFrame] = []
    first = 0
    for size in chunks:
        received += receiver.process(samples[first : first + size])
        first += size
    received += receiver.process(samples[first:]) + receiver.flush()
    assert receiver.counters == whole.counters
    assert honest(received) == honest(expected) == list(range(8))
    for a, b in zip(received, expected, strict=True):
        assert (a.start_sample, a.snr_db, a.cfo_hz, a.sco_ppm) == (b.start_sample, b.snr_db, b.cfo_hz, b.sco_ppm)
        assert np.array_equal(a.symbols, b.symbols)
        assert np.array_equal(a.noise_var, b.noise_var)


@cache
def _chunked_stream() -> ComplexArray:
    return heard(*(burst(PLUTO, index) for index in range(8)))


def test_memory_stays_bounded_on_noise_with_promises(preset: Waveform) -> None:
    liar = burst(preset, 0, 8, says=LONGEST)
    receiver = Receiver(preset)
    rng = np.random.default_rng(3)
    held = []
    for step in range(118):
        samples = noise(rng, 50_000)
        if step % 7 == 0:
            samples[9000 : 9000 + liar.size] += 10.0 * liar
        for frame in receiver.process(samples):
            assert frame.header == LONGEST
        held.append(held_bytes(receiver))
    assert receiver.counters.header_ok == 17
    assert max(held) < bound_bytes(preset)
    assert max(held[60:]) < 1.1 * max(held[:60])
    # What the receiver keeps is what it holds: the figures above are not those of a walk that misses it.
    assert max(held) > 8 * 0.9 * preset.frame_samples(MAX_FRAME_SYMBOLS)


def test_memory_is_small_while_there_is_nothing_to_wait_for(make_frame: Any, impair: Any) -> None:
    samples = impair([make_frame(800, index) for index in range(20)], PLUTO)
    receiver = Receiver(PLUTO)
    n_frames = 0
    for _ in range(8):
        n_frames += len(receiver.process(samples))
        assert held_bytes(receiver) < IDLE_BYTES
    assert n_frames > 120

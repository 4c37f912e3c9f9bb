# SPDX-License-Identifier: MIT
"""Streams to frames: the receiver as a whole."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from lrisc_sdr.phy import Receiver, receive, transmit
from lrisc_sdr.types import Frame, ReceivedFrame
from lrisc_sdr.waveform import PRESETS, Waveform

PLUTO = PRESETS["pluto256"]


def headers(frames: list[ReceivedFrame] | list[Frame]) -> list[int]:
    return [frame.header.index for frame in frames]


def error_ratio(received: ReceivedFrame, sent: Frame) -> float:
    """Mean of |ŝ - s|² / noise_var over the symbols that were not erased."""
    there = np.isfinite(received.noise_var)
    error = np.abs(received.symbols - sent.symbols) ** 2
    return float(np.mean(error[there] / received.noise_var[there]))


def same(a: ReceivedFrame, b: ReceivedFrame) -> bool:
    values = (a.symbols, b.symbols), (a.noise_var, b.noise_var), (a.channel, b.channel)
    scalars = all(getattr(a, n) == getattr(b, n) for n in ("header", "snr_db", "cfo_hz", "sco_ppm", "start_sample"))
    return scalars and all(np.array_equal(x, y) for x, y in values)


@pytest.mark.parametrize("n_symbols", [8, 800, 8192])
def test_frames_cross_without_noise_and_clipping(preset: Waveform, make_frame: Any, n_symbols: int) -> None:
    frame = make_frame(n_symbols)
    preset = dataclasses.replace(preset, clip_db=None)
    samples = np.concatenate([np.zeros(100, np.complex64), transmit(frame, preset)])
    (received,) = receive(samples, preset)
    assert received.header == frame.header
    assert received.start_sample == 100
    assert abs(received.cfo_hz) < 2e-4 * preset.rate_sps / preset.n_fft
    assert np.mean(np.abs(received.symbols - frame.symbols) ** 2) < 10**-3.5
    np.testing.assert_allclose(np.abs(received.channel[preset.used_carriers]), 1.0, atol=0.03)
    assert not received.channel[0]


@pytest.mark.parametrize("snr_db", [0.0, 10.0, 25.0])
def test_figures_are_right_in_white_noise(preset: Waveform, make_frame: Any, impair: Any, snr_db: float) -> None:
    frames = [make_frame(4096, i) for i in range(12)]
    cfo_hz = 0.4 * preset.max_cfo_hz
    received = receive(impair(frames, preset, snr_db=snr_db, cfo_hz=cfo_hz), preset)
    assert headers(received) == headers(frames)
    snr = np.array([r.snr_db for r in received])
    assert abs(snr.mean() - snr_db) < 0.3
    ratios = [error_ratio(r, f) for r, f in zip(received, frames, strict=True)]
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.05)
    errors = [np.abs(r.symbols - f.symbols) ** 2 for r, f in zip(received, frames, strict=True)]
    assert -10 * np.log10(np.mean(errors)) > snr_db - (1.5 if snr_db < 5 else 0.5)
    # Unbiased: the projection on what was sent is one, but for one phase error a frame.
    gains = [np.vdot(f.symbols, r.symbols) / 4096 for r, f in zip(received, frames, strict=True)]
    assert abs(np.mean(gains) - 1.0) < 0.08
    tolerance = 0.01 * preset.rate_sps / preset.n_fft * 10 ** (-snr_db / 20)
    assert np.abs([r.cfo_hz - cfo_hz for r in received]).max() < tolerance
    assert np.mean([r.evm_db for r in received]) == pytest.approx(-snr_db, abs=0.5)


@pytest.mark.parametrize("cfo_hz", [-61e3, -31e3, 7e3, 61e3])
def test_carrier_offsets_of_many_carriers(preset: Waveform, make_frame: Any, impair: Any, cfo_hz: float) -> None:
    (received,) = receive(impair([make_frame()], preset, cfo_hz=cfo_hz), preset)
    assert received.cfo_hz == pytest.approx(cfo_hz, abs=0.002 * preset.rate_sps / preset.n_fft)


@pytest.mark.parametrize("sco_ppm", [-50.0, 50.0])
def test_long_frames_with_another_clock(preset: Waveform, make_frame: Any, impair: Any, sco_ppm: float) -> None:
    # 60,000 symbols: the symbols drift by several samples, so windows must move.
    frame = make_frame(60_000)
    assert preset.frame_samples(60_000) * 50e-6 > 3.0
    (received,) = receive(impair([frame], preset, snr_db=15.0, sco_ppm=sco_ppm, gap=3000), preset)
    assert received.sco_ppm == pytest.approx(sco_ppm, abs=1.0)
    assert error_ratio(received, frame) == pytest.approx(1.0, abs=0.07)
    assert -10 * np.log10(np.mean(np.abs(received.symbols - frame.symbols)[-2000:] ** 2)) > 14.3


def test_multipath_is_equalised_with_the_noise_of_every_carrier(
    preset: Waveform, make_frame: Any, impair: Any, rng: np.random.Generator
) -> None:
    ratios = []
    for i in range(10):
        taps = (rng.standard_normal(8) + 1j * rng.standard_normal(8)) * np.exp(-np.arange(8) / 3.0)
        taps /= np.linalg.norm(taps)
        frame = make_frame(2048, i)
        for received in receive(impair([frame], preset, snr_db=15.0, taps=taps, cfo_hz=5e3), preset):
            ratios.append(error_ratio(received, frame))
            response = np.abs(np.fft.fft(taps, preset.n_fft))[preset.used_carriers]
            error = np.abs(received.channel)[preset.used_carriers] - response
            assert np.sqrt(np.mean(error**2)) < 0.1
            assert np.ptp(10 * np.log10(received.noise_var)) > 3.0
    assert len(ratios) >= 9
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.1)


def test_first_path_is_found_before_a_stronger_one(make_frame: Any, impair: Any) -> None:
    taps = np.zeros(16, np.complex64)
    taps[0], taps[14] = 0.5, 0.85
    frame = make_frame(2048)
    (received,) = receive(impair([frame], PLUTO, snr_db=25.0, taps=taps), PLUTO)
    assert received.start_sample == 777
    assert error_ratio(received, frame) == pytest.approx(1.0, abs=0.15)


@pytest.mark.parametrize("size", [1, 37, 4096, 65_537])
def test_any_chunking_gives_identical_frames(make_frame: Any, impair: Any, size: int) -> None:
    samples = impair([make_frame(800, i) for i in range(4 if size > 1 else 1)], PLUTO, snr_db=8.0, cfo_hz=-33e3)
    whole = receive(samples, PLUTO)
    receiver = Receiver(PLUTO)
    parts = [frame for i in range(0, samples.size, size) for frame in receiver.process(samples[i : i + size])]
    parts += receiver.flush()
    assert len(parts) == len(whole) > 0
    assert all(same(a, b) for a, b in zip(whole, parts, strict=True))
    assert receiver.counters.samples == samples.size


def test_frames_that_touch(preset: Waveform, make_frame: Any, impair: Any) -> None:
    frames = [make_frame(n, i) for i, n in enumerate((8, 808, 8, 1600, 8))]
    received = receive(impair(frames, preset, gap=0, lead=0, cfo_hz=20e3), preset)
    assert headers(received) == headers(frames)
    starts = np.cumsum([0] + [preset.frame_samples(f.header.n_symbols) for f in frames])[:-1]
    np.testing.assert_array_equal([r.start_sample for r in received], starts)


def test_interference_on_some_symbols_raises_their_variance(
    make_frame: Any, impair: Any, rng: np.random.Generator
) -> None:
    frame = make_frame(8192)
    samples = impair([frame], PLUTO, snr_db=20.0, lead=100)
    first = 100 + 25 * PLUTO.symbol_samples
    burst = slice(first, first + 8 * PLUTO.symbol_samples)
    samples[burst] += 0.5 * (rng.standard_normal(8 * 288) + 1j * rng.standard_normal(8 * 288)).astype(np.complex64)
    (received,) = receive(samples, PLUTO)
    row = (np.arange(8192) + 352) // PLUTO.n_data + PLUTO.preamble_symbols
    inside = (row >= 25) & (row < 33)
    ratio = np.abs(received.symbols - frame.symbols) ** 2 / received.noise_var
    assert np.median(received.noise_var[inside]) > 10 * np.median(received.noise_var[~inside])
    assert 0.5 < ratio[inside].mean() < 1.6
    assert 0.5 < ratio[~inside].mean() < 1.1


def test_direct_current_does_not_hurt(preset: Waveform, make_frame: Any, impair: Any) -> None:
    frames = [make_frame(4096, i) for i in range(6)]
    samples = impair(frames, preset, snr_db=20.0, cfo_hz=33e3) + np.complex64(0.3 - 0.2j)
    received = receive(samples, preset)
    assert headers(received) == headers(frames)
    assert np.mean([r.snr_db for r in received]) > 18.5


def test_only_one_of_two_presets_decodes(preset: Waveform, make_frame: Any, impair: Any) -> None:
    samples = impair([make_frame(4096, i) for i in range(3)], preset, snr_db=25.0)
    for other in PRESETS.values():
        if other is not preset:
            receiver = Receiver(other)
            assert receiver.process(samples) + receiver.flush() == []
            assert receiver.counters.detected == 0


def test_after_a_flush_a_new_stream_begins(make_frame: Any, impair: Any) -> None:
    samples = impair([make_frame(800)], PLUTO)
    receiver = Receiver(PLUTO)
    first = receiver.process(samples) + receiver.flush()
    second = receiver.process(samples) + receiver.flush()
    assert [f.start_sample for f in first + second] == [777, 777 + samples.size]
    np.testing.assert_array_equal(first[0].symbols, second[0].symbols)
    assert receiver.flush() == []


@pytest.mark.parametrize("n_symbols", [800, 2000, 16384])
def test_a_recording_without_noise_comes_through_whole(preset: Waveform, make_frame: Any, n_symbols: int) -> None:
    """Nothing but the transmitter's clipping disturbs the pilots, and some symbols have all of it."""
    burst = transmit(make_frame(n_symbols), preset)
    (frame,) = receive(np.concatenate((np.zeros(1000, np.complex64), burst, np.zeros(3000, np.complex64))), preset)
    assert np.isfinite(frame.noise_var).all()
    assert frame.snr_db > 40.0

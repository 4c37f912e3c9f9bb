# SPDX-License-Identifier: MIT
"""Bursts and simple impairments for the tests of the physical layer."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from lrisc_sdr.phy import transmit
from lrisc_sdr.types import ComplexArray, Frame, FrameHeader, ReceivedFrame
from lrisc_sdr.waveform import PRESETS, Waveform

MakeFrame = Callable[..., Frame]
Impair = Callable[..., ComplexArray]
TapDelays = Callable[..., np.ndarray]
DrawResponse = Callable[..., np.ndarray]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20250504)


@pytest.fixture(params=sorted(PRESETS))
def preset(request: pytest.FixtureRequest) -> Waveform:
    return PRESETS[request.param]


def gaussian(rng: np.random.Generator, n: int) -> ComplexArray:
    """Complex white noise of unit power."""
    return (rng.standard_normal((n, 2), dtype=np.float32) * np.float32(np.sqrt(0.5))).view(np.complex64)[:, 0]


@pytest.fixture
def tap_delays() -> TapDelays:
    """Delays of the taps of a `part`-th of the prefix; a burst's first path lies a quarter of it within its windows."""

    def delays(preset: Waveform, part: int = 1) -> np.ndarray:
        return np.arange(preset.cp_samples // part) + (-1 if part == 1 else 1) * (preset.cp_samples // 8)

    return delays


@pytest.fixture
def draw_response(rng: np.random.Generator, tap_delays: TapDelays) -> DrawResponse:
    """Random taps over all that the estimate allows, or a `part`-th of it, as seen on the carriers; unit mean power."""

    def draw(preset: Waveform, part: int = 1) -> np.ndarray:
        delays = tap_delays(preset, part)
        taps = gaussian(rng, delays.size) / np.sqrt(delays.size)
        return np.asarray(np.exp(-2j * np.pi / preset.n_fft * np.outer(preset.used_carriers, delays)) @ taps)

    return draw


@pytest.fixture
def make_frame(rng: np.random.Generator) -> MakeFrame:
    def make(n_symbols: int = 800, index: int = 0) -> Frame:
        return Frame(FrameHeader(4711, index, 256, n_symbols, 40, 2), gaussian(rng, n_symbols))

    return make


@pytest.fixture
def impair(rng: np.random.Generator) -> Impair:
    """Bursts in a row with gaps, through taps, a clock offset, a carrier offset and noise."""

    def apply(
        frames: list[Frame],
        waveform: Waveform,
        *,
        snr_db: float = 20.0,
        cfo_hz: float = 0.0,
        sco_ppm: float = 0.0,
        taps: ComplexArray | None = None,
        lead: int = 777,
        gap: int = 500,
    ) -> ComplexArray:
        parts: list[ComplexArray] = [np.zeros(lead, np.complex64)]
        for frame in frames:
            parts += [transmit(frame, waveform), np.zeros(gap, np.complex64)]
        samples = np.concatenate(parts).astype(np.complex128)
        if taps is not None:
            samples = np.convolve(samples, taps)[: samples.size]
        if sco_ppm:
            samples = resampled(samples, sco_ppm)
        samples *= np.exp(2j * np.pi * cfo_hz / waveform.rate_sps * np.arange(samples.size) + 1j)
        noise = gaussian(rng, samples.size) * np.sqrt(waveform.noise_var(snr_db))
        return (samples + noise).astype(np.complex64)

    return apply


def resampled(samples: ComplexArray, ppm: float) -> ComplexArray:
    """What a receiver sees when the transmitter's clock is `ppm` fast: x((1 + ε) n), cubic, oversampled by 8."""
    n, up = samples.size, 8
    spectrum = np.zeros(n * up, dtype=np.complex128)
    half = n // 2
    transformed = np.fft.fft(samples)
    spectrum[:half], spectrum[half - n :] = transformed[:half], transformed[half:]
    dense = np.fft.ifft(spectrum) * up
    at = np.arange(int(n / (1 + ppm * 1e-6))) * (1 + ppm * 1e-6) * up
    i = np.clip(at.astype(np.int64), 1, dense.size - 3)
    f = at - i
    a, b, c, d = (dense[i + k] for k in (-1, 0, 1, 2))
    out: ComplexArray = b + 0.5 * f * (c - a + f * (2 * a - 5 * b + 4 * c - d + f * (3 * (b - c) + d - a)))
    return out


@pytest.fixture(scope="session")
def calibration() -> Callable[[ReceivedFrame, Frame], float]:
    """Mean of |ŝ - s|² / noise_var over the symbols of a frame that were not erased: 1 where noise_var is right."""

    def ratio(received: ReceivedFrame, sent: Frame) -> float:
        there = np.isfinite(received.noise_var)
        error = np.abs(received.symbols - sent.symbols) ** 2
        return float(np.mean(error[there] / received.noise_var[there]))

    return ratio

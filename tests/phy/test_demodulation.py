# SPDX-License-Identifier: MIT
"""Samples to carriers."""

from __future__ import annotations

import numpy as np
import pytest

from lrisc_sdr.phy.demodulation import demodulate
from lrisc_sdr.phy.modulation import modulate
from lrisc_sdr.waveform import Waveform


def demodulated(samples: np.ndarray, starts: np.ndarray, frequency: float, preset: Waveform) -> np.ndarray:
    spectrum = np.full((len(starts), preset.n_fft), np.nan, dtype=np.complex64)
    demodulate(samples.astype(np.complex64), starts, frequency, spectrum)
    return spectrum


@pytest.mark.parametrize("frequency", [0.0, 0.013])
def test_symbols_come_back(preset: Waveform, rng: np.random.Generator, frequency: float) -> None:
    sent = (rng.standard_normal((5, preset.n_used)) + 1j * rng.standard_normal((5, preset.n_used))).astype(np.complex64)
    samples = modulate(sent, preset)
    turned = samples * np.exp(1j * frequency * np.arange(samples.size))
    starts = preset.cp_samples + np.arange(5) * preset.symbol_samples
    spectrum = demodulated(turned, starts, frequency, preset) / preset.carrier_amplitude
    np.testing.assert_allclose(spectrum[:, preset.used_carriers], sent, atol=2e-4)
    unused = np.setdiff1d(np.arange(preset.n_fft), preset.used_carriers % preset.n_fft)
    assert np.abs(spectrum[:, unused]).max() < 1e-3


def test_windows_may_lie_anywhere(preset: Waveform, rng: np.random.Generator) -> None:
    n, frequency = 8 * preset.n_fft, -0.041
    samples = (rng.standard_normal((n, 2)) @ [1, 1j]).astype(np.complex64)
    starts = np.concatenate(([0, n - preset.n_fft], rng.integers(0, n - preset.n_fft, 20)))
    turned = samples * np.exp(-1j * frequency * np.arange(n))
    expected = [np.fft.fft(turned[s : s + preset.n_fft], norm="ortho") for s in starts]
    np.testing.assert_allclose(demodulated(samples, starts, frequency, preset), expected, atol=3e-5)


def test_the_phase_is_right_at_the_end_of_the_longest_frames(preset: Waveform) -> None:
    n, frequency = 1 << 20, 0.0987
    samples = np.exp(1j * (frequency * np.arange(n) + 0.4))
    spectrum = demodulated(samples, np.array([n - preset.n_fft]), frequency, preset)
    assert spectrum[0, 0] == pytest.approx(np.sqrt(preset.n_fft) * np.exp(0.4j), rel=1e-4)
    assert np.abs(spectrum[0, 1:]).max() < 1e-3

# SPDX-License-Identifier: MIT
"""OFDM symbols to samples and back."""

from __future__ import annotations

import numpy as np
import pytest

from lrisc_sdr.phy.modulation import demodulate, modulate
from lrisc_sdr.waveform import Waveform


@pytest.mark.parametrize("frequency", [0.0, 0.013])
def test_symbols_come_back(preset: Waveform, rng: np.random.Generator, frequency: float) -> None:
    sent = (rng.standard_normal((5, preset.n_used)) + 1j * rng.standard_normal((5, preset.n_used))).astype(np.complex64)
    samples = modulate(sent, preset)
    assert samples.size == 5 * preset.symbol_samples
    turned = (samples * np.exp(1j * frequency * np.arange(samples.size))).astype(np.complex64)
    starts = preset.cp_samples + np.arange(5) * preset.symbol_samples
    spectrum = demodulate(turned, starts, frequency, preset) / preset.carrier_amplitude
    np.testing.assert_allclose(spectrum[:, preset.used_carriers], sent, atol=2e-4)
    unused = np.setdiff1d(np.arange(preset.n_fft), preset.used_carriers % preset.n_fft)
    assert np.abs(spectrum[:, unused]).max() < 1e-3


def test_the_prefix_repeats_the_end_and_energy_is_kept(preset: Waveform, rng: np.random.Generator) -> None:
    sent = np.exp(2j * np.pi * rng.random((3, preset.n_used))).astype(np.complex64)
    samples = modulate(sent, preset).reshape(3, -1)
    np.testing.assert_array_equal(samples[:, : preset.cp_samples], samples[:, -preset.cp_samples :])
    np.testing.assert_allclose(np.mean(np.abs(samples[:, preset.cp_samples :]) ** 2, axis=1), 1.0, rtol=1e-4)

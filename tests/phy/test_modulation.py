# SPDX-License-Identifier: MIT
"""OFDM symbols to samples."""

from __future__ import annotations

import numpy as np
import pytest

from lrisc_sdr.phy.modulation import modulate, rotation, synthesise
from lrisc_sdr.waveform import Waveform


def test_samples_are_the_sum_of_the_carriers(preset: Waveform, rng: np.random.Generator) -> None:
    sent = (rng.standard_normal((3, preset.n_used)) + 1j * rng.standard_normal((3, preset.n_used))).astype(np.complex64)
    n = np.arange(-preset.cp_samples, preset.n_fft)
    waves = np.exp(2j * np.pi / preset.n_fft * np.outer(preset.used_carriers, n)) / np.sqrt(preset.n_used)
    np.testing.assert_allclose(modulate(sent, preset), (sent @ waves).reshape(-1), atol=2e-5)


def test_the_prefix_repeats_the_end_and_energy_is_kept(preset: Waveform, rng: np.random.Generator) -> None:
    sent = np.exp(2j * np.pi * rng.random((3, preset.n_used))).astype(np.complex64)
    samples = modulate(sent, preset).reshape(3, -1)
    np.testing.assert_array_equal(samples[:, : preset.cp_samples], samples[:, -preset.cp_samples :])
    np.testing.assert_allclose(np.mean(np.abs(samples[:, preset.cp_samples :]) ** 2, axis=1), 1.0, rtol=1e-4)


@pytest.mark.parametrize("limit", [0.7, 1.5])
def test_peaks_are_limited_and_keep_their_phase(preset: Waveform, rng: np.random.Generator, limit: float) -> None:
    spectrum = (rng.standard_normal((4, preset.n_fft, 2)) @ [1, 1j] * np.sqrt(0.5)).astype(np.complex64)
    amplitude = 1.0 / np.sqrt(preset.n_fft)
    whole, clipped = np.empty((2, 4, preset.symbol_samples), dtype=np.complex64)
    synthesise(spectrum.copy(), whole, amplitude, np.inf)
    synthesise(spectrum.copy(), clipped, amplitude, limit)
    expected = whole * np.minimum(1.0, limit / np.maximum(np.abs(whole), 1e-9))
    assert 0.05 < np.mean(np.abs(whole) > limit) < 0.95
    np.testing.assert_allclose(clipped, expected, atol=1e-5)


def test_a_rotation_is_precise_far_into_a_stream() -> None:
    samples = np.array([0, 1, 1_000_003, 123_456_789])
    turned = rotation(0.25, samples)
    assert turned.dtype == np.complex64
    np.testing.assert_allclose(turned, np.exp(-0.25j * samples), atol=1e-6)

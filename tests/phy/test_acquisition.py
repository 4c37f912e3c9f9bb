# SPDX-License-Identifier: MIT
"""Verification, carrier frequency offset and first path of one candidate."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lrisc_sdr.phy.acquisition import acquire, window_offset, window_samples
from lrisc_sdr.phy.modulation import modulate
from lrisc_sdr.waveform import PRESETS, Waveform


def acquired(samples: np.ndarray, position: int, preset: Waveform) -> Any:
    first = position + window_offset(preset)
    return acquire(samples[first : first + window_samples(preset)], preset), first


@pytest.mark.parametrize("snr_db", [0.0, 15.0])
def test_offset_of_many_carriers_is_near_the_bound(preset: Waveform, rng: np.random.Generator, snr_db: float) -> None:
    errors = []
    sent = np.outer(preset.preamble_signs, preset.preamble_carriers).astype(np.complex64)
    samples = np.zeros(window_samples(preset) + 2 * preset.n_fft, np.complex128)
    preamble = modulate(sent, preset)
    samples[preset.n_fft : preset.n_fft + preamble.size] = preamble
    for share in np.linspace(-0.95, 0.95, 100):
        frequency = 2 * np.pi * float(share) * preset.max_cfo_hz / preset.rate_sps
        noise = rng.standard_normal((samples.size, 2)) @ [1, 1j] * np.sqrt(preset.noise_var(snr_db) / 2)
        turned = samples * np.exp(1j * frequency * np.arange(samples.size)) + noise
        found, first = acquired(turned.astype(np.complex64), preset.n_fft, preset)
        assert found is not None
        assert abs(first + found.start - preset.n_fft) <= 2
        errors.append(found.frequency - frequency)
    # Products of noise with noise come on top of the bound at low SNR: a factor of 4.3 at 0 dB for R = 5.
    # R symbols, T apart, of N samples at this SNR: var ω >= 6 / (N snr R (R² - 1)) / T² with the phase unknown.
    n, r, t = preset.n_fft + preset.cp_samples, preset.preamble_symbols, preset.symbol_samples
    bound = 6.0 / (n / preset.noise_var(snr_db) * r * (r**2 - 1)) / t**2
    assert 0.3 * bound < np.mean(np.square(errors)) < (6.5 if snr_db < 5 else 3.0) * bound


def test_noise_tones_and_offsets_out_of_range_are_refused(
    preset: Waveform, make_frame: Any, impair: Any, rng: np.random.Generator
) -> None:
    n = window_samples(preset)
    for _ in range(20):
        assert acquire(rng.standard_normal((n, 2), dtype=np.float32).view(np.complex64)[:, 0], preset) is None
    assert acquire(np.exp(0.1j * np.arange(n)).astype(np.complex64), preset) is None
    assert acquire(np.zeros(n, np.complex64), preset) is None
    samples = impair([make_frame(8)], preset, cfo_hz=1.2 * preset.max_cfo_hz, lead=3000)
    assert acquired(samples, 3000, preset)[0] is None


def test_other_presets_preambles_are_refused(preset: Waveform, make_frame: Any, impair: Any) -> None:
    for other in PRESETS.values():
        if other is not preset:
            assert acquired(impair([make_frame(4096)], other, snr_db=30.0, lead=3000), 3000, preset)[0] is None

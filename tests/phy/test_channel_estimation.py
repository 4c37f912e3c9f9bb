# SPDX-License-Identifier: MIT
"""The channel from the preamble."""

from __future__ import annotations

import numpy as np
import pytest

from lrisc_sdr.phy.channel_estimation import carrier_phase, estimate, smoother
from lrisc_sdr.waveform import Waveform


def response(preset: Waveform, rng: np.random.Generator) -> np.ndarray:
    """As many taps as the estimate allows, within its window."""
    count = preset.cp_samples - preset.cp_samples // 8
    taps = (rng.standard_normal(count) + 1j * rng.standard_normal(count)) / np.sqrt(2 * count)
    return np.asarray(np.exp(1j * np.outer(carrier_phase(preset), np.arange(count))) @ taps)


def preambles(preset: Waveform, h: np.ndarray, rng: np.random.Generator, noise_var: float) -> np.ndarray:
    sent = np.outer(preset.preamble_signs, preset.preamble_carriers * h)
    noise = rng.standard_normal(sent.shape) + 1j * rng.standard_normal(sent.shape)
    return np.asarray(sent + np.sqrt(noise_var / 2) * noise, dtype=np.complex64)


def test_channels_within_the_prefix_pass_the_projector_whole(preset: Waveform, rng: np.random.Generator) -> None:
    h, smooth = response(preset, rng), smoother(preset)
    passed = smooth.basis @ (smooth.weights * (smooth.basis.conj().T @ h))
    assert np.mean(np.abs(passed - h) ** 2) < 1e-5 * np.mean(np.abs(h) ** 2)


def test_a_mirror_image_hardly_passes_the_projector(preset: Waveform) -> None:
    image = np.conj(preset.preamble_carriers * preset.preamble_carriers[::-1])
    smooth = smoother(preset)
    passed = smooth.basis @ (smooth.weights * (smooth.basis.conj().T @ image))
    # Of noise of the same power it is the mean leverage.
    assert np.mean(np.abs(passed) ** 2) < 0.15 * smooth.leverage.mean()


@pytest.mark.parametrize("noise_var", [0.5, 0.01])
def test_noise_and_errors_have_the_variances_that_are_told(
    preset: Waveform, rng: np.random.Generator, noise_var: float
) -> None:
    h = response(preset, rng)
    found = [estimate(preambles(preset, h, rng, noise_var), preset) for _ in range(60)]
    assert np.mean([f.noise_var for f in found]) == pytest.approx(noise_var, rel=0.03)
    errors = np.mean([np.abs(f.response - h) ** 2 for f in found])
    assert errors == pytest.approx(np.mean([f.error_var.mean() for f in found]), rel=0.12)


def test_turn_and_drift_between_symbols_are_found(preset: Waveform, rng: np.random.Generator) -> None:
    order = np.arange(preset.preamble_symbols) - (preset.preamble_symbols - 1) / 2
    turn, drift = 0.1, 20e-6 * preset.symbol_samples
    moved = np.exp(1j * np.outer(order, turn + drift * carrier_phase(preset)))
    found = estimate((preambles(preset, np.ones(preset.n_used), rng, 1e-6) * moved).astype(np.complex64), preset)
    assert found.turn == pytest.approx(turn, abs=1e-3)
    assert found.drift == pytest.approx(drift, abs=4 * np.sqrt(found.drift_var) + 1e-5)

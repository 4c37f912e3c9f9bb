# SPDX-License-Identifier: MIT
"""Channels fitted by a few taps, against the matrices that say so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lrisc_sdr.phy.layout import layout
from lrisc_sdr.phy.taps import smoothed, smoother, weighted_smoother
from lrisc_sdr.waveform import Waveform


def complex_noise(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return np.asarray((rng.standard_normal((*shape, 2)) * np.sqrt(0.5)) @ [1, 1j])


def dense(preset: Waveform, delays: np.ndarray, profile: np.ndarray) -> np.ndarray:
    """S = F (Fᴴ W F + λ)⁻¹ Fᴴ W, c128 `[n_used, n_used]`."""
    fourier = np.exp(-2j * np.pi / preset.n_fft * np.outer(preset.used_carriers, delays))
    weighted = fourier.conj().T / profile
    floor = 1e-4 * preset.n_used * np.eye(fourier.shape[1])
    return np.asarray(fourier @ np.linalg.solve(weighted @ fourier + floor, weighted))


def test_channels_within_the_prefix_pass_whole(preset: Waveform, draw_response: Any) -> None:
    h = draw_response(preset)
    passed, _ = smoothed(h.astype(np.complex64), 1e-9, smoother(preset))
    assert np.mean(np.abs(passed - h) ** 2) < 1e-5 * np.mean(np.abs(h) ** 2)


@pytest.mark.parametrize("part", [1, 2, 4])
@pytest.mark.parametrize("coloured", [False, True])
def test_smoothing_is_regularised_least_squares(
    preset: Waveform, rng: np.random.Generator, draw_response: Any, tap_delays: Any, part: int, coloured: bool
) -> None:
    """Where a fit is picked, what comes out is the matrix product, and leverage and degrees are the matrix's."""
    profile = np.where(np.arange(preset.n_used) < preset.n_used // 6, 30.0, 1.0) if coloured else layout(preset).white
    smooth = weighted_smoother(preset, profile) if coloured else smoother(preset)
    noise_var = 1e-3
    fit = {4: smooth.fits[0], 2: smooth.fits[1], 1: smooth.fits[2]}[part]
    noisy = draw_response(preset, part) + np.sqrt(noise_var * profile) * complex_noise(rng, preset.n_used)
    # With three times the noise presumed, nothing of it makes a longer fit look better.
    passed, picked = smoothed(noisy.astype(np.complex64), 3 * noise_var, smooth)
    assert len(picked.inverse) == len(fit.inverse) == preset.cp_samples // part
    matrix = dense(preset, tap_delays(preset, part), profile)
    np.testing.assert_allclose(passed, matrix @ noisy, atol=6e-3)
    left = np.eye(preset.n_used) - matrix
    np.testing.assert_allclose(fit.leverage, np.diag(matrix @ np.diag(profile) @ matrix.conj().T).real, rtol=1e-3)
    assert fit.degrees == pytest.approx(np.trace(np.diag(1 / profile) @ left @ np.diag(profile) @ left.conj().T).real)


@pytest.mark.parametrize("part", [1, 2, 4])
def test_a_channel_is_fitted_as_short_as_it_is_and_errs_as_told(
    preset: Waveform, rng: np.random.Generator, draw_response: Any, part: int
) -> None:
    smooth, noise_var, errors, told, lengths = smoother(preset), 0.02, [], [], []
    for _ in range(300):
        h = draw_response(preset, part)
        noisy = h + np.sqrt(noise_var) * complex_noise(rng, preset.n_used)
        passed, fit = smoothed(noisy.astype(np.complex64), noise_var, smooth)
        errors.append(np.abs(passed - h) ** 2)
        told.append(noise_var * fit.leverage)
        lengths.append(preset.cp_samples // len(fit.inverse))
    # Akaike's criterion picks a longer fit than is needed now and then.
    assert np.mean(np.array(lengths) == part) > 0.7
    assert np.mean(np.array(lengths) > part) < 0.05
    assert np.mean(errors) / np.mean(told) == pytest.approx(1.0, abs=0.12)


def test_the_leverage_is_that_of_every_carrier(preset: Waveform, rng: np.random.Generator, tap_delays: Any) -> None:
    """Large at the band's edges, and true there."""
    for part, fit in zip((4, 2, 1), smoother(preset).fits, strict=True):
        matrix = dense(preset, tap_delays(preset, part), layout(preset).white)
        errors = np.mean(np.abs(matrix @ complex_noise(rng, preset.n_used, 1000)) ** 2, axis=1)
        np.testing.assert_allclose(errors, fit.leverage, rtol=0.2)
        assert fit.leverage[0] > 1.5 * fit.leverage[preset.n_used // 4]


def test_a_mirror_image_hardly_passes(preset: Waveform, tap_delays: Any) -> None:
    image = np.conj(preset.preamble_carriers * preset.preamble_carriers[::-1]).astype(np.complex64)
    for part, fit in zip((4, 2, 1), smoother(preset).fits, strict=True):
        passed = dense(preset, tap_delays(preset, part), layout(preset).white) @ image
        # Of noise of the same power it is the mean leverage.
        assert np.mean(np.abs(passed) ** 2) < 0.15 * fit.leverage.mean()
    assert np.mean(np.abs(smoothed(image, 1.0, smoother(preset))[0]) ** 2) < 0.01

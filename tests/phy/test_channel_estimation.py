# SPDX-License-Identifier: MIT
"""The channel from the preamble."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lrisc_sdr.phy.channel_estimation import ChannelEstimate, estimate
from lrisc_sdr.phy.layout import layout
from lrisc_sdr.waveform import Waveform


def complex_noise(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return np.asarray((rng.standard_normal((*shape, 2)) * np.sqrt(0.5)) @ [1, 1j])


def preambles(preset: Waveform, h: np.ndarray, rng: np.random.Generator, noise_var: float | np.ndarray) -> np.ndarray:
    """Transformed windows, c64 `[preamble_symbols, n_fft]`; other carriers than the used ones are not looked at."""
    sent = np.outer(preset.preamble_signs, preset.preamble_carriers * h)
    spectrum = np.full((preset.preamble_symbols, preset.n_fft), np.nan, dtype=np.complex64)
    spectrum[:, preset.used_carriers] = sent + np.sqrt(noise_var) * complex_noise(rng, *sent.shape)
    return spectrum


@pytest.mark.parametrize("part", [1, 4])
@pytest.mark.parametrize("noise_var", [0.5, 0.01])
def test_noise_and_errors_have_the_variances_that_are_told(
    preset: Waveform, rng: np.random.Generator, draw_response: Any, noise_var: float, part: int
) -> None:
    errors, found = [], []
    for _ in range(150):
        h = draw_response(preset, part)
        found.append(estimate(preambles(preset, h, rng, noise_var), preset))
        errors.append(np.abs(found[-1].response - h) ** 2)
    assert np.mean([f.noise_var for f in found]) == pytest.approx(noise_var, rel=0.03)
    assert np.mean(errors) == pytest.approx(np.mean([f.error_var.mean() for f in found]), rel=0.12)
    scatter = np.var([f.noise_var for f in found]) / noise_var**2
    assert scatter == pytest.approx(np.mean([1 / f.degrees for f in found]), rel=0.5)


def test_turn_and_drift_between_symbols_are_found(preset: Waveform, rng: np.random.Generator) -> None:
    order = np.arange(preset.preamble_symbols) - (preset.preamble_symbols - 1) / 2
    turn, drift = 0.1, 20e-6 * preset.symbol_samples
    found = moved(preset, np.ones(preset.n_used), rng, 1e-6, np.outer(order, turn + drift * layout(preset).slope))
    assert found.turn == pytest.approx(turn, abs=1e-3)
    assert found.drift == pytest.approx(drift, abs=4 * np.sqrt(found.drift_var) + 1e-5)
    # The channel is that of the preamble's middle.
    np.testing.assert_allclose(found.response, 1.0, atol=0.01)


def moved(
    preset: Waveform, h: np.ndarray, rng: np.random.Generator, noise_var: float, angle: np.ndarray
) -> ChannelEstimate:
    spectrum = preambles(preset, h, rng, noise_var)
    spectrum[:, preset.used_carriers] *= np.exp(1j * angle).astype(np.complex64)
    return estimate(spectrum, preset)


def test_turn_and_drift_err_as_told(preset: Waveform, rng: np.random.Generator) -> None:
    """Clock offsets of 30 ppm rms are expected before anything is seen; the drift weighs what it sees against that."""
    order = np.arange(preset.preamble_symbols) - (preset.preamble_symbols - 1) / 2
    lever, noise_var = float(order @ order), 0.1
    turn_errors, drift_errors, told = [], [], []
    for _ in range(200):
        turn = rng.uniform(-0.5, 0.5)
        drift = 30e-6 * preset.symbol_samples * rng.standard_normal()
        # Taps about the middle of the used carriers: a centre that is off zero would mix the two.
        found = moved(
            preset, np.full(preset.n_used, 1.3), rng, noise_var, np.outer(order, turn + drift * layout(preset).slope)
        )
        turn_errors.append(found.turn - turn)
        drift_errors.append(found.drift - drift)
        told.append(found.drift_var)
    assert np.mean(np.square(turn_errors)) == pytest.approx(noise_var / (2 * lever * preset.n_used * 1.3**2), rel=0.4)
    assert np.mean(np.square(drift_errors)) == pytest.approx(np.mean(told), rel=0.4)


@pytest.mark.parametrize(("times", "noise_var"), [(30.0, 0.01), (1000.0, 0.0003)])
def test_an_interferer_is_told_by_the_profile_and_hurts_the_rest_little(
    preset: Waveform, rng: np.random.Generator, draw_response: Any, tap_delays: Any, times: float, noise_var: float
) -> None:
    true = np.ones(preset.n_used)
    hit = slice(preset.n_used // 4, preset.n_used // 4 + round(0.1 * preset.n_used))
    true[hit] = times
    quiet_errors, told, noises, profiles = [], [], [], []
    for _ in range(30 if preset.n_fft > 512 else 100):
        h = draw_response(preset, 4)
        found = estimate(preambles(preset, h, rng, noise_var * true), preset)
        error = np.abs(found.response - h) ** 2
        quiet_errors.append(np.delete(error, hit).mean())
        told.append(np.delete(found.error_var, hit).mean())
        noises.append(found.noise_var)
        profiles.append(found.profile)
    ratio = np.mean([p * n for p, n in zip(profiles, noises, strict=True)], axis=0) / (noise_var * true)
    assert ((ratio[hit] > 0.5) & (ratio[hit] < 2.0)).all()
    assert np.median(noises) == pytest.approx(noise_var, rel=0.25)
    # Unweighted, the interferer would hurt quiet carriers as much as this.
    fourier = np.exp(1j * np.outer(layout(preset).slope, tap_delays(preset, 4)))
    matrix = fourier @ np.linalg.pinv(fourier, rcond=1e-2)
    unweighted = noise_var / preset.preamble_symbols * np.delete(np.abs(matrix) ** 2 @ true, hit).mean()
    assert np.mean(quiet_errors) < 0.85 * unweighted
    assert np.mean(quiet_errors) == pytest.approx(np.mean(told), rel=0.5)


def test_white_noise_keeps_a_flat_profile(preset: Waveform, rng: np.random.Generator, draw_response: Any) -> None:
    for _ in range(50):
        assert (estimate(preambles(preset, draw_response(preset), rng, 0.1), preset).profile == 1.0).all()


def test_silence_is_estimated_without_a_number_that_is_none(preset: Waveform) -> None:
    found = estimate(np.zeros((preset.preamble_symbols, preset.n_fft), np.complex64), preset)
    for value in found:
        assert np.isfinite(value).all()
    assert not found.response.any()

# SPDX-License-Identifier: MIT
"""Symbols and their variances from carriers with a known channel, phase, timing and noise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lrisc_sdr.phy.channel_estimation import ChannelEstimate, estimate
from lrisc_sdr.phy.equalisation import equalise
from lrisc_sdr.phy.layout import layout
from lrisc_sdr.phy.noise import Noise
from lrisc_sdr.phy.pilots import pilots_of
from lrisc_sdr.phy.rows import empty_track
from lrisc_sdr.waveform import PRESETS, Waveform

# Without the transmitter's clipping, whose part in the variances has a test of its own.
PLAIN = {name: replace(preset, clip_db=None) for name, preset in PRESETS.items()}
PLUTO = PLAIN["pluto256"]
ROWS = 60


@pytest.fixture(params=sorted(PLAIN))
def preset(request: pytest.FixtureRequest) -> Waveform:
    return PLAIN[request.param]


def silence(preset: Waveform) -> ChannelEstimate:
    """An estimate to fill in."""
    return estimate(np.zeros((preset.preamble_symbols, preset.n_fft), np.complex64), preset)


def complex_noise(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return np.asarray((rng.standard_normal((*shape, 2)) * np.sqrt(0.5)) @ [1, 1j])


def multipath(rng: np.random.Generator, preset: Waveform) -> np.ndarray:
    """Rayleigh fading from six taps, c128 `[n_used]`."""
    return np.asarray(np.exp(1j * np.outer(layout(preset).slope, np.arange(6))) @ complex_noise(rng, 6))


def equalised(
    response: np.ndarray,
    preset: Waveform,
    data: np.ndarray,
    *,
    noise_var: float = 1e-9,
    preamble_noise_var: float | None = None,
    error_var: float = 0.0,
    profile: np.ndarray | None = None,
    phase: np.ndarray | float = 0.0,
    phase_var: float = 0.0,
    delay: np.ndarray | float = 0.0,
    delay_var: float = 0.0,
    moved: np.ndarray | int = 0,
    usable: np.ndarray | bool = True,
    excess: np.ndarray | float = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Equalise `data`, c128 `[ROWS, n_data]`, with what the stages before would have found; c64, f32 `[ROWS, n_data]`.

    `phase` is that at carrier zero.
    """
    places = layout(preset)
    channel = silence(preset)._replace(
        response=response.astype(np.complex64),
        error_var=np.full(preset.n_used, error_var, np.float32),
        noise_var=noise_var if preamble_noise_var is None else preamble_noise_var,
        profile=places.white if profile is None else profile,
        degrees=100.0,
        turn=0.0,
        drift=0.0,
        drift_var=0.0,
    )
    pilots = pilots_of(channel, places)._replace(noise_var=channel.noise_var)
    track = empty_track(ROWS, preset)
    track.spectrum[:] = np.nan
    track.spectrum[:, places.used] = 0.0
    track.spectrum[:, preset.data_carriers] = data
    track.phase[:] = phase + pilots.centre * np.asarray(delay)
    track.phase_var[:], track.delay[:], track.delay_var[:] = phase_var, delay, delay_var
    track.moved[:], track.usable[:] = moved, usable
    noise = Noise(noise_var, np.broadcast_to(excess, ROWS).astype(np.float64), 1.0, 1.0)
    symbols, variance = equalise(channel, track, noise, pilots, places)
    assert (symbols.dtype, variance.dtype) == (np.complex64, np.float32)
    assert symbols.shape == variance.shape == (ROWS * preset.n_data,)
    return symbols.reshape(ROWS, -1), variance.reshape(ROWS, -1)


def centred_slope(response: np.ndarray, preset: Waveform) -> np.ndarray:
    """Slope of the data carriers about the pilots' power-weighted centre."""
    slope = layout(preset).slope
    weight = np.abs(response[preset.pilot_columns]) ** 2
    return np.asarray(slope[preset.data_columns] - np.average(slope[preset.pilot_columns], weights=weight))


def test_channel_phase_delay_and_moved_windows_are_taken_away(preset: Waveform, rng: np.random.Generator) -> None:
    sent, response = complex_noise(rng, ROWS, preset.n_data), multipath(rng, preset)
    phase, delay, moved = rng.uniform(-30, 30, ROWS), rng.uniform(-9, 9, ROWS), rng.integers(-9, 9, ROWS)
    slope = layout(preset).slope[preset.data_columns]
    data = sent * response[preset.data_columns] * np.exp(1j * (phase[:, None] + np.outer(delay - moved, slope)))
    symbols, _ = equalised(response, preset, data, phase=phase, delay=delay, moved=moved)
    assert np.abs(symbols / sent - 1.0).max() < 1e-4


@pytest.mark.parametrize("noise_var", [0.01, 1.0])
def test_symbols_are_unbiased_and_every_carrier_has_its_own_noise(
    preset: Waveform, rng: np.random.Generator, noise_var: float
) -> None:
    """ŝ = Y / h: the mean of ŝ s* is 1 at any SNR, where a Wiener filter's would be smaller."""
    sent, response = complex_noise(rng, ROWS, preset.n_data), multipath(rng, preset)
    h, profile = response[preset.data_columns], rng.uniform(1.0, 9.0, preset.n_used)
    own = noise_var * profile[preset.data_columns]
    data = sent * h + np.sqrt(own) * complex_noise(rng, *sent.shape)
    symbols, variance = equalised(response, preset, data, noise_var=noise_var, profile=profile)
    np.testing.assert_allclose(variance, np.tile(own / np.abs(h) ** 2, (ROWS, 1)), rtol=1e-4)
    error = np.abs(symbols - sent) ** 2
    assert np.mean(error / variance) == pytest.approx(1.0, abs=5 / np.sqrt(error.size))
    # Least squares over symbols of different variance, itself of variance 1 / Σ |s|²/v.
    weight = 1.0 / variance.astype(np.float64)
    energy = float(np.sum(weight * np.abs(sent) ** 2))
    gain = np.sum(weight * symbols * np.conj(sent)) / energy
    assert abs(gain - 1.0) < 4 / np.sqrt(energy) + 1e-4


@pytest.mark.parametrize("source", ["noise_var", "error_var", "phase_var", "delay_var", "all"])
def test_errors_have_the_variances_that_are_told(rng: np.random.Generator, source: str) -> None:
    """E |ŝ - s|² / noise_var = 1, wherever the error comes from."""
    variances = {"noise_var": 0.02, "error_var": 0.01, "phase_var": 0.01, "delay_var": 0.005}
    if source != "all":
        variances = {name: value if name == source else 0.0 for name, value in variances.items()}
    ratios = []
    for _ in range(30):
        sent, response = complex_noise(rng, ROWS, PLUTO.n_data), multipath(rng, PLUTO)
        slope = centred_slope(response, PLUTO)
        error = np.sqrt(variances["error_var"]) * complex_noise(rng, PLUTO.n_used)
        phase = np.sqrt(variances["phase_var"]) * rng.standard_normal(ROWS)
        delay = np.sqrt(variances["delay_var"]) * rng.standard_normal(ROWS)
        data = sent * (response + error)[PLUTO.data_columns]
        data = data * np.exp(1j * (phase[:, None] + np.outer(delay, slope)))
        data = data + np.sqrt(variances["noise_var"]) * complex_noise(rng, *sent.shape)
        symbols, variance = equalised(
            response, PLUTO, data, **{**variances, "noise_var": variances["noise_var"] or 1e-9}
        )
        ratios.append(np.mean(np.abs(symbols - sent) ** 2 / variance))
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.1)


def test_phase_and_delay_err_as_much_more_as_there_is_more_noise(rng: np.random.Generator) -> None:
    """Their variances were told with the preamble's noise; what is known of it by now counts."""
    response, data = np.ones(PLUTO.n_used), complex_noise(rng, ROWS, PLUTO.n_data)
    known = {"noise_var": 0.3, "preamble_noise_var": 0.1, "phase_var": 0.02, "delay_var": 0.01}
    _, variance = equalised(response, PLUTO, data, **known)
    expected = 0.3 + 3 * (0.02 + 0.01 * centred_slope(response, PLUTO) ** 2)
    np.testing.assert_allclose(variance, np.tile(expected, (ROWS, 1)), rtol=1e-4)


def test_symbols_with_interference_have_more_noise(rng: np.random.Generator) -> None:
    excess = np.ones(ROWS)
    excess[20:30] = 7.0
    response, data = np.full(PLUTO.n_used, 2.0), complex_noise(rng, ROWS, PLUTO.n_data)
    _, variance = equalised(response, PLUTO, data, noise_var=0.1, error_var=0.02, phase_var=0.5, excess=excess)
    told = (0.1 * excess + 0.02) * (2.0 / 4.02) ** 2 + (0.02 / 4.02) ** 2 + 0.5
    np.testing.assert_allclose(variance, np.tile(told[:, None], PLUTO.n_data), rtol=1e-5)


def test_in_a_fade_as_deep_as_the_channel_estimates_error_little_is_made_of_little(rng: np.random.Generator) -> None:
    """The channel varies about its estimate ĥ by σ_h: 1/ĥ would be any number."""
    estimate_error = 0.1
    fades = estimate_error * np.array([0.01, 0.5, 1.0, 3.0, 10.0])
    data, noise = complex_noise(rng, ROWS, PLUTO.n_data), 0.05 * complex_noise(rng, ROWS, PLUTO.n_data)
    for fade in fades:
        true = fade + estimate_error * complex_noise(rng, ROWS, PLUTO.n_data)
        symbols, variance = equalised(
            np.full(PLUTO.n_used, fade), PLUTO, true * data + noise, noise_var=0.05**2, error_var=estimate_error**2
        )
        error = np.mean(np.abs(symbols - data) ** 2)
        assert error == pytest.approx(np.mean(variance), rel=0.06)
        assert error < 1.1


def test_clipping_counts_as_noise_on_every_carrier(rng: np.random.Generator) -> None:
    preset = replace(PLUTO, clip_db=5.0)
    response, data = np.full(preset.n_used, 0.5), complex_noise(rng, ROWS, preset.n_data)
    _, variance = equalised(response, preset, data, noise_var=0.01)
    assert preset.clip_distortion > 1e-3
    np.testing.assert_allclose(variance, 0.04 + preset.clip_distortion, rtol=1e-5)


@pytest.mark.parametrize(("begin", "end"), [(0, 0), (0, 25), (10, 50), (0, ROWS)])
def test_symbols_whose_pilots_were_lost_are_erased(
    preset: Waveform, rng: np.random.Generator, begin: int, end: int
) -> None:
    data = complex_noise(rng, ROWS, preset.n_data) + 5.0
    usable = (np.arange(ROWS) >= begin) & (np.arange(ROWS) < end)
    data[~usable] = np.nan
    symbols, variance = equalised(np.ones(preset.n_used), preset, data, noise_var=0.1, usable=usable)
    np.testing.assert_allclose(symbols[usable], data[usable], rtol=1e-5)
    assert np.isfinite(variance[usable]).all()
    assert (symbols[~usable] == 0.0).all()
    assert np.isinf(variance[~usable]).all()


def test_a_carrier_that_the_channel_swallowed_counts_for_nothing(rng: np.random.Generator) -> None:
    response = np.ones(PLUTO.n_used)
    response[PLUTO.data_columns[3]] = 0.0
    data = complex_noise(rng, ROWS, PLUTO.n_data)
    symbols, variance = equalised(response, PLUTO, data, noise_var=0.1)
    # The error of saying nothing is the symbol's own power.
    assert not symbols[:, 3].any()
    assert (variance[:, 3] >= 1.0).all()
    assert (np.delete(variance, 3, axis=1) < 0.11).all()

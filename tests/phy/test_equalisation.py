# SPDX-License-Identifier: MIT
"""Symbols and their variances from carriers with a known channel, phase, timing and noise."""

from __future__ import annotations

import numpy as np
import pytest

from lrisc_sdr.phy.channel_estimation import ChannelEstimate, carrier_phase
from lrisc_sdr.phy.equalisation import equalise
from lrisc_sdr.phy.noise import Noise
from lrisc_sdr.phy.tracking import Track
from lrisc_sdr.waveform import PRESETS, Waveform

PLUTO = PRESETS["pluto256"]
ROWS = 60


def complex_noise(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return np.asarray((rng.standard_normal((*shape, 2)) * np.sqrt(0.5)) @ [1, 1j])


def multipath(rng: np.random.Generator, preset: Waveform) -> np.ndarray:
    """Rayleigh fading from six taps, c128 `[n_used]`."""
    return np.asarray(np.exp(1j * np.outer(carrier_phase(preset), np.arange(6))) @ complex_noise(rng, 6))


def known(
    response: np.ndarray,
    preset: Waveform,
    data: np.ndarray,
    *,
    noise_var: float = 0.0,
    error_var: float = 0.0,
    phase: np.ndarray | float = 0.0,
    phase_var: float = 0.0,
    delay: np.ndarray | float = 0.0,
    delay_var: float = 0.0,
    coherent: int = ROWS,
    excess: np.ndarray | None = None,
) -> tuple[ChannelEstimate, Track, Noise, Waveform]:
    """What the stages before would have found."""
    channel = ChannelEstimate(
        response=response.astype(np.complex64),
        error_var=np.full(preset.n_used, error_var, np.float32),
        noise_var=noise_var,
        degrees=100.0,
        turn=0.0,
        drift=0.0,
        drift_var=0.0,
    )
    burst = Track(
        data=data.astype(np.complex64),
        pilots=np.zeros((ROWS, preset.n_pilots), np.complex64),
        null_energy=np.zeros(ROWS),
        phase=np.broadcast_to(phase, ROWS),
        phase_var=phase_var,
        fitted=0.0,
        delay=np.broadcast_to(delay, ROWS),
        coherent=coherent,
        turn=0.0,
        drift=0.0,
        delay_var=delay_var,
    )
    return channel, burst, Noise(noise_var, np.ones(ROWS) if excess is None else excess, 0.0, 0.0), preset


def test_channel_phase_and_delay_are_taken_away(preset: Waveform, rng: np.random.Generator) -> None:
    sent, response = complex_noise(rng, ROWS, preset.n_data), multipath(rng, preset)
    phase, delay = rng.uniform(-30, 30, ROWS), rng.uniform(-0.6, 0.6, ROWS)
    slope = carrier_phase(preset)[preset.data_columns]
    data = sent * response[preset.data_columns] * np.exp(1j * (phase[:, None] + np.outer(delay, slope)))
    symbols, _ = equalise(*known(response, preset, data, phase=phase, delay=delay))
    assert symbols.dtype == np.complex64
    # Delays are taken away in steps of 1/256 sample; the largest slope is π a sample.
    assert np.abs(symbols / sent.reshape(-1) - 1.0).max() < np.pi / 512 + 1e-4


@pytest.mark.parametrize("noise_var", [0.01, 1.0])
def test_symbols_are_unbiased_and_every_carrier_has_its_own_noise(
    preset: Waveform, rng: np.random.Generator, noise_var: float
) -> None:
    """ŝ = Y / h: the mean of ŝ s* is 1 at any SNR, where a Wiener filter's would be smaller."""
    sent, response = complex_noise(rng, ROWS, preset.n_data), multipath(rng, preset)
    h = response[preset.data_columns]
    data = sent * h + np.sqrt(noise_var) * complex_noise(rng, *sent.shape)
    symbols, variance = equalise(*known(response, preset, data, noise_var=noise_var))
    assert variance.dtype == np.float32
    np.testing.assert_allclose(variance.reshape(sent.shape), np.tile(noise_var / np.abs(h) ** 2, (ROWS, 1)), rtol=1e-4)
    error = np.abs(symbols - sent.reshape(-1)) ** 2
    assert np.mean(error / variance) == pytest.approx(1.0, abs=5 / np.sqrt(error.size))
    # Least squares over symbols of different variance, itself of variance 1 / Σ |s|²/v.
    weight = 1.0 / variance.astype(np.float64)
    energy = float(np.sum(weight * np.abs(sent.reshape(-1)) ** 2))
    gain = np.sum(weight * symbols * np.conj(sent.reshape(-1))) / energy
    assert abs(gain - 1.0) < 4 / np.sqrt(energy) + 1e-4


@pytest.mark.parametrize("source", ["noise_var", "error_var", "phase_var", "delay_var", "all"])
def test_errors_have_the_variances_that_are_told(rng: np.random.Generator, source: str) -> None:
    """E |ŝ - s|² / noise_var = 1, wherever the error comes from."""
    variances = {"noise_var": 0.02, "error_var": 0.01, "phase_var": 0.01, "delay_var": 0.005}
    if source != "all":
        variances = {name: value if name == source else 0.0 for name, value in variances.items()}
    slope = carrier_phase(PLUTO)[PLUTO.data_columns]
    ratios = []
    for _ in range(30):
        sent, response = complex_noise(rng, ROWS, PLUTO.n_data), multipath(rng, PLUTO)
        error = np.sqrt(variances["error_var"]) * complex_noise(rng, PLUTO.n_used)
        phase = np.sqrt(variances["phase_var"]) * rng.standard_normal(ROWS)
        delay = np.sqrt(variances["delay_var"]) * rng.standard_normal(ROWS)
        data = sent * (response + error)[PLUTO.data_columns]
        data = data * np.exp(1j * (phase[:, None] + np.outer(delay, slope)))
        data = data + np.sqrt(variances["noise_var"]) * complex_noise(rng, *sent.shape)
        symbols, variance = equalise(*known(response, PLUTO, data, **variances))
        ratios.append(np.mean(np.abs(symbols - sent.reshape(-1)) ** 2 / variance))
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.1)


def test_symbols_with_interference_have_more_noise(rng: np.random.Generator) -> None:
    excess = np.ones(ROWS)
    excess[20:30] = 7.0
    response, data = np.full(PLUTO.n_used, 2.0), complex_noise(rng, ROWS, PLUTO.n_data)
    _, variance = equalise(*known(response, PLUTO, data, noise_var=0.1, error_var=0.02, phase_var=0.5, excess=excess))
    np.testing.assert_allclose(
        variance.reshape(ROWS, -1), np.tile(excess[:, None] * 0.12 / 4 + 0.5, PLUTO.n_data), rtol=1e-5
    )


@pytest.mark.parametrize("coherent", [0, 25, ROWS])
def test_symbols_behind_a_loss_are_erased(preset: Waveform, rng: np.random.Generator, coherent: int) -> None:
    data = complex_noise(rng, ROWS, preset.n_data) + 5.0
    symbols, variance = equalise(*known(np.ones(preset.n_used), preset, data, noise_var=0.1, coherent=coherent))
    kept = coherent * preset.n_data
    np.testing.assert_allclose(symbols[:kept], data.reshape(-1)[:kept], rtol=1e-5)
    assert np.isfinite(variance[:kept]).all()
    assert not symbols[kept:].any()
    assert np.isinf(variance[kept:]).all()
    assert symbols.size == variance.size == ROWS * preset.n_data


def test_a_carrier_that_the_channel_swallowed_counts_for_nothing(rng: np.random.Generator) -> None:
    response = np.ones(PLUTO.n_used)
    response[PLUTO.data_columns[3]] = 0.0
    data = complex_noise(rng, ROWS, PLUTO.n_data)
    symbols, variance = equalise(*known(response, PLUTO, data, noise_var=0.1))
    assert np.isfinite(symbols).all()
    assert (variance.reshape(ROWS, -1)[:, 3] > 1e12).all()
    assert (np.delete(variance.reshape(ROWS, -1), 3, axis=1) < 0.11).all()

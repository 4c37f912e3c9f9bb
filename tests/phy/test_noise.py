# SPDX-License-Identifier: MIT
"""Noise variance, SNR and interference, against those that were put in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lrisc_sdr.phy.channel_estimation import ChannelEstimate, carrier_phase, estimate
from lrisc_sdr.phy.modulation import demodulate
from lrisc_sdr.phy.noise import Noise, estimate_noise
from lrisc_sdr.phy.tracking import Track, track
from lrisc_sdr.waveform import PRESETS, Waveform

PLUTO = PRESETS["pluto256"]
LEAD = 777  # samples before the burst, as `impair` has it
ECHOES = {"flat": [1.0], "multipath": [0.8, 0.0, 0.5j, 0.0, -0.3, 0.1j]}


def complex_noise(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return np.asarray((rng.standard_normal((*shape, 2)) * np.sqrt(0.5)) @ [1, 1j])


def received(samples: np.ndarray, n_symbols: int, preset: Waveform) -> Noise:
    """The stages up to the noise, from a burst whose place is known."""
    first = LEAD + preset.cp_samples - preset.cp_samples // 4
    starts = first + np.arange(preset.preamble_symbols) * preset.symbol_samples
    channel = estimate(demodulate(samples, starts, 0.0, preset)[:, preset.used_carriers], preset)
    frequency = channel.turn / preset.symbol_samples
    channel = channel.turned(frequency * float(starts.mean()))
    found = track(samples, first, frequency, channel, preset.payload_ofdm_symbols(n_symbols), preset)
    return estimate_noise(channel, found, preset)


def made(
    rng: np.random.Generator, preset: Waveform, rows: int, noise_var: float = 0.1
) -> tuple[ChannelEstimate, Track]:
    """A known flat channel and a burst of noise of `noise_var` on it; the preamble shows as much noise."""
    degrees = 2.0 * preset.n_used
    amplitude = preset.carrier_amplitude
    channel = ChannelEstimate(
        response=np.full(preset.n_used, amplitude, np.complex64),
        error_var=np.zeros(preset.n_used, np.float32),
        noise_var=noise_var * float(rng.gamma(degrees)) / degrees,
        degrees=degrees,
        turn=0.0,
        drift=0.0,
        drift_var=0.0,
    )
    pilots = amplitude**2 + amplitude * np.sqrt(noise_var) * complex_noise(rng, rows, preset.n_pilots)
    burst = Track(
        data=np.zeros((rows, preset.n_data), np.complex64),
        pilots=pilots.astype(np.complex64),
        null_energy=noise_var * rng.gamma(len(preset.null_carriers), size=rows),
        phase=np.zeros(rows),
        phase_var=0.0,
        fitted=0.0,
        delay=np.zeros(rows),
        coherent=rows,
        turn=0.0,
        drift=0.0,
        delay_var=0.0,
    )
    return channel, burst


@pytest.mark.parametrize("echoes", sorted(ECHOES))
@pytest.mark.parametrize("snr_db", [0.0, 10.0, 25.0])
def test_the_estimate_is_unbiased(preset: Waveform, make_frame: Any, impair: Any, snr_db: float, echoes: str) -> None:
    n_symbols = 2400
    taps = np.array(ECHOES[echoes], dtype=np.complex128)
    found = [
        received(impair([make_frame(n_symbols)], preset, snr_db=snr_db, taps=taps), n_symbols, preset) for _ in range(8)
    ]
    assert np.mean([f.noise_var for f in found]) / preset.noise_var(snr_db) == pytest.approx(1.0, abs=0.03)
    response = np.exp(1j * np.outer(carrier_phase(preset)[preset.data_columns], np.arange(len(taps)))) @ taps
    true_db = snr_db + 10 * np.log10(np.mean(np.abs(response) ** 2))
    assert np.mean([f.snr_db for f in found]) == pytest.approx(true_db, abs=0.2)
    assert all((f.excess == 1.0).all() for f in found)


def test_it_scatters_as_preamble_pilots_and_null_carriers_together(rng: np.random.Generator) -> None:
    rows = 20
    found = np.array([estimate_noise(*made(rng, PLUTO, rows), PLUTO).noise_var for _ in range(300)]) / 0.1
    degrees = 2 * PLUTO.n_used + rows * (PLUTO.n_pilots + len(PLUTO.null_carriers))
    assert found.mean() == pytest.approx(1.0, abs=5 / np.sqrt(300 * degrees))
    # Without the null carriers it would scatter more.
    assert found.std() == pytest.approx(1 / np.sqrt(degrees), rel=0.15)


@pytest.mark.parametrize("leak", [0.1, 5.0])
def test_null_carriers_that_a_filter_changed_do_not_count(rng: np.random.Generator, leak: float) -> None:
    channel, burst = made(rng, PLUTO, 200)
    found = estimate_noise(channel, replace(burst, null_energy=leak * burst.null_energy), PLUTO)
    assert found.noise_var == pytest.approx(0.1, rel=0.08)


def test_pilots_noisier_than_the_preamble_are_believed(rng: np.random.Generator) -> None:
    channel, burst = made(rng, PLUTO, 200)
    found = estimate_noise(replace(channel, noise_var=0.02), burst, PLUTO)
    assert found.noise_var == pytest.approx(0.1, rel=0.08)


def test_an_error_of_the_channel_is_not_taken_for_noise(rng: np.random.Generator) -> None:
    ratios = []
    for _ in range(100):
        channel, burst = made(rng, PLUTO, 200)
        error = np.sqrt(0.05) * complex_noise(rng, PLUTO.n_pilots)
        # What all pilots err by together is phase and amplitude of the burst, which tracking takes away.
        pilots = burst.pilots + PLUTO.carrier_amplitude * (error - error.mean())
        channel = replace(channel, error_var=np.full(PLUTO.n_used, 0.05, np.float32))
        ratios.append(estimate_noise(channel, replace(burst, pilots=pilots), PLUTO).noise_var / 0.1)
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.04)


def test_interference_is_measured_where_it_is_and_nowhere_else(preset: Waveform, rng: np.random.Generator) -> None:
    rows, times = 300, 20.0
    channel, burst = made(rng, preset, rows)
    hit = slice(100, 130)
    amplitude = preset.carrier_amplitude
    pilots = burst.pilots.copy()
    pilots[hit] = amplitude**2 + np.sqrt(times) * (pilots[hit] - amplitude**2)
    found = estimate_noise(channel, replace(burst, pilots=pilots), preset)
    assert np.median(found.excess[hit]) == pytest.approx(times, rel=0.4)
    assert (found.excess[hit] > 3.0).all()
    assert (found.excess[:88] == 1.0).all()
    assert (found.excess[142:] == 1.0).all()
    assert found.noise_var == pytest.approx(0.1, rel=0.1)


def test_chance_is_not_taken_for_interference(preset: Waveform, rng: np.random.Generator) -> None:
    found = [estimate_noise(*made(rng, preset, 300), preset).excess for _ in range(50)]
    assert np.mean(np.array(found) > 1.0) < 2e-3


def test_snr_and_error_vectors_are_those_of_the_carriers(preset: Waveform, rng: np.random.Generator) -> None:
    found = estimate_noise(*made(rng, preset, 400, preset.noise_var(13.0)), preset)
    assert found.snr_db == pytest.approx(13.0, abs=0.2)
    assert found.evm_db == pytest.approx(-13.0, abs=0.5)


def test_rows_behind_a_loss_do_not_count(rng: np.random.Generator) -> None:
    channel, burst = made(rng, PLUTO, 200)
    burst.pilots[100:] = 0
    burst.null_energy[100:] = 0
    found = estimate_noise(channel, replace(burst, coherent=100), PLUTO)
    assert found.noise_var == pytest.approx(0.1, rel=0.08)
    assert found.excess.shape == (200,)
    assert (found.excess == 1.0).all()


def test_the_preamble_alone_must_do_where_all_was_lost(rng: np.random.Generator) -> None:
    channel, burst = made(rng, PLUTO, 50)
    found = estimate_noise(channel, replace(burst, coherent=0), PLUTO)
    assert (found.noise_var, found.evm_db) == (channel.noise_var, 0.0)

# SPDX-License-Identifier: MIT
"""Noise variance, SNR and interference, against those that were put in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lrisc_sdr.phy.channel_estimation import ChannelEstimate, estimate
from lrisc_sdr.phy.demodulation import demodulate
from lrisc_sdr.phy.layout import layout
from lrisc_sdr.phy.noise import Noise, estimate_noise
from lrisc_sdr.phy.pilots import pilots_of
from lrisc_sdr.phy.rows import Track, empty_track
from lrisc_sdr.phy.tracking import smoothed, started, track
from lrisc_sdr.waveform import PRESETS, Waveform

PLUTO = PRESETS["pluto256"]
LEAD = 777  # samples before the burst, as `impair` has it
ECHOES = {"flat": [1.0], "multipath": [0.8, 0.0, 0.5j, 0.0, -0.3, 0.1j]}


def silence(preset: Waveform) -> ChannelEstimate:
    """An estimate to fill in."""
    return estimate(np.zeros((preset.preamble_symbols, preset.n_fft), np.complex64), preset)


def complex_noise(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return np.asarray((rng.standard_normal((*shape, 2)) * np.sqrt(0.5)) @ [1, 1j])


def received(samples: np.ndarray, n_symbols: int, preset: Waveform) -> Noise:
    """The stages up to the noise, from a burst whose place is known."""
    first = LEAD + preset.cp_samples - preset.cp_samples // 4
    spectrum = np.empty((preset.preamble_symbols, preset.n_fft), dtype=np.complex64)
    demodulate(samples, first + np.arange(preset.preamble_symbols) * preset.symbol_samples, 0.0, spectrum)
    channel, places = estimate(spectrum, preset), layout(preset)
    start = started(channel, places)
    found, last = track(samples, first, 0.0, start, preset.payload_ofdm_symbols(n_symbols), preset)
    smoothed(found, start.pilots, last)
    return estimate_noise(channel, found, start.pilots, places)


def made(
    rng: np.random.Generator, preset: Waveform, rows: int, noise_var: float = 0.1
) -> tuple[ChannelEstimate, Track]:
    """A known flat channel and a burst of noise of `noise_var` on it; the preamble shows as much noise.

    The transmitter's clipping adds its part, c |h|² of every carrier after the preamble, to the pilots.
    """
    degrees, places = 2.0 * preset.n_used, layout(preset)
    amplitude = preset.carrier_amplitude
    channel = silence(preset)._replace(
        response=np.full(preset.n_used, amplitude, np.complex64),
        error_var=np.zeros(preset.n_used, np.float32),
        noise_var=noise_var * float(rng.gamma(degrees)) / degrees,
        profile=places.white,
        degrees=degrees,
        turn=0.0,
        drift=0.0,
        drift_var=0.0,
    )
    burst = empty_track(rows, preset)
    power = noise_var + preset.clip_distortion * amplitude**2
    burst.cells[:] = amplitude**2 + amplitude * np.sqrt(power) * complex_noise(rng, rows, preset.n_pilots)
    burst.spectrum[:] = np.nan
    burst.spectrum[:, places.nulls] = np.sqrt(power) * complex_noise(rng, rows, places.nulls.size)
    burst.usable[:] = True
    return channel, burst


def estimated(channel: ChannelEstimate, burst: Track, preset: Waveform) -> Noise:
    return estimate_noise(channel, burst, pilots_of(channel, layout(preset)), layout(preset))


@pytest.mark.parametrize("echoes", sorted(ECHOES))
@pytest.mark.parametrize("snr_db", [0.0, 10.0, 25.0])
def test_the_estimate_is_unbiased(preset: Waveform, make_frame: Any, impair: Any, snr_db: float, echoes: str) -> None:
    n_symbols = 2400
    taps = np.array(ECHOES[echoes], dtype=np.complex128)
    found = [
        received(impair([make_frame(n_symbols)], preset, snr_db=snr_db, taps=taps), n_symbols, preset) for _ in range(8)
    ]
    assert np.mean([f.noise_var for f in found]) / preset.noise_var(snr_db) == pytest.approx(1.0, abs=0.03)
    response = np.exp(1j * np.outer(layout(preset).slope[preset.data_columns], np.arange(len(taps)))) @ taps
    # Clipping is at the same distance from every carrier's signal.
    true = 1.0 / (10 ** (-snr_db / 10) / np.mean(np.abs(response) ** 2) + preset.clip_distortion)
    assert np.mean([f.snr for f in found]) == pytest.approx(true, rel=0.05)
    assert all((f.excess == 1.0).all() for f in found)


def test_it_scatters_as_preamble_pilots_and_null_carriers_together(rng: np.random.Generator) -> None:
    rows = 20
    found = np.array([estimated(*made(rng, PLUTO, rows), PLUTO).noise_var for _ in range(300)]) / 0.1
    degrees = 2 * PLUTO.n_used + rows * (PLUTO.n_pilots + len(PLUTO.null_carriers))
    assert found.mean() == pytest.approx(1.0, abs=5 / np.sqrt(300 * degrees))
    # Without the null carriers it would scatter more.
    assert found.std() == pytest.approx(1 / np.sqrt(degrees), rel=0.15)


@pytest.mark.parametrize("leak", [0.1, 5.0])
def test_null_carriers_that_a_filter_changed_do_not_count(rng: np.random.Generator, leak: float) -> None:
    channel, burst = made(rng, PLUTO, 200)
    burst.spectrum[:] *= np.sqrt(leak)
    found = estimated(channel, burst, PLUTO)
    assert found.noise_var == pytest.approx(0.1, rel=0.08)


def test_pilots_noisier_than_the_preamble_are_believed(rng: np.random.Generator) -> None:
    channel, burst = made(rng, PLUTO, 200)
    found = estimated(channel._replace(noise_var=0.02), burst, PLUTO)
    assert found.noise_var == pytest.approx(0.1, rel=0.08)


def test_an_error_of_the_channel_is_not_taken_for_noise(rng: np.random.Generator) -> None:
    ratios = []
    for _ in range(100):
        channel, burst = made(rng, PLUTO, 200)
        error = np.sqrt(0.05) * complex_noise(rng, PLUTO.n_pilots)
        # What all pilots err by together is phase and amplitude of the burst, which tracking takes away.
        burst.cells[:] += PLUTO.carrier_amplitude * (error - error.mean())
        channel = channel._replace(error_var=np.full(PLUTO.n_used, 0.05, np.float32))
        ratios.append(estimated(channel, burst, PLUTO).noise_var / 0.1)
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.04)


def test_interference_is_measured_where_it_is_and_nowhere_else(preset: Waveform, rng: np.random.Generator) -> None:
    rows, times = 300, 20.0
    channel, burst = made(rng, preset, rows)
    hit = slice(100, 130)
    amplitude = preset.carrier_amplitude
    burst.cells[hit] = amplitude**2 + np.sqrt(times) * (burst.cells[hit] - amplitude**2)
    found = estimated(channel, burst, preset)
    assert np.median(found.excess[hit]) == pytest.approx(times, rel=0.4)
    assert (found.excess[hit] > 3.0).all()
    assert (found.excess[:88] == 1.0).all()
    assert (found.excess[142:] == 1.0).all()
    assert found.noise_var == pytest.approx(0.1, rel=0.1)


def test_chance_is_not_taken_for_interference(preset: Waveform, rng: np.random.Generator) -> None:
    found = [estimated(*made(rng, preset, 300), preset).excess for _ in range(50)]
    assert np.mean(np.array(found) > 1.0) < 2e-3


def test_snr_and_error_vectors_are_those_of_the_carriers(preset: Waveform, rng: np.random.Generator) -> None:
    found = estimated(*made(rng, preset, 400, preset.noise_var(13.0)), preset)
    noise = 10**-1.3 + preset.clip_distortion
    assert found.snr == pytest.approx(1 / noise, rel=0.05)
    assert found.evm == pytest.approx(noise, rel=0.1)


def test_clipping_is_not_taken_for_noise_but_lowers_the_snr(rng: np.random.Generator) -> None:
    preset = replace(PLUTO, clip_db=4.0)
    clipped = preset.clip_distortion * preset.carrier_amplitude**2
    found = [estimated(*made(rng, preset, 300, clipped), preset) for _ in range(20)]
    assert np.mean([f.noise_var for f in found]) == pytest.approx(clipped, rel=0.03)
    assert np.mean([f.snr for f in found]) == pytest.approx(0.5 / preset.clip_distortion, rel=0.05)


def test_an_interferers_profile_lowers_the_snr_and_is_no_excess(rng: np.random.Generator) -> None:
    channel, burst = made(rng, PLUTO, 300)
    profile = np.ones(PLUTO.n_used)
    profile[:40] = 16.0
    amplitude, columns = PLUTO.carrier_amplitude, PLUTO.pilot_columns
    burst.cells[:] = amplitude**2 + (burst.cells - amplitude**2) * np.sqrt(profile[columns])
    found = estimated(channel._replace(profile=profile), burst, PLUTO)
    assert found.noise_var == pytest.approx(0.1, rel=0.08)
    assert np.mean(found.excess > 1.0) < 0.05
    mean = 0.1 * profile[PLUTO.data_columns].mean() / amplitude**2
    assert found.snr == pytest.approx(1 / (mean + PLUTO.clip_distortion), rel=0.08)


def test_rows_without_pilots_do_not_count(rng: np.random.Generator) -> None:
    channel, burst = made(rng, PLUTO, 200)
    lost = slice(60, 100)
    burst.cells[lost] = np.nan
    burst.spectrum[lost] = np.nan
    burst.usable[lost] = False
    found = estimated(channel, burst, PLUTO)
    assert found.noise_var == pytest.approx(0.1, rel=0.08)
    assert found.excess.shape == (200,)
    assert (found.excess == 1.0).all()


def test_the_preamble_alone_must_do_where_all_was_lost(rng: np.random.Generator) -> None:
    channel, burst = made(rng, PLUTO, 50)
    burst.usable[:] = False
    found = estimated(channel, burst, PLUTO)
    assert (found.noise_var, found.evm) == (channel.noise_var, 1.0)
    assert (found.excess == 1.0).all()

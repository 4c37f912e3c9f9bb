# SPDX-License-Identifier: MIT
"""Phase and timing of every symbol, against the phase and timing that were put in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lrisc_sdr.phy.channel_estimation import ChannelEstimate, carrier_phase
from lrisc_sdr.phy.tracking import Track, track
from lrisc_sdr.waveform import PRESETS, Waveform

PLUTO = PRESETS["pluto256"]
LEAD = 777  # samples before the burst, as `impair` has it
EARLY = 5  # samples by which windows begin within the prefix


def known_channel(preset: Waveform, snr_db: float, sco_ppm: float = 0.0) -> ChannelEstimate:
    """The channel of `impair` in the preamble's middle: a turn by 1 rad, seen `EARLY` samples late.

    By then a fast clock is ahead already. That it runs fast is not known.
    """
    late = EARLY - sco_ppm * 1e-6 * preamble_middle(preset)
    response = preset.carrier_amplitude * np.exp(1j * (1.0 + late * carrier_phase(preset)))
    drift_var = (30e-6 * preset.symbol_samples) ** 2
    return ChannelEstimate(
        response=response.astype(np.complex64),
        error_var=np.zeros(preset.n_used, np.float32),
        noise_var=preset.noise_var(snr_db),
        degrees=2.0 * preset.n_used,
        turn=0.0,
        drift=0.0,
        drift_var=drift_var,
    )


def preamble_middle(preset: Waveform) -> float:
    """Sample of the middle of the preamble's windows."""
    order = (preset.preamble_symbols - 1) / 2
    return LEAD + preset.cp_samples - EARLY + preset.n_fft / 2 + order * preset.symbol_samples


def tracked(samples: np.ndarray, n_symbols: int, preset: Waveform, snr_db: float, sco_ppm: float = 0.0) -> Track:
    first = LEAD + preset.cp_samples - EARLY
    rows = preset.payload_ofdm_symbols(n_symbols)
    return track(samples, first, 0.0, known_channel(preset, snr_db, sco_ppm), rows, preset)


def positions(found: Track, preset: Waveform) -> np.ndarray:
    """Symbols from the preamble's middle."""
    return np.asarray(np.arange(len(found.phase)) + (preset.preamble_symbols + 1) / 2)


@pytest.mark.parametrize("sco_ppm", [-50.0, 50.0])
def test_another_clock_is_followed_by_windows_and_slopes(
    preset: Waveform, make_frame: Any, impair: Any, sco_ppm: float
) -> None:
    n_symbols, snr_db = 20_000, 15.0
    samples = impair([make_frame(n_symbols)], preset, snr_db=snr_db, sco_ppm=sco_ppm)
    found = tracked(samples, n_symbols, preset, snr_db, sco_ppm)
    delay = -sco_ppm * 1e-6 * preset.symbol_samples * positions(found, preset)
    assert np.ptp(delay) > 1.3
    assert found.coherent == len(delay)
    assert found.drift == pytest.approx(-sco_ppm * 1e-6 * preset.symbol_samples, rel=0.01)
    assert np.abs(found.delay).max() < 0.6
    # Windows move by whole samples.
    error = found.delay - delay
    assert np.abs(error - np.rint(error)).max() < 0.02


@pytest.mark.parametrize("snr_db", [5.0, 20.0])
def test_a_drifting_carrier_is_followed(preset: Waveform, make_frame: Any, impair: Any, snr_db: float) -> None:
    """A quarter of a turn over the burst, as its square in time: kilohertz a second."""
    n_symbols = 30_000
    samples = impair([make_frame(n_symbols)], preset, snr_db=snr_db)
    bend = 0.5 * np.pi / preset.frame_samples(n_symbols) ** 2
    at = np.maximum(np.arange(samples.size) - preamble_middle(preset), 0.0)
    found = tracked((samples * np.exp(1j * bend * at**2)).astype(np.complex64), n_symbols, preset, snr_db)
    error = found.phase - bend * (preset.symbol_samples * positions(found, preset)) ** 2
    assert found.coherent == len(error) == preset.payload_ofdm_symbols(n_symbols)
    assert np.ptp(found.phase) > 1.2
    assert np.sqrt(np.mean(error**2)) < 2 * np.sqrt(found.phase_var) + 0.01
    assert np.abs(error).max() < 6 * np.sqrt(found.phase_var) + 0.05


def test_steady_phase_and_delay_err_by_the_variances_that_are_told(make_frame: Any, impair: Any) -> None:
    n_symbols, snr_db = 30_000, 10.0
    frame = make_frame(n_symbols)
    found = [tracked(impair([frame], PLUTO, snr_db=snr_db), n_symbols, PLUTO, snr_db) for _ in range(24)]
    # Within the last segment: an average over 16 symbols of 12 pilots. At a segment's ends there is less to average.
    phase = np.mean([f.phase[60:150] ** 2 for f in found])
    assert phase == pytest.approx(10 ** (-snr_db / 10) / (2 * 16 * 12), rel=0.35)
    assert phase == pytest.approx(np.mean([f.phase_var for f in found]), rel=0.35)
    delay = np.mean([f.delay.mean() ** 2 for f in found])
    assert delay == pytest.approx(np.mean([f.delay_var for f in found]), rel=0.7)


@pytest.mark.parametrize("deviations", [-5.0, 5.0])
def test_a_turn_that_the_preamble_missed_is_found(
    preset: Waveform, make_frame: Any, impair: Any, deviations: float
) -> None:
    n_symbols, snr_db = 16_000, 0.0
    # 1/√(2 K Es/N0) is the deviation of one symbol's phase from all its K carriers.
    turn = deviations * np.sqrt(10 ** (-snr_db / 10) / (2 * preset.n_used))
    samples = impair([make_frame(n_symbols)], preset, snr_db=snr_db)
    at = (np.arange(samples.size) - preamble_middle(preset)) / preset.symbol_samples
    found = tracked((samples * np.exp(1j * turn * at)).astype(np.complex64), n_symbols, preset, snr_db)
    assert found.turn == pytest.approx(turn, abs=1e-2)
    assert np.sqrt(np.mean((found.phase - turn * positions(found, preset)) ** 2)) < 0.2


@pytest.mark.parametrize("snr_db", [0.0, 20.0])
@pytest.mark.parametrize("lost", [3, 40, 150])
def test_rows_end_where_samples_were_lost(make_frame: Any, impair: Any, lost: int, snr_db: float) -> None:
    n_symbols = 30_000
    samples = impair([make_frame(n_symbols)], PLUTO, snr_db=snr_db, gap=60_000)
    gap = LEAD + (PLUTO.preamble_symbols + lost) * PLUTO.symbol_samples
    cut = np.delete(samples, np.arange(gap, gap + 1000))
    assert lost - 3 <= tracked(cut, n_symbols, PLUTO, snr_db).coherent <= lost
    assert tracked(samples, n_symbols, PLUTO, snr_db).coherent == PLUTO.payload_ofdm_symbols(n_symbols)


def test_nothing_is_demodulated_far_behind_a_loss(make_frame: Any, impair: Any) -> None:
    n_symbols = 30_000
    samples = impair([make_frame(n_symbols)], PLUTO)
    samples[LEAD + 10 * PLUTO.symbol_samples :] = 0
    found = tracked(samples, n_symbols, PLUTO, 20.0)
    rows = PLUTO.payload_ofdm_symbols(n_symbols)
    assert found.data.shape == (rows, PLUTO.n_data)
    assert found.pilots.shape == (rows, PLUTO.n_pilots)
    assert found.data[: found.coherent].all()
    assert not found.data[rows // 2 :].any()
    assert not found.phase[rows // 2 :].any()


def test_null_carriers_hold_noise_and_data_their_symbols(preset: Waveform, make_frame: Any, impair: Any) -> None:
    n_symbols, snr_db = 8192, 20.0
    frame = make_frame(n_symbols)
    found = tracked(impair([frame], preset, snr_db=snr_db), n_symbols, preset, snr_db)
    noise_var = preset.noise_var(snr_db)
    assert found.null_energy.mean() / len(preset.null_carriers) == pytest.approx(noise_var, rel=0.06)
    response = known_channel(preset, snr_db).response[preset.data_columns]
    received = (found.data / response).reshape(-1)[352 : 352 + n_symbols]
    error = np.mean(np.abs(received - frame.symbols) ** 2) * preset.n_fft / preset.n_used
    assert error == pytest.approx(noise_var, rel=0.15)

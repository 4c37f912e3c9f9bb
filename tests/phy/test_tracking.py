# SPDX-License-Identifier: MIT
"""Phase and timing of every symbol, against the phase and timing that were put in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lrisc_sdr.phy.channel_estimation import ChannelEstimate, estimate
from lrisc_sdr.phy.layout import layout
from lrisc_sdr.phy.rows import Track
from lrisc_sdr.phy.tracking import Start, smoothed, started, track
from lrisc_sdr.waveform import PRESETS, Waveform

PLUTO = PRESETS["pluto256"]
LEAD = 777  # samples before the burst, as `impair` has it
EARLY = 5  # samples by which windows begin within the prefix


def silence(preset: Waveform) -> ChannelEstimate:
    """An estimate to fill in."""
    return estimate(np.zeros((preset.preamble_symbols, preset.n_fft), np.complex64), preset)


def known_start(preset: Waveform, snr_db: float, sco_ppm: float = 0.0) -> tuple[Start, np.ndarray]:
    """Where tracking begins behind the channel of `impair`, and that channel in the preamble's middle.

    It is a turn by 1 rad, seen `EARLY` samples late. By then a fast clock is ahead already. That it runs fast is not
    known.
    """
    late = EARLY - sco_ppm * 1e-6 * preamble_middle(preset)
    response = preset.carrier_amplitude * np.exp(1j * (1.0 + late * layout(preset).slope))
    channel = silence(preset)._replace(
        response=response.astype(np.complex64),
        error_var=np.zeros(preset.n_used, np.float32),
        noise_var=preset.noise_var(snr_db),
        profile=layout(preset).white,
        degrees=2.0 * preset.n_used,
        turn=0.0,
        drift=0.0,
        drift_var=(30e-6 * preset.symbol_samples) ** 2,
    )
    return started(channel, layout(preset)), response


def preamble_middle(preset: Waveform) -> float:
    """Sample of the middle of the preamble's windows."""
    order = (preset.preamble_symbols - 1) / 2
    return LEAD + preset.cp_samples - EARLY + preset.n_fft / 2 + order * preset.symbol_samples


def tracked(samples: np.ndarray, n_symbols: int, preset: Waveform, snr_db: float, sco_ppm: float = 0.0) -> Track:
    first = LEAD + preset.cp_samples - EARLY
    start, _ = known_start(preset, snr_db, sco_ppm)
    found, last = track(samples, first, 0.0, start, preset.payload_ofdm_symbols(n_symbols), preset)
    smoothed(found, start.pilots, last)
    return found


def positions(found: Track, preset: Waveform) -> np.ndarray:
    """Symbols from the preamble's middle."""
    return np.asarray(np.arange(len(found.phase)) + (preset.preamble_symbols + 1) / 2)


@pytest.mark.parametrize("sco_ppm", [-50.0, 50.0])
def test_another_clock_is_followed_by_windows_and_slopes(
    preset: Waveform, make_frame: Any, impair: Any, sco_ppm: float
) -> None:
    n_symbols, snr_db = max(20_000, 200 * preset.n_data), 15.0
    samples = impair([make_frame(n_symbols)], preset, snr_db=snr_db, sco_ppm=sco_ppm)
    found = tracked(samples, n_symbols, preset, snr_db, sco_ppm)
    delay = -sco_ppm * 1e-6 * preset.symbol_samples * positions(found, preset)
    assert np.ptp(delay) > 1.3
    assert found.usable.all()
    assert found.line[1] == pytest.approx(-sco_ppm * 1e-6 * preset.symbol_samples, rel=0.01)
    assert np.abs(found.delay - delay).max() < 0.02
    # Windows move by whole samples, and from one segment to the next: by then they are a sixth of the prefix late.
    assert np.abs(found.delay - found.moved).max() < preset.cp_samples / 6
    assert np.ptp(found.moved) >= 1


@pytest.mark.parametrize("snr_db", [5.0, 20.0])
def test_a_drifting_carrier_is_followed(preset: Waveform, make_frame: Any, impair: Any, snr_db: float) -> None:
    """A quarter of a turn over the burst, as its square in time: kilohertz a second."""
    n_symbols = 30_000
    samples = impair([make_frame(n_symbols)], preset, snr_db=snr_db)
    bend = 0.5 * np.pi / preset.frame_samples(n_symbols) ** 2
    at = np.maximum(np.arange(samples.size) - preamble_middle(preset), 0.0)
    found = tracked((samples * np.exp(1j * bend * at**2)).astype(np.complex64), n_symbols, preset, snr_db)
    error = found.phase - bend * (preset.symbol_samples * positions(found, preset)) ** 2
    assert found.usable.all()
    assert len(error) == preset.payload_ofdm_symbols(n_symbols)
    assert np.ptp(found.phase) > 1.2
    assert np.mean(error**2 / found.phase_var) < 4.0
    assert np.abs(error).max() < 6 * np.sqrt(found.phase_var.max()) + 0.02


@pytest.mark.parametrize("snr_db", [3.0, 10.0, 20.0])
def test_steady_phase_and_delay_err_by_the_variances_that_are_told(make_frame: Any, impair: Any, snr_db: float) -> None:
    n_symbols = 8000
    frame = make_frame(n_symbols)
    found = [tracked(impair([frame], PLUTO, snr_db=snr_db), n_symbols, PLUTO, snr_db) for _ in range(60)]
    # Steady: the line through all symbols tells every one. Errors of one burst hang together; bursts' do not.
    phase = np.mean([f.phase**2 / f.phase_var for f in found])
    delay = np.mean([f.delay**2 / f.delay_var for f in found])
    assert phase == pytest.approx(1.0, abs=0.4)
    assert delay == pytest.approx(1.0, abs=0.4)
    # A line through n points of variance v tells their mean to v/n.
    rows = PLUTO.payload_ofdm_symbols(n_symbols)
    alone = 10 ** (-snr_db / 10) / (2 * PLUTO.n_pilots)
    assert np.median([f.phase_var[rows // 2] for f in found]) == pytest.approx(alone / rows, rel=0.3)


@pytest.mark.parametrize("step", [0.03, 0.05, 0.1])
def test_phase_noise_is_followed_and_adds_what_is_told(make_frame: Any, impair: Any, step: float) -> None:
    """A random walk of `step` rad from symbol to symbol."""
    n_symbols, snr_db, errors, told = 8000, 20.0, [], []
    rng = np.random.default_rng(8)
    for _ in range(20):
        samples = impair([make_frame(n_symbols)], PLUTO, snr_db=snr_db)
        rows = PLUTO.payload_ofdm_symbols(n_symbols)
        walk = np.cumsum(step * rng.standard_normal(rows))
        begin = LEAD + PLUTO.preamble_symbols * PLUTO.symbol_samples
        turned = np.repeat(np.exp(1j * walk), PLUTO.symbol_samples)
        samples[begin : begin + turned.size] *= turned.astype(np.complex64)
        found = tracked(samples, n_symbols, PLUTO, snr_db)
        assert found.usable.all()
        errors.append(np.mean((found.phase - walk) ** 2))
        told.append(np.mean(found.phase_var))
    # The likeliest of a few walks is not the true one: their difference is little beside a symbol's noise.
    assert np.mean(errors) == pytest.approx(np.mean(told), abs=0.05 * 10 ** (-snr_db / 10))


@pytest.mark.parametrize("deviations", [-4.0, 4.0])
def test_a_turn_that_the_preamble_missed_is_found(
    preset: Waveform, make_frame: Any, impair: Any, deviations: float
) -> None:
    n_symbols, snr_db = 16_000, 0.0
    # 1/√(2 K Es/N0) is the deviation of one symbol's phase from all its K carriers; a line goes through R of them.
    order = np.arange(preset.preamble_symbols) - (preset.preamble_symbols - 1) / 2
    turn = deviations * np.sqrt(10 ** (-snr_db / 10) / (2 * preset.n_used * (order @ order)))
    samples = impair([make_frame(n_symbols)], preset, snr_db=snr_db)
    at = (np.arange(samples.size) - preamble_middle(preset)) / preset.symbol_samples
    found = tracked((samples * np.exp(1j * turn * at)).astype(np.complex64), n_symbols, preset, snr_db)
    assert found.line[0] == pytest.approx(turn, abs=1e-2)
    assert np.sqrt(np.mean((found.phase - turn * positions(found, preset)) ** 2)) < 0.2


@pytest.mark.parametrize("snr_db", [0.0, 20.0])
@pytest.mark.parametrize("lost", [3, 40, 150])
def test_rows_end_where_samples_were_lost(make_frame: Any, impair: Any, lost: int, snr_db: float) -> None:
    n_symbols = 30_000
    samples = impair([make_frame(n_symbols)], PLUTO, snr_db=snr_db, gap=60_000)
    gap = LEAD + (PLUTO.preamble_symbols + lost) * PLUTO.symbol_samples
    usable = tracked(np.delete(samples, np.arange(gap, gap + 1000)), n_symbols, PLUTO, snr_db).usable
    assert usable[: lost - 3].all()
    assert not usable[lost:].any()
    assert tracked(samples, n_symbols, PLUTO, snr_db).usable.all()


@pytest.mark.parametrize("slip", [-3, -1, 1, 3])
@pytest.mark.parametrize("lost", [12, 100])
def test_tracking_goes_on_behind_a_slip(preset: Waveform, make_frame: Any, impair: Any, lost: int, slip: int) -> None:
    """A positive slip repeats samples: what follows comes late."""
    n_symbols, snr_db = 248 * preset.n_data, 20.0
    samples = impair([make_frame(n_symbols)], preset, snr_db=snr_db)
    at = LEAD + (preset.preamble_symbols + lost) * preset.symbol_samples + preset.symbol_samples // 2
    copies = np.ones(samples.size, np.intp)
    copies[at : at + abs(slip)] = 2 if slip > 0 else 0
    found = tracked(samples.repeat(copies), n_symbols, preset, snr_db)
    assert found.usable[: lost - 2].all()
    assert found.usable[lost + 4 :].all()
    assert not found.usable[lost]
    np.testing.assert_allclose(found.delay[: lost - 2], 0.0, atol=0.1)
    np.testing.assert_allclose(found.delay[lost + 4 :], slip, atol=0.1)
    assert np.abs(found.delay - found.moved)[found.usable].max() < 1.0
    assert np.abs(np.angle(np.exp(1j * found.phase)))[found.usable].max() < 0.2


def test_nothing_is_usable_behind_a_loss(make_frame: Any, impair: Any) -> None:
    n_symbols = 30_000
    samples = impair([make_frame(n_symbols)], PLUTO)
    samples[LEAD + 10 * PLUTO.symbol_samples :] = 0
    found = tracked(samples, n_symbols, PLUTO, 20.0)
    rows = PLUTO.payload_ofdm_symbols(n_symbols)
    assert found.spectrum.shape == (rows, PLUTO.n_fft)
    assert found.cells.shape == (rows, PLUTO.n_pilots)
    kept = 10 - PLUTO.preamble_symbols
    assert found.usable[: kept - 2].all()
    assert not found.usable[kept:].any()


def test_a_burst_that_the_samples_end_within_is_tracked_to_there(make_frame: Any, impair: Any) -> None:
    n_symbols = 8192
    samples = impair([make_frame(n_symbols)], PLUTO)
    cut = samples[: LEAD + 25 * PLUTO.symbol_samples]
    found = tracked(cut, n_symbols, PLUTO, 20.0)
    assert found.usable[: 25 - PLUTO.preamble_symbols - 3].all()
    assert not found.usable[25 - PLUTO.preamble_symbols + 1 :].any()


def test_null_carriers_hold_noise_and_data_their_symbols(preset: Waveform, make_frame: Any, impair: Any) -> None:
    n_symbols, snr_db = 8192, 20.0
    frame = make_frame(n_symbols)
    found = tracked(impair([frame], preset, snr_db=snr_db), n_symbols, preset, snr_db)
    noise_var = preset.noise_var(snr_db)
    assert np.mean(np.abs(found.spectrum[:, preset.null_carriers]) ** 2) == pytest.approx(noise_var, rel=0.06)
    _, response = known_start(preset, snr_db)
    received = found.spectrum[:, preset.data_carriers] / response[preset.data_columns]
    error = np.mean(np.abs(received.reshape(-1)[352 : 352 + n_symbols] - frame.symbols) ** 2)
    assert error == pytest.approx(noise_var * preset.n_used / preset.n_fft + preset.clip_distortion, rel=0.15)
    # Cells are powers: N/K each, and noise.
    expected = preset.n_fft / preset.n_used
    assert found.cells.mean() == pytest.approx(expected, rel=0.02)
    assert np.mean(np.abs(found.cells - expected) ** 2) == pytest.approx(noise_var * expected, rel=0.15)


def test_tracking_starts_from_what_the_preamble_tells(preset: Waveform) -> None:
    start, _ = known_start(preset, 10.0)
    channel = silence(preset)._replace(
        response=np.full(preset.n_used, preset.carrier_amplitude, np.complex64),
        noise_var=preset.noise_var(10.0),
        turn=0.2,
        drift=0.04,
        drift_var=1e-4,
    )
    phase, delay = started(channel, layout(preset)).before
    half = (preset.preamble_symbols - 1) / 2
    assert (phase.level, phase.slope) == pytest.approx((0.2 * half, 0.2), rel=1e-3)
    assert (delay.level, delay.slope) == pytest.approx((0.04 * half, 0.04))
    assert delay.slope_var == 1e-4
    assert delay.level_var > half**2 * 1e-4
    assert start.before[0].level == start.before[1].level == 0.0

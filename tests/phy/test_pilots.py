# SPDX-License-Identifier: MIT
"""Phase and delay of single symbols from their pilots."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrisc_sdr.phy.channel_estimation import estimate
from lrisc_sdr.phy.layout import layout
from lrisc_sdr.phy.pilots import (
    Pilots,
    follow,
    measure,
    phasors,
    pilots_of,
    read_cells,
    refine,
    turn_back,
    variances,
)
from lrisc_sdr.phy.trend import State, Walk
from lrisc_sdr.waveform import PRESETS, Waveform

PLUTO = PRESETS["pluto256"]
NOISE_VAR = 0.01


def complex_noise(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return np.asarray((rng.standard_normal((*shape, 2)) * np.sqrt(0.5)) @ [1, 1j])


class Case(NamedTuple):
    """A channel with echoes and coloured noise, the same on every run, and its pilots."""

    preset: Waveform
    response: np.ndarray
    profile: np.ndarray
    pilots: Pilots


@pytest.fixture
def case(preset: Waveform) -> Case:
    return made(preset)


def made(preset: Waveform, noise_var: float = NOISE_VAR) -> Case:
    rng, places = np.random.default_rng(3), layout(preset)
    response = (1.5 + np.exp(1j * np.outer(places.slope, [1, 2, 3])) @ complex_noise(rng, 3)).astype(np.complex64)
    profile = rng.uniform(1.0, 8.0, preset.n_used)
    silence = np.zeros((preset.preamble_symbols, preset.n_fft), np.complex64)
    channel = estimate(silence, preset)._replace(response=response, noise_var=noise_var, profile=profile)
    return Case(preset, response, profile, pilots_of(channel, places))


def cells_at(
    case: Case, phase: np.ndarray, delay: np.ndarray, rng: np.random.Generator, noise_var: float = NOISE_VAR
) -> np.ndarray:
    """c_p of rows with these phases at the pilots' centre and delays."""
    columns = case.preset.pilot_columns
    h, p = case.response[columns], case.profile[columns]
    angle = np.asarray(phase)[:, None] + np.outer(delay, case.pilots.slope - case.pilots.centre)
    noise = np.sqrt(noise_var * p) * complex_noise(rng, len(angle), len(columns))
    return ((h * np.exp(1j * angle) + noise) * np.conj(h)).astype(np.complex64)


@given(st.sampled_from(sorted(PRESETS)), st.floats(-1e3, 1e3), st.floats(-100, 100))
def test_phasors_are_exponentials(name: str, phase: float, delay: float) -> None:
    pilots = made(PRESETS[name]).pilots
    turned = np.full(pilots.slope.size, np.nan, dtype=np.complex128)
    phasors(phase, delay, pilots, turned)
    np.testing.assert_allclose(turned, np.exp(-1j * (phase + (pilots.slope - pilots.centre) * delay)), atol=1e-9)


def test_phase_and_delay_are_independent_about_the_centre(case: Case) -> None:
    pilots, columns = case.pilots, case.preset.pilot_columns
    weight = np.abs(case.response[columns]) ** 2 / case.profile[columns]
    assert abs(pilots.centre) > 1e-3
    assert np.sum(weight * (pilots.slope - pilots.centre)) == pytest.approx(0.0, abs=1e-5 * weight.sum())
    assert pilots.power == pytest.approx(weight.sum(), rel=1e-5)
    assert pilots.curvature == pytest.approx(np.sum(weight * (pilots.slope - pilots.centre) ** 2), rel=1e-5)
    # What clipping adds to each pilot is a share of its power.
    noise_var = NOISE_VAR + case.preset.clip_distortion * weight.mean()
    assert variances(pilots) == pytest.approx(
        (noise_var / 2 / weight.sum(), noise_var / 2 / pilots.curvature), rel=1e-5
    )


def test_cells_are_the_channels_power_whatever_was_sent(case: Case) -> None:
    rows, preset, places = 6, case.preset, layout(case.preset)
    signs, moved = preset.pilots(4, rows), np.array([0, 3, -2, 0, 1, -7])
    spectrum = np.full((rows, preset.n_fft), np.nan, dtype=np.complex64)
    # A window that is moved by a samples shows the channel a samples early.
    spectrum[:, places.pilots] = signs * case.pilots.response * np.exp(-1j * np.outer(moved, places.pilot_slope))
    cells = np.empty(signs.shape, dtype=np.complex64)
    read_cells(spectrum, signs, moved, case.pilots, cells)
    np.testing.assert_allclose(cells, np.tile(np.abs(case.pilots.response) ** 2, (rows, 1)), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("phase", "delay"), [(0.0, 0.0), (2.9, -3.4)])
def test_errors_are_measured_without_bias_and_with_the_variances_that_are_told(
    case: Case, rng: np.random.Generator, phase: float, delay: float
) -> None:
    rows, off, late = 4000, 0.05, -0.1
    cells = cells_at(case, np.full(rows, phase + off), np.full(rows, delay + late), rng)
    turned = np.empty(case.pilots.slope.size, dtype=np.complex128)
    found = [measure(row, phase, delay, case.pilots, turned) for row in cells]
    angles, delays = np.array([np.angle(z) for z, _ in found]), np.array([d for _, d in found])
    phase_var, delay_var = variances(case.pilots)
    # At a hundredth of a radian, the sine of an angle and the angle differ by less than chance.
    assert angles.mean() == pytest.approx(off, abs=5 * np.sqrt(phase_var / rows) + 3e-3 * abs(off))
    assert delays.mean() == pytest.approx(late, abs=5 * np.sqrt(delay_var / rows) + 0.05 * abs(late))
    assert angles.var() == pytest.approx(phase_var, rel=0.12)
    assert delays.var() == pytest.approx(delay_var, rel=0.12)
    assert np.corrcoef(angles, delays)[0, 1] == pytest.approx(0.0, abs=0.08)
    assert np.mean([z.real for z, _ in found]) == pytest.approx(1.0, abs=0.02)


def test_the_amplitude_of_noise_is_zero(case: Case, rng: np.random.Generator) -> None:
    rows = 4000
    h, p = case.response[case.preset.pilot_columns], case.profile[case.preset.pilot_columns]
    cells = (np.sqrt(NOISE_VAR * p) * np.conj(h) * complex_noise(rng, rows, h.size)).astype(np.complex64)
    turned = np.empty(h.size, dtype=np.complex128)
    amplitude = np.array([measure(row, 0.3, 1.0, case.pilots, turned)[0].real for row in cells])
    assert amplitude.mean() == pytest.approx(0.0, abs=5 * np.sqrt(variances(case.pilots)[0] / rows))
    assert amplitude.var() == pytest.approx(variances(case.pilots)[0], rel=0.12)


def followed(
    case: Case, cells: np.ndarray, alert: int, turn: float = 0.0, drift: float = 0.0
) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
    phase, delay, amplitude = np.full((3, len(cells)), np.nan)
    before = State(0.0, turn, 1e-3, 0.0, 1e-3), State(0.0, drift, 1e-3, 0.0, 1e-5)
    _, rows = follow(cells, case.pilots, Walk(1e-4, 1e-6), before, alert, phase, delay, amplitude)
    return rows, phase, delay, amplitude


def test_a_turn_over_many_times_around_is_followed(case: Case, rng: np.random.Generator) -> None:
    at = np.arange(1, 201)
    rows, phase, delay, amplitude = followed(case, cells_at(case, 0.31 * at, 0.011 * at, rng), 0, 0.3, 0.01)
    assert rows == 200
    phase_var, delay_var = variances(case.pilots)
    np.testing.assert_allclose(phase, 0.31 * at, atol=6 * np.sqrt(phase_var) + 0.01)
    np.testing.assert_allclose(delay, 0.011 * at, atol=6 * np.sqrt(delay_var) + 0.02)
    assert np.abs(amplitude - 1.0).max() < 6 * np.sqrt(phase_var) + 0.05


@pytest.mark.parametrize("alert", [0, 55, 80])
def test_a_stepping_delay_stops_it_from_the_alert_on(case: Case, rng: np.random.Generator, alert: int) -> None:
    delay = np.where(np.arange(100) < 50, 0.0, 1.0)
    rows, _, _, amplitude = followed(case, cells_at(case, np.zeros(100), delay, rng, 1e-4), alert)
    # Where it was not to look, the delay has gone part of the way already.
    assert rows == max(alert, 50) if alert <= 55 else 80 <= rows < 100
    assert np.isnan(amplitude[rows:]).all()
    assert not np.isnan(amplitude[:rows]).any()


def test_interference_on_some_pilots_stops_it(case: Case, rng: np.random.Generator) -> None:
    cells = cells_at(case, np.zeros(100), np.zeros(100), rng)
    assert followed(case, cells, 0)[0] == 100
    cells[60, ::2] *= -1.5
    assert followed(case, cells, 0)[0] == 60


def test_refining_measures_about_what_is_known(case: Case, rng: np.random.Generator) -> None:
    rows = 2000
    phase, delay = rng.uniform(-9, 9, rows), rng.uniform(-3, 3, rows)
    cells = cells_at(case, phase, delay, rng)
    near = phase + 0.02 * rng.standard_normal(rows), delay + 0.05 * rng.standard_normal(rows)
    phases, delays = refine(cells, case.pilots, *near)
    phase_var, delay_var = variances(case.pilots)
    assert np.mean((phases - phase) ** 2) == pytest.approx(phase_var, rel=0.15)
    assert np.mean((delays - delay) ** 2) == pytest.approx(delay_var, rel=0.15)
    # A large error is not cut to its sine.
    phases, _ = refine(cells_at(case, phase + 1.5, delay, rng), case.pilots, phase, delay)
    assert np.mean(phases - phase) == pytest.approx(1.5, abs=0.01)


def test_turned_back_cells_are_powers(case: Case, rng: np.random.Generator) -> None:
    phase, delay = rng.uniform(-9, 9, 50), rng.uniform(-20, 20, 50)
    cells = cells_at(case, phase, delay, rng, 0.0)
    turn_back(cells, case.pilots, phase, delay)
    np.testing.assert_allclose(cells, np.tile(np.abs(case.pilots.response) ** 2, (50, 1)), rtol=1e-4, atol=1e-4)

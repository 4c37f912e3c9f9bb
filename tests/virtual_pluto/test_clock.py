# SPDX-License-Identifier: MIT
"""One crystal makes a radio's carrier and its clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrisc_sdr.virtual_pluto.clock import NOMINAL_HZ, Crystal, SampleClock, cycles

PPM = st.floats(-1000.0, 1000.0)
DRIFT = st.floats(-1e-6, 1e-6)
TIME_S = st.floats(0.0, 3600.0)


@given(PPM, DRIFT, TIME_S, st.integers(520_833, 61_440_000))
def test_the_time_of_a_sample_is_that_at_which_it_is_counted(ppm: float, drift: float, at_s: float, rate: int) -> None:
    clock = SampleClock(Crystal(ppm, drift), rate)
    assert clock.time_s(clock.at(at_s)) == pytest.approx(at_s, abs=1e-9)


@given(PPM, TIME_S)
def test_a_crystal_that_is_too_fast_counts_more_samples_and_cycles(ppm: float, at_s: float) -> None:
    crystal = Crystal(ppm)
    assert SampleClock(crystal, 4e6).at(at_s) == pytest.approx(4e6 * at_s * (1.0 + ppm * 1e-6))
    assert cycles(at_s, 2.4e9, crystal, 2.4e9, Crystal()) == pytest.approx(
        2.4e9 * ppm * 1e-6 * at_s, rel=1e-6, abs=1e-3
    )


def test_the_driver_divides_by_what_it_takes_the_crystal_for() -> None:
    assert Crystal(20.0, 0.0, round(NOMINAL_HZ * (1.0 + 20e-6))).scale == pytest.approx(1.0, abs=1e-12)


def test_a_change_of_the_rate_goes_on_from_the_sample_that_it_was_at() -> None:
    clock = SampleClock(Crystal(10.0, 1e-7), 4e6)
    before = clock.at(2.0)
    clock.change(2.0, Crystal(10.0, 1e-7), 1e6)
    assert clock.at(2.0) == pytest.approx(before)
    assert clock.at(2.1) - clock.at(2.0) == pytest.approx(1e5, rel=2e-5)

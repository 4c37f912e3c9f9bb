# SPDX-License-Identifier: MIT
"""A crystal's error from carrier and clock offsets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrisc_sdr.calibrate.crystal import centre, clock_ppm, crystal_ppm

PPM = st.floats(-100.0, 100.0)
LO_HZ = st.floats(70e6, 6e9)


@given(PPM, PPM, LO_HZ, st.floats(-1e5, 1e5))
def test_both_ends_are_found_again(rx_ppm: float, tx_ppm: float, rx_lo_hz: float, beside_hz: float) -> None:
    tx_lo_hz = rx_lo_hz + beside_hz
    # What the receiver measures with its own second.
    offset_hz = tx_lo_hz * (1 + tx_ppm * 1e-6) / (1 + rx_ppm * 1e-6) - rx_lo_hz
    offsets = np.array([offset_hz])
    assert crystal_ppm(offsets, rx_lo_hz, tx_lo_hz, tx_ppm, "receiver")[0] == pytest.approx(rx_ppm, abs=1e-5)
    assert crystal_ppm(offsets, rx_lo_hz, tx_lo_hz, rx_ppm, "transmitter")[0] == pytest.approx(tx_ppm, abs=1e-5)


def test_a_receiver_that_is_too_fast_hears_a_carrier_too_low() -> None:
    assert crystal_ppm(np.array([-2450.0]), 2.45e9, 2.45e9, 0.0, "receiver")[0] == pytest.approx(1.0, rel=1e-4)


def test_the_clock_tells_the_same() -> None:
    assert clock_ppm(np.array([3.0, 3.2, 90.0]), 1.0, "receiver") == pytest.approx(-2.2)
    assert clock_ppm(np.array([3.0, 3.2, 90.0]), 1.0, "transmitter") == pytest.approx(4.2)


def test_a_mistaken_burst_does_not_move_the_mean() -> None:
    values = np.array([1.0, 1.1, 0.9, 1.05, 0.95, 80.0])
    mean, deviation = centre(values)
    assert mean == pytest.approx(1.0)
    assert deviation < 0.05
    assert centre(np.array([2.0, 2.0, 2.0, 7.0])) == (2.0, 0.0)

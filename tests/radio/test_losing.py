# SPDX-License-Identifier: MIT
"""What a driver's silence, and a transmitter's lack of it, become."""

from __future__ import annotations

import pytest

from lrisc_sdr.radio.losing import losing, require_silent
from lrisc_sdr.radio.protocol import RadioLost, RadioStillOn


def test_a_drivers_error_is_one_line_and_other_errors_stay() -> None:
    with pytest.raises(RadioLost, match=r"^uhd x was lost: no device here$"), losing("uhd x", RuntimeError):
        raise RuntimeError("no device\n  here")
    with pytest.raises(KeyError), losing("uhd x", RuntimeError):
        raise KeyError("x")


@pytest.mark.parametrize("gain_db", [0.0, 0.5, -1.0])
def test_a_transmitter_at_its_lowest_gain_is_off(gain_db: float) -> None:
    require_silent("uhd x", gain_db, 0.0)


@pytest.mark.parametrize(("gain_db", "lowest_db"), [(0.6, 0.0), (30.0, 0.0), (-80.0, -89.75)])
def test_one_that_reads_back_more_may_still_be_on(gain_db: float, lowest_db: float) -> None:
    with pytest.raises(RadioStillOn, match=f"uhd x was switched off and reads back a gain of {gain_db:g} dB"):
        require_silent("uhd x", gain_db, lowest_db)

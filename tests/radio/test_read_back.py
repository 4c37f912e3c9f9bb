# SPDX-License-Identifier: MIT
"""What a device was asked for beside what it reads back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.radio.protocol import RadioSettings
from lrisc_sdr.radio.read_back import require_read_back

ASKED = RadioSettings(4e6, 2.45e9, 2.4e9, 4e6, 5e6, 40.0, 30.0)


def test_steps_of_a_device_are_no_error() -> None:
    near = RadioSettings(4e6 - 1, 2.45e9 - 2, 2.4e9 + 3, 4.1e6, 4.9e6, 39.5, 30.25)
    require_read_back("radio", ASKED, near)


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("rate_sps", 3.9e6),
        ("rx_lo_hz", 2.46e9),
        ("tx_lo_hz", 2.4001e9),
        ("rx_bandwidth_hz", 2e6),
        ("tx_bandwidth_hz", 9e6),
        ("rx_gain_db", 73.0),
        ("tx_attenuation_db", 10.0),
        ("rate_sps", float("nan")),
    ],
)
def test_what_the_device_did_not_take_is_named(what: str, value: float) -> None:
    with pytest.raises(ConfigurationError, match=what):
        require_read_back("radio", ASKED, replace(ASKED, **{what: value}))


def test_a_gain_that_the_device_chooses_is_not_compared() -> None:
    require_read_back("radio", replace(ASKED, rx_gain_db=None), replace(ASKED, rx_gain_db=71.0))

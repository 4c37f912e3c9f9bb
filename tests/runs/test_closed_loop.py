# SPDX-License-Identifier: MIT
"""What the transmitter is told of the last picture."""

from __future__ import annotations

import pytest

from lrisc_sdr.link.messages import ChannelReport
from lrisc_sdr.runs.closed_loop import merged, next_snr_db


def test_the_next_picture_is_told_what_was_measured_less_the_margin() -> None:
    assert next_snr_db(ChannelReport(3, 9.5, 4, 1), 1.5) == pytest.approx(8.0)


def test_after_silence_the_lowest_is_told() -> None:
    assert next_snr_db(None, 1.5) == -2.0


def test_receivers_reports_add_up() -> None:
    parts = [
        {"gnuradio": "3.10", "samples_received": 10, "funnel": {"detected": 2}, "pictures": {"0": {"receive_s": 1}}},
        {"gnuradio": "3.10", "samples_received": 5, "funnel": {"detected": 3}, "pictures": {"1": {"receive_s": 2}}},
    ]
    assert merged(parts) == {
        "gnuradio": "3.10",
        "samples_received": 15,
        "funnel": {"detected": 5},
        "pictures": {"0": {"receive_s": 1}, "1": {"receive_s": 2}},
    }

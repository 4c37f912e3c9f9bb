# SPDX-License-Identifier: MIT
"""Where the stream goes on behind a loss."""

from __future__ import annotations

from lrisc_sdr.phy.slip import Line


def test_a_line_goes_on() -> None:
    assert Line(3, 1.0, 0.5, -2.0, 0.25).at(7) == Line(7, 3.0, 0.5, -1.0, 0.25)
    assert Line(3, 1.0, 0.5, -2.0, 0.25).at(1) == Line(1, 0.0, 0.5, -2.5, 0.25)

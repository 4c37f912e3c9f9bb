# SPDX-License-Identifier: MIT
"""Frames that did not come."""

from __future__ import annotations

import pytest

from lrisc_sdr.runs.sequence import FrameSequence
from lrisc_sdr.types import FrameHeader


@pytest.mark.parametrize(
    ("heard", "missing"),
    [
        ([], 0),
        ([(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)], 0),
        ([(0, 1), (0, 2)], 0),
        ([(0, 0), (0, 2)], 1),
        ([(0, 0), (1, 1), (1, 2)], 3),
        ([(0, 0)], 2),
        ([(0, 0), (0, 1), (0, 2), (0, 0), (0, 2)], 1),
        ([(65_535, 2), (0, 0), (0, 1)], 1),
    ],
)
def test_gaps_are_counted(heard: list[tuple[int, int]], missing: int) -> None:
    sequence = FrameSequence()
    for picture_id, index in heard:
        sequence.note(FrameHeader(picture_id, index, 3, 1024, 12, 1))
    sequence.end()
    assert sequence.missing == missing

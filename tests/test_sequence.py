# SPDX-License-Identifier: MIT
"""Frames that did not come."""

from __future__ import annotations

import pytest

from lrisc_sdr.framing.sequence import Enough, FrameSequence
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


def test_a_picture_is_enough_with_its_last_frame_or_after_a_second_without_one() -> None:
    sequence, one = FrameSequence(), Enough(pictures=1)
    assert not sequence.has(one, 10**9, 1e6)
    sequence.note(FrameHeader(0, 1, 3, 100, 0, 1), 1_000_000)
    assert not sequence.has(one, 1_500_000, 1e6)
    assert sequence.has(one, 2_500_000, 1e6)
    sequence.note(FrameHeader(0, 2, 3, 100, 0, 1), 2_500_000)
    assert sequence.has(one, 2_500_000, 1e6)
    assert not sequence.has(Enough(pictures=2), 10**9, 1e6)


def test_a_duration_is_enough_without_a_frame() -> None:
    assert FrameSequence().has(Enough(duration_s=2.0), 2_000_000, 1e6)
    assert not FrameSequence().has(Enough(duration_s=2.0), 1_999_999, 1e6)

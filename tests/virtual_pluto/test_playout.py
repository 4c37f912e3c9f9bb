# SPDX-License-Identifier: MIT
"""What a transmitter's converter plays, sample by sample."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lrisc_sdr.types import ComplexArray
from lrisc_sdr.virtual_pluto.playout import Emission, Playout

ON, OFF = Emission(1.0, 2.4e9), Emission(0.0, 2.4e9)


def numbers(first: int, count: int) -> ComplexArray:
    return np.arange(first, first + count).astype(np.complex64)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 30)), max_size=6), st.integers(0, 200), st.integers(1, 80))
def test_buffers_follow_each_other_with_silence_where_one_was_late(
    pushes: list[tuple[int, int]], first: int, count: int
) -> None:
    playout, expected, now, pushed = Playout(ON), np.zeros(2000, dtype=np.complex64), 0, 1
    for pause, size in pushes:
        now += pause
        begin = max(now, playout.end)
        playout.push(numbers(pushed, size), now)
        expected[begin : begin + size] = numbers(pushed, size)
        pushed += size
    found = playout.samples(first, count)
    heard = np.zeros(count, dtype=np.complex64) if found is None else found
    np.testing.assert_array_equal(heard, expected[first : first + count])


def test_a_cyclic_buffer_plays_until_it_is_stopped() -> None:
    playout = Playout(ON)
    playout.push(numbers(1, 5), 3, cyclic=True)
    playout.stop(20)
    found = playout.samples(0, 30)
    assert found is not None
    np.testing.assert_array_equal(found[3:20], np.resize(numbers(1, 5), 17))
    assert not found[:3].any()
    assert not found[20:].any()


def test_what_is_forgotten_is_silent_and_the_rest_is_not() -> None:
    playout = Playout(ON)
    for first in (0, 10, 20):
        playout.push(numbers(first + 1, 10), 0)
    playout.forget(15)
    assert playout.samples(0, 10) is None
    np.testing.assert_array_equal(playout.samples(10, 20), numbers(11, 20))


def test_every_sample_is_sent_in_one_way() -> None:
    playout = Playout(ON)
    playout.change(OFF, 10)
    playout.change(OFF, 12)
    playout.change(ON, 25)
    assert playout.emissions(5, 30) == [(slice(0, 5), ON), (slice(5, 20), OFF), (slice(20, 30), ON)]
    playout.forget(15)
    assert playout.emissions(15, 5) == [(slice(0, 5), OFF)]

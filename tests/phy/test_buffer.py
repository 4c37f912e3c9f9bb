# SPDX-License-Identifier: MIT
"""The stretch of a stream that is kept, against a plain array."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lrisc_sdr.phy.buffer import Buffer

STEPS = st.lists(
    st.tuples(st.sampled_from(["append", "forget", "read"]), st.integers(0, 300), st.integers(0, 300)), max_size=60
)


@given(first=st.integers(-50, 10_000), capacity=st.integers(1, 64), steps=STEPS)
def test_it_holds_what_an_array_would(first: int, capacity: int, steps: list[tuple[str, int, int]]) -> None:
    buffer = Buffer(first, capacity)
    stream, kept = np.zeros(0, np.complex64), first
    for what, a, b in steps:
        end = first + stream.size
        if what == "append":
            new = (np.arange(stream.size, stream.size + a) + 1).astype(np.complex64)
            buffer.room(a)[:] = new
            assert np.shares_memory(buffer.room(a), buffer.room(a)) or not a
            buffer.extend(a)
            stream = np.concatenate((stream, new))
        elif what == "forget":
            kept = min(max(kept, end - a + b // 4), end)
            buffer.forget(end - a + b // 4)
        else:
            low = end - a - b // 3
            high = low + b
            at = np.arange(low, high)
            there = (at >= kept) & (at < end)
            expected = np.zeros(b, np.complex64)
            expected[there] = stream[at[there] - first]
            np.testing.assert_array_equal(buffer.read(low, high), expected)
        assert (buffer.first, buffer.end) == (kept, first + stream.size)
        np.testing.assert_array_equal(buffer.read(kept, buffer.end), stream[kept - first :])


def test_what_is_all_here_is_not_copied() -> None:
    buffer = Buffer(0, 100)
    room = buffer.room(50)
    buffer.extend(50)
    assert np.shares_memory(room, buffer.read(10, 20))
    assert not np.shares_memory(room, buffer.read(40, 60))


def test_a_stream_without_end_needs_no_more_room_than_is_kept() -> None:
    buffer = Buffer(0, 64)
    rooms = set()
    for _ in range(1000):
        room = buffer.room(100)
        buffer.extend(100)
        rooms.add(0 if room.base is None else room.base.size)
        buffer.forget(buffer.end - 250)
    assert max(rooms) < 1500


def test_the_room_of_a_long_frame_is_given_back() -> None:
    buffer = Buffer(0, 64)
    buffer.room(100_000)
    buffer.extend(100_000)
    buffer.forget(100_000)
    for _ in range(10_000):
        room = buffer.room(100)
        buffer.extend(100)
        buffer.forget(buffer.end - 250)
    assert room.base is not None
    assert room.base.size < 5000

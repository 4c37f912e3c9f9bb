# SPDX-License-Identifier: MIT
"""Converter integers and complex samples."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lrisc_sdr.radio.scaling import RX_FULL_SCALE, TX_FULL_SCALE, from_int16, to_int16


def test_twelve_bits_are_full_scale_of_the_receiver() -> None:
    values = np.array([-2048, 1024, 0, 2047], dtype=np.int16)
    samples = from_int16(values, RX_FULL_SCALE)
    assert samples.dtype == np.complex64
    np.testing.assert_array_equal(samples, np.array([-1 + 0.5j, 0 + 2047j / 2048], dtype=np.complex64))


def test_sixteen_bits_are_full_scale_of_the_transmitter_and_more_is_clipped() -> None:
    samples = np.array([1 - 1j, 0.5 + 2j, -3], dtype=np.complex64)
    np.testing.assert_array_equal(to_int16(samples, TX_FULL_SCALE), [32767, -32768, 16384, 32767, -32768, 0])


def test_values_are_rounded_and_not_cut_off() -> None:
    samples = np.array([0.6 - 0.6j], dtype=np.complex64) / 32768
    np.testing.assert_array_equal(to_int16(samples, TX_FULL_SCALE), [1, -1])


@given(st.lists(st.tuples(st.integers(-2048, 2047), st.integers(-2048, 2047)), max_size=32))
def test_both_ways_give_the_same_integers(values: list[tuple[int, int]]) -> None:
    integers = np.array(values, dtype=np.int16).reshape(-1)
    np.testing.assert_array_equal(to_int16(from_int16(integers, RX_FULL_SCALE), RX_FULL_SCALE), integers)

# SPDX-License-Identifier: MIT
"""The rate map survives its coding, and cannot be made to crash the decoder."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lrisc_sdr.codec import rate_map
from lrisc_sdr.codec.allocation import RATES, spread
from lrisc_sdr.errors import SideInformationLost

MAPS = hnp.arrays(
    np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.integers(0, len(RATES) - 1)
)


@given(MAPS)
@settings(max_examples=50, deadline=None)
def test_round_trip(levels: np.ndarray) -> None:
    assert np.array_equal(rate_map.decode(rate_map.encode(levels), *levels.shape), levels)


@given(st.binary(max_size=60), st.integers(1, 8), st.integers(1, 8))
@settings(max_examples=50, deadline=None)
def test_any_bytes_give_a_map_or_are_refused(body: bytes, height: int, width: int) -> None:
    try:
        levels = rate_map.decode(body, height, width)
    except SideInformationLost:
        return
    assert levels.shape == (height, width)
    assert levels.max() < len(RATES)


@given(MAPS, st.sampled_from(rate_map.SIDES))
@settings(max_examples=50, deadline=None)
def test_blocks_come_back(levels: np.ndarray, side: int) -> None:
    blocks = spread(levels[::side, ::side], side, *levels.shape)
    assert np.array_equal(rate_map.decode(rate_map.encode(blocks, side), *blocks.shape), blocks)


def test_a_smooth_map_is_cheap() -> None:
    rows, columns = np.mgrid[:16, :24]
    smooth = ((rows + columns) // 8 + 2).astype(np.uint8)
    assert len(rate_map.encode(smooth)) < smooth.size * np.log2(len(RATES)) / 8 / 3


def test_bytes_too_many_for_the_map_are_refused() -> None:
    with pytest.raises(SideInformationLost, match="cannot take"):
        rate_map.decode(bytes(100), 2, 2)

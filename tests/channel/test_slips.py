# SPDX-License-Identifier: MIT
"""Slips are one in every interval, of either kind, and touch no other sample."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lrisc_sdr.channel.slips import copies, slip_instants


def test_one_sample_slips_in_every_interval_and_either_way_as_often() -> None:
    slips = list(itertools.islice(slip_instants(1000.0, np.random.default_rng(7)), 400))
    assert [position // 1000 for position, _ in slips] == list(range(400))
    assert len({position % 1000 for position, _ in slips}) > 200
    assert {n for _, n in slips} == {0, 2}
    assert 160 < sum(n == 2 for _, n in slips) < 240


@given(
    st.integers(0, 300), st.integers(0, 300), st.dictionaries(st.integers(0, 600), st.sampled_from([0, 2]), max_size=4)
)
def test_every_sample_comes_once_but_for_slips(first: int, count: int, slips: dict[int, int]) -> None:
    assert copies(first, count, slips).tolist() == [slips.get(i, 1) for i in range(first, first + count)]

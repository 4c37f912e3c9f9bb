# SPDX-License-Identifier: MIT
"""Rates follow the bits, and never exceed the budget."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lrisc_sdr.codec.allocation import (
    PATCHES_PER_CELL,
    RATES,
    SHARES,
    allocate,
    allocate_blocks,
    allocate_uniform,
    cell_bits,
    prefix_mask,
    quantise,
    spread,
    symbols_of,
    uniform_map,
)

BITS = hnp.arrays(np.float64, (5, 6), elements=st.floats(1e-3, 1e4))
LOWEST = 30 * RATES[0] * PATCHES_PER_CELL // 2
HIGHEST = 30 * RATES[-1] * PATCHES_PER_CELL // 2


@given(BITS, st.integers(LOWEST, 2 * HIGHEST))
@settings(max_examples=60, deadline=None)
def test_never_above_the_budget_and_in_the_order_of_the_bits(bits: np.ndarray, budget: int) -> None:
    levels = allocate(bits, budget)
    assert symbols_of(levels) <= budget
    order = np.lexsort((levels.ravel(), bits.ravel()))
    assert np.all(np.diff(levels.ravel()[order].astype(int)) >= 0)


@given(BITS, st.integers(LOWEST, HIGHEST))
@settings(max_examples=60, deadline=None)
def test_no_cell_could_be_raised_with_what_is_left(bits: np.ndarray, budget: int) -> None:
    levels = allocate(bits, budget)
    steps = np.append(np.diff(RATES), 10**9) * PATCHES_PER_CELL // 2
    assert steps[levels].min() > budget - symbols_of(levels)


def test_a_varied_picture_uses_its_budget() -> None:
    bits = np.random.default_rng(1).lognormal(4, 1, (16, 24))
    budget = 24 * 16 * 64
    assert symbols_of(allocate(bits, budget)) > 0.99 * budget


def test_a_budget_too_small_gives_the_lowest_rates() -> None:
    assert np.all(allocate(np.ones((2, 2)), 1) == 0)


@given(BITS, st.integers(LOWEST, HIGHEST), st.sampled_from([2, 4]))
@settings(max_examples=60, deadline=None)
def test_blocks_share_a_rate_and_keep_to_the_budget(bits: np.ndarray, budget: int, side: int) -> None:
    levels = allocate_blocks(bits, budget, side)
    assert symbols_of(levels) <= budget
    assert np.array_equal(spread(levels[::side, ::side], side, *bits.shape), levels)


@given(st.integers(1, 12), st.integers(1, 12), st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_a_uniform_map_mixes_two_neighbours_and_wastes_less_than_a_step(height: int, width: int, place: float) -> None:
    cells = height * width
    low, high = (cells * rate * PATCHES_PER_CELL // 2 for rate in (RATES[0], RATES[-1]))
    budget = int(low + place * (high - low))
    level, share = allocate_uniform(height, width, budget)
    levels = uniform_map(level, share, height, width)
    assert set(np.unique(levels).tolist()) <= {level, level + 1}
    step = (RATES[min(level + 1, len(RATES) - 1)] - RATES[level]) * PATCHES_PER_CELL // 2
    assert 0 <= budget - symbols_of(levels) <= step * (1 + cells / SHARES)


def test_the_higher_rates_of_a_uniform_map_are_scattered() -> None:
    levels = uniform_map(3, SHARES // 4, 16, 16)
    quarters = [levels[i : i + 8, j : j + 8] == 4 for i in (0, 8) for j in (0, 8)]
    assert all(12 <= quarter.sum() <= 20 for quarter in quarters)


def test_every_rate_quantises_to_itself() -> None:
    assert np.array_equal(quantise(np.asarray(RATES, dtype=np.float64)), np.arange(len(RATES)))


def test_the_mask_counts_the_symbols_and_is_a_prefix() -> None:
    levels = torch.tensor([[[0, 3], [9, 5]]], dtype=torch.uint8)
    mask = prefix_mask(levels, 4, 4)
    assert mask.sum() == 2 * symbols_of(levels.numpy())
    assert torch.all(mask[:, 1:] <= mask[:, :-1])
    assert mask[0, :, 0, 2].sum() == RATES[3]


def test_cells_at_the_edge_average_what_they_have() -> None:
    assert cell_bits(torch.full((1, 3, 5), 7.0)).tolist() == [[[7.0] * 3] * 2]

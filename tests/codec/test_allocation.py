# SPDX-License-Identifier: MIT
"""Rates follow the bits, and never exceed the budget."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lrisc_sdr.codec.allocation import PATCHES_PER_CELL, RATES, allocate, cell_bits, prefix_mask, quantise, symbols_of

BITS = hnp.arrays(np.float64, (5, 6), elements=st.floats(1e-3, 1e4))
LOWEST = 30 * RATES[0] * PATCHES_PER_CELL // 2
HIGHEST = 30 * RATES[-1] * PATCHES_PER_CELL // 2


@given(BITS, st.integers(LOWEST, 2 * HIGHEST))
@settings(max_examples=60, deadline=None)
def test_never_above_the_budget_and_in_the_order_of_the_bits(bits: np.ndarray, budget: int) -> None:
    levels = allocate(bits, budget)
    assert symbols_of(levels) <= budget
    order = np.argsort(bits, axis=None)
    assert np.all(np.diff(levels.ravel()[order].astype(int)) >= 0)


def test_a_varied_picture_uses_its_budget() -> None:
    bits = np.random.default_rng(1).lognormal(4, 1, (16, 24))
    budget = 24 * 16 * 64
    assert symbols_of(allocate(bits, budget)) > 0.99 * budget


def test_a_budget_too_small_gives_the_lowest_rates() -> None:
    assert np.all(allocate(np.ones((2, 2)), 1) == 0)


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

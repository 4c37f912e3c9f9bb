# SPDX-License-Identifier: MIT
"""Losses and variances."""

from __future__ import annotations

import numpy as np
import pytest

from lrisc_sdr.phy.fitting import coherent_rows, pooled


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("lost", [0, 40, 90, 100])
def test_loss_is_found_where_it_begins(seed: int, lost: int) -> None:
    strength = 12.0
    amplitude = (np.arange(100) < lost) + np.random.default_rng(seed).standard_normal(100) / np.sqrt(2 * strength)
    assert coherent_rows(amplitude, strength) == pytest.approx(max(lost - 1, 0) if lost < 100 else 100, abs=2)


def test_by_chance_nothing_is_lost(rng: np.random.Generator) -> None:
    for strength in (0.5, 4.0, 50.0):
        amplitude = 1.0 + rng.standard_normal((1000, 300)) / np.sqrt(2 * strength)
        assert all(coherent_rows(row, strength) == 300 for row in amplitude)


def test_little_evidence_is_none() -> None:
    # One row tells strength · 1 for lost where its amplitude is 0; 20 are wanted.
    amplitude = np.concatenate((np.ones(50), np.zeros(9)))
    assert coherent_rows(amplitude, 2.0) == 59
    assert coherent_rows(amplitude, 2.5) == 49


def test_variances_are_pooled_unless_the_pilots_show_more() -> None:
    assert pooled(1.0, 300.0, 1.1, 100.0) == pytest.approx((1.025, 400.0))
    assert pooled(1.0, 300.0, 2.0, 100.0) == (2.0, 100.0)
    assert pooled(1.0, 300.0, 9.0, 0.0) == (1.0, 300.0)

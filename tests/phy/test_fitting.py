# SPDX-License-Identifier: MIT
"""Lines, losses and variances."""

from __future__ import annotations

import numpy as np
import pytest

from lrisc_sdr.phy.fitting import coherent_rows, fit_line, jitter_share, pooled


def test_a_line_goes_through_two_points_and_keeps_its_prior_with_one() -> None:
    (offset, slope), _ = fit_line(np.array([1.0, 3.0]), np.array([2.0, 8.0]))
    assert (offset, slope) == pytest.approx((-1.0, 3.0))
    (offset, slope), _ = fit_line(np.array([0.0]), np.array([2.0]), 1.0, (1.0, 1.0))
    assert (offset, slope) == pytest.approx((1.0, 0.0))


def test_a_lines_covariance_is_that_of_its_errors(rng: np.random.Generator) -> None:
    x = np.arange(30.0)
    fits = np.array([fit_line(x, 1 + 2 * x + 0.5 * rng.standard_normal(30), 4.0)[0] for _ in range(1000)])
    np.testing.assert_allclose(np.cov(fits.T), fit_line(x, x, 4.0)[1], rtol=0.25)


@pytest.mark.parametrize("lost", [0, 40, 90, 100])
def test_loss_is_found_where_it_begins(rng: np.random.Generator, lost: int) -> None:
    strength = 12.0
    amplitude = (np.arange(100) < lost) + rng.standard_normal(100) / np.sqrt(2 * strength)
    assert coherent_rows(amplitude, strength) == pytest.approx(max(lost - 1, 0) if lost < 100 else 100, abs=2)


def test_jitter_counts_only_beyond_chance(rng: np.random.Generator) -> None:
    noise = rng.standard_normal(4000) * 0.1
    assert jitter_share(noise, 0.01, 500.0, 16) == 0.0
    more = noise + 0.1 * rng.standard_normal(4000)
    assert jitter_share(more, 0.01, 500.0, 16) == pytest.approx(0.5, abs=0.07)
    assert jitter_share(noise[:1], 1e-9, 500.0, 16) == 0.0


def test_variances_are_pooled_unless_the_pilots_show_more() -> None:
    assert pooled(1.0, 300.0, 1.1, 100.0) == pytest.approx((1.025, 400.0))
    assert pooled(1.0, 300.0, 2.0, 100.0) == (2.0, 100.0)
    assert pooled(1.0, 300.0, 9.0, 0.0) == (1.0, 300.0)

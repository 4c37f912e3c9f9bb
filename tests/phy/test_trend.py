# SPDX-License-Identifier: MIT
"""Filter and smoother against the joint Gaussian of all rows, solved at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrisc_sdr.phy.trend import State, Walk, filtered, predicted, smooth, updated

VARIANCES = st.floats(-3.0, 2.0).map(lambda exponent: 10.0**exponent)


def joint(rows: int, before: State, walk: Walk) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of all levels, then all slopes, f64 `[2 rows]` and `[2 rows, 2 rows]`.

    Both are linear in what is independent: the state before, and the steps w and v into every row.
    """
    m = np.arange(rows)
    level = np.concatenate((np.ones((rows, 1)), m[:, None] + 1.0), axis=1)
    slope = np.concatenate((np.zeros((rows, 1)), np.ones((rows, 1))), axis=1)
    steps = (m[:, None] >= m).astype(float)
    lever = np.maximum(m[:, None] - m, 0.0)
    mixed = np.block([[level, steps, lever], [slope, np.zeros((rows, rows)), steps]])
    source = np.zeros((2 + 2 * rows, 2 + 2 * rows))
    source[:2, :2] = [[before.level_var, before.covariance], [before.covariance, before.slope_var]]
    source[2:, 2:] = np.diag(np.repeat([walk.level_var, walk.slope_var], rows))
    mean = mixed[:, :2] @ [before.level, before.slope]
    return mean, mixed @ source @ mixed.T


def solved(measured: np.ndarray, noise_var: float, before: State, walk: Walk) -> tuple[np.ndarray, np.ndarray, float]:
    """Posterior mean and covariance of levels and slopes, and log-likelihood without its constant."""
    rows = measured.size
    mean, covariance = joint(rows, before, walk)
    total = covariance[:rows, :rows] + noise_var * np.eye(rows)
    gain = np.linalg.solve(total, covariance[:rows]).T
    apart = measured - mean[:rows]
    likelihood = -0.5 * (apart @ np.linalg.solve(total, apart) + np.linalg.slogdet(total)[1])
    return mean + gain @ apart, covariance - gain @ covariance[:rows], likelihood


@st.composite
def problems(draw: st.DrawFn) -> tuple[np.ndarray, float, State, Walk]:
    rng = np.random.default_rng(draw(st.integers(0, 1 << 32)))
    measured = draw(st.sampled_from([0.1, 1.0, 10.0])) * rng.standard_normal(draw(st.integers(1, 60)))
    level_var, slope_var = draw(VARIANCES), draw(VARIANCES)
    covariance = draw(st.floats(-0.9, 0.9)) * np.sqrt(level_var * slope_var)
    walk = draw(st.sampled_from([(0, 0), (1, 0), (0, 1), (1, 1)]))
    steps = Walk(walk[0] * draw(VARIANCES), walk[1] * draw(VARIANCES))
    return measured, draw(VARIANCES), State(*rng.standard_normal(2), level_var, covariance, slope_var), steps


@given(problems())
def test_the_filters_last_state_and_likelihood_are_those_of_all_rows(
    problem: tuple[np.ndarray, float, State, Walk],
) -> None:
    mean, covariance, likelihood = solved(*problem)
    rows = problem[0].size
    found, last = filtered(*problem)
    assert found == pytest.approx(likelihood, rel=1e-6, abs=1e-6)
    assert (last.level, last.slope) == pytest.approx((mean[rows - 1], mean[-1]), rel=1e-5, abs=1e-6)
    assert last[2:] == pytest.approx(
        (covariance[rows - 1, rows - 1], covariance[rows - 1, -1], covariance[-1, -1]), rel=1e-4, abs=1e-8
    )


@given(problems())
def test_the_smoother_gives_every_row_what_all_rows_know(problem: tuple[np.ndarray, float, State, Walk]) -> None:
    mean, covariance, _ = solved(*problem)
    rows = problem[0].size
    level, level_var = np.full((2, rows), np.nan)
    smooth(*problem, level, level_var)
    np.testing.assert_allclose(level, mean[:rows], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(level_var, np.diag(covariance)[:rows], rtol=1e-3, atol=1e-8)


def test_without_walk_and_with_a_vague_prior_it_is_the_straight_line(rng: np.random.Generator) -> None:
    at = np.arange(40.0)
    measured = 3.0 - 0.2 * at + 0.5 * rng.standard_normal(40)
    level, level_var = np.empty((2, 40))
    smooth(measured, 0.25, State(0.0, 0.0, 1e6, 0.0, 1e6), Walk(0.0, 0.0), level, level_var)
    design = np.vander(at, 2)
    covariance = 0.25 * np.linalg.inv(design.T @ design)
    np.testing.assert_allclose(level, np.polyval(np.polyfit(at, measured, 1), at), atol=1e-4)
    np.testing.assert_allclose(level_var, np.diag(design @ covariance @ design.T), rtol=1e-3)


def test_many_rows_of_little_noise_keep_their_likelihood() -> None:
    # The product of 3,000 variances of 10⁻⁸ is no number.
    measured = np.zeros(3000)
    found, _ = filtered(measured, 1e-8, State(0.0, 0.0, 1e-20, 0.0, 1e-30), Walk(0.0, 0.0))
    assert found == pytest.approx(1500 * np.log(1e8), rel=1e-4)


def test_prediction_and_update_are_one_step_of_both() -> None:
    state = State(1.0, 0.5, 0.2, 0.05, 0.1)
    ahead = predicted(state, Walk(0.03, 0.01))
    assert ahead == pytest.approx((1.5, 0.5, 0.2 + 0.1 + 0.1 + 0.03, 0.15, 0.11))
    after = updated(ahead, 2.0, 0.43)
    assert after == pytest.approx((2.5, 0.5 + 0.15 / 0.86 * 2, 0.215, 0.075, 0.11 - 0.15**2 / 0.86))

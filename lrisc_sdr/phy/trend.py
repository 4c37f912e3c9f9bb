# SPDX-License-Identifier: MIT
"""A quantity with a slowly varying slope from noisy measurements, one a symbol: Kalman filter and smoother.

    level[m + 1] = level[m] + slope[m] + w        slope[m + 1] = slope[m] + v        y[m] = level[m] + noise

w and v are white with the variances of a `Walk`; with both zero the filter is the weighted straight line, and the
smoother gives every row what all rows together know (Rauch, Tung and Striebel, AIAA Journal 1965).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lrisc_sdr.compiled import compiled

FloatVector = NDArray[np.float64]


class State(NamedTuple):
    """Mean and covariance of level and slope at one row."""

    level: float
    slope: float
    level_var: float
    covariance: float
    slope_var: float


class Walk(NamedTuple):
    """Variances by which level and slope walk from one row to the next."""

    level_var: float
    slope_var: float


@compiled
def predicted(state: State, walk: Walk) -> State:
    """The state one row on."""
    return State(
        state.level + state.slope,
        state.slope,
        state.level_var + 2.0 * state.covariance + state.slope_var + walk.level_var,
        state.covariance + state.slope_var,
        state.slope_var + walk.slope_var,
    )


@compiled
def updated(state: State, innovation: float, noise_var: float) -> State:
    """The state after a measurement that differs from its level by `innovation`."""
    total = state.level_var + noise_var
    gain, slope_gain = state.level_var / total, state.covariance / total
    return State(
        state.level + gain * innovation,
        state.slope + slope_gain * innovation,
        state.level_var * noise_var / total,
        state.covariance * noise_var / total,
        state.slope_var - slope_gain * state.covariance,
    )


@compiled
def filtered(measured: FloatVector, noise_var: float, before: State, walk: Walk) -> tuple[float, State]:
    """Return the log-likelihood of the measurements, f64 `[rows]`, but for a constant, and the state of the last row.

    Args:
        measured: y.
        noise_var: variance of each y.
        before: what is known one row before the first.
        walk: variances of w and v.
    """
    squares, product, logarithm = 0.0, 1.0, 0.0
    state = before
    for m in range(measured.size):
        state = predicted(state, walk)
        total = state.level_var + noise_var
        innovation = measured[m] - state.level
        squares += innovation * innovation / total
        product *= total
        if product < 1e-200 or product > 1e200:
            logarithm += np.log(product)
            product = 1.0
        state = updated(state, innovation, noise_var)
    return -0.5 * (squares + logarithm + np.log(product)), state


@compiled
def smooth(
    measured: FloatVector, noise_var: float, before: State, walk: Walk, level: FloatVector, level_var: FloatVector
) -> None:
    """Smooth f64 `[rows]` into `level` and its error variance `level_var`, f64 `[rows]` each; arguments as above."""
    rows = measured.size
    if walk.level_var == 0.0 and walk.slope_var == 0.0:
        # On a straight line the last state knows all others.
        _, last = filtered(measured, noise_var, before, walk)
        for m in range(rows):
            back = rows - 1.0 - m
            level[m] = last.level - back * last.slope
            level_var[m] = last.level_var - back * (2.0 * last.covariance - back * last.slope_var)
        return
    states = np.empty((rows, 5))
    state = before
    for m in range(rows):
        state = predicted(state, walk)
        state = updated(state, measured[m] - state.level, noise_var)
        states[m, 0], states[m, 1] = state.level, state.slope
        states[m, 2], states[m, 3], states[m, 4] = state.level_var, state.covariance, state.slope_var
    for m in range(rows - 1, -1, -1):
        if m < rows - 1:
            row = states[m]
            state = _smoothed(State(row[0], row[1], row[2], row[3], row[4]), walk, state)
        level[m], level_var[m] = state.level, state.level_var


@compiled
def _smoothed(now: State, walk: Walk, after: State) -> State:
    """The state of a row, filtered `now`, given the next one, smoothed `after`: C = P_m Fᵀ P_next⁻¹ takes it back."""
    ahead = predicted(now, walk)
    determinant = ahead.level_var * ahead.slope_var - ahead.covariance * ahead.covariance
    # P_m Fᵀ, with F = [[1, 1], [0, 1]].
    top, top_right = now.level_var + now.covariance, now.covariance
    bottom, bottom_right = now.covariance + now.slope_var, now.slope_var
    c00 = (top * ahead.slope_var - top_right * ahead.covariance) / determinant
    c01 = (top_right * ahead.level_var - top * ahead.covariance) / determinant
    c10 = (bottom * ahead.slope_var - bottom_right * ahead.covariance) / determinant
    c11 = (bottom_right * ahead.level_var - bottom * ahead.covariance) / determinant
    e0, e1 = after.level - ahead.level, after.slope - ahead.slope
    d0 = after.level_var - ahead.level_var
    d1 = after.covariance - ahead.covariance
    d2 = after.slope_var - ahead.slope_var
    return State(
        now.level + c00 * e0 + c01 * e1,
        now.slope + c10 * e0 + c11 * e1,
        now.level_var + c00 * (c00 * d0 + c01 * d1) + c01 * (c00 * d1 + c01 * d2),
        now.covariance + c10 * (c00 * d0 + c01 * d1) + c11 * (c00 * d1 + c01 * d2),
        now.slope_var + c10 * (c10 * d0 + c11 * d1) + c11 * (c10 * d1 + c11 * d2),
    )

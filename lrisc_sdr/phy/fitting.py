# SPDX-License-Identifier: MIT
"""Statistics that the stages share: lines through noisy points, sums that fall silent, two measures of one variance."""

from __future__ import annotations

import numpy as np
import scipy.ndimage
from numpy.typing import NDArray

from lrisc_sdr.types import ComplexArray

FloatVector = NDArray[np.float64]

LOST_EVIDENCE = 20.0
"""Log-likelihood ratio above which pilots count as lost; by chance it is exceeded with probability e^-20."""

DISAGREEMENT = 3.0
"""Deviations beyond which two estimates of a variance are not of the same noise."""


def fit_line(
    x: FloatVector, y: FloatVector, weight: float = 1.0, precision: tuple[float, float] = (0.0, 0.0)
) -> tuple[FloatVector, FloatVector]:
    """Return offset and slope of y = offset + slope · x, f64 `[2]`, and their covariance, f64 `[2, 2]`.

    Least squares with the inverse variance `weight` of every y and a prior at zero with inverse variances `precision`.
    Without a prior, x must hold two values that differ.
    """
    normal = weight * np.array([[len(x), x.sum()], [x.sum(), x @ x]]) + np.diag(precision)
    covariance = np.linalg.inv(normal)
    return covariance @ (weight * np.array([y.sum(), x @ y])), covariance


def coherent_rows(amplitude: FloatVector, strength: float) -> int:
    """Rows before an amplitude, f64 `[rows]`, of variance 1/(2 · `strength`) falls from 1 to 0 for good.

    The log-likelihood ratio of "lost" against "there" in one row is `strength` (1 - 2 a); the loss lies where its sum
    up to the end is largest. The row before it may be half lost, and goes too.
    """
    evidence = np.cumsum((strength * (1.0 - 2.0 * amplitude))[::-1])[::-1]
    row = int(np.argmax(evidence))
    return max(row - 1, 0) if evidence[row] > LOST_EVIDENCE else len(amplitude)


def smoothed_angle(sums: ComplexArray, size: int) -> FloatVector:
    """Angle of the moving average of `size` complex values, unwrapped, f64 `[rows]`."""
    size = min(size, len(sums))
    real = scipy.ndimage.uniform_filter1d(sums.real.astype(np.float64), size, mode="nearest")
    imag = scipy.ndimage.uniform_filter1d(sums.imag.astype(np.float64), size, mode="nearest")
    angle: FloatVector = np.unwrap(np.arctan2(imag, real))
    return angle


def jitter_share(jitter: FloatVector, variance: float, degrees: float, size: int) -> float:
    """Share of each deviation from a moving average of `size` values that is signal rather than measurement noise.

    With measurement variance v and signal variance q, the best estimate takes q / (q + v) of it and errs by that · v.
    The share is zero while the jitter, f64 `[rows]`, is no larger than noise alone explains within two deviations.

    Args:
        jitter: the deviations.
        variance: v.
        degrees: complex degrees of freedom behind `variance`.
        size: values in the moving average.
    """
    if len(jitter) < 2:
        return 0.0
    expected = variance * (1.0 - 1.0 / min(size, len(jitter)))
    total = float(np.mean(jitter**2))
    doubt = 2.0 * float(np.sqrt(2.0 / len(jitter) + 1.0 / degrees))
    return 1.0 - expected / total if total > expected * (1.0 + doubt) else 0.0


def pooled(variance: float, degrees: float, pilots: float, pilot_degrees: float) -> tuple[float, float]:
    """Return one noise variance and its complex degrees of freedom from the preamble's and the pilots'.

    They are averaged by degrees of freedom, but the pilots alone count where they show `DISAGREEMENT` deviations more
    noise: the channel estimate has then taken up part of what repeats with the preamble, such as its mirror image.
    """
    if not pilot_degrees > 0.0:
        return variance, degrees
    if pilots > variance * (1.0 + DISAGREEMENT * np.sqrt(1.0 / degrees + 1.0 / pilot_degrees)):
        return pilots, pilot_degrees
    total = degrees + pilot_degrees
    return (variance * degrees + pilots * pilot_degrees) / total, total

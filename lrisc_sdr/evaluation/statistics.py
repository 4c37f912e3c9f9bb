# SPDX-License-Identifier: MIT
"""How sure a mean over pictures is: the percentile bootstrap.

    θ* = mean of n values drawn with replacement, R times;   the interval is the (1 ± level) / 2 quantiles of the θ*

Efron & Tibshirani, "An Introduction to the Bootstrap", 1993, 13.3. The pictures are what is drawn: several channel
seeds of one picture are averaged before, since they say little about another picture.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 2000
LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """A mean of `n` values and between what it lies; both ends are the mean itself where there is one value."""

    mean: float
    low: float
    high: float
    n: int

    @property
    def excludes_zero(self) -> bool:
        """Whether all of the interval lies on one side of zero; never for a single value."""
        return self.n > 1 and (self.low > 0.0 or self.high < 0.0)


def mean_interval(
    values: Sequence[float], seed: int = 0, level: float = LEVEL, resamples: int = RESAMPLES
) -> Interval | None:
    """The mean and its interval; None where there are no values.

    Args:
        values: finite numbers, one a picture (`ValueError` otherwise).
        seed: of the draws: the same values and seed give the same interval.
        level: share of the draws inside, between 0 and 1.
        resamples: R.
    """
    if not values:
        return None
    sample = np.asarray(values, dtype=np.float64)
    if not np.all(np.isfinite(sample)):
        raise ValueError("a mean of values that are not all finite")
    mean = math.fsum(values) / len(values)
    draws = np.random.default_rng(seed).integers(0, sample.size, (resamples, sample.size))
    low, high = np.quantile(sample[draws].mean(axis=1), [(1 - level) / 2, (1 + level) / 2])
    return Interval(mean, min(float(low), mean), max(float(high), mean), sample.size)


def paired_difference(
    values: Mapping[str, float], reference: Mapping[str, float], seed: int = 0, level: float = LEVEL
) -> Interval | None:
    """Mean and interval of value − reference over the pictures that both have; None where there is none."""
    return mean_interval([values[name] - reference[name] for name in values if name in reference], seed, level)

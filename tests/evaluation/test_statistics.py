# SPDX-License-Identifier: MIT
"""Bootstrap intervals of data whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrisc_sdr.evaluation.statistics import Interval, mean_interval, paired_difference

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30)


def test_the_interval_is_that_of_the_central_limit() -> None:
    values = list(np.random.default_rng(1).normal(5.0, 2.0, 400))
    interval = mean_interval(values, resamples=20_000)
    assert interval is not None
    spread = 1.96 * np.std(values) / 20
    assert interval.mean == pytest.approx(np.mean(values))
    assert interval.low == pytest.approx(np.mean(values) - spread, abs=0.02)
    assert interval.high == pytest.approx(np.mean(values) + spread, abs=0.02)


def test_it_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    samples = rng.normal(1.0, 1.0, (300, 60))
    intervals = [mean_interval(list(sample), seed=i, resamples=400) for i, sample in enumerate(samples)]
    covered = np.mean([interval is not None and interval.low <= 1.0 <= interval.high for interval in intervals])
    assert 0.91 <= covered <= 0.98


def test_two_values_have_the_quantiles_of_the_binomial() -> None:
    """Of 0 and 1 the mean of two draws is 0, ½ or 1 with probabilities ¼, ½, ¼."""
    assert mean_interval([0.0, 1.0], level=0.95) == Interval(0.5, 0.0, 1.0, 2)
    assert mean_interval([0.0, 1.0], level=0.4) == Interval(0.5, 0.5, 0.5, 2)


@given(VALUES, st.integers(0, 9))
def test_an_interval_holds_its_mean_and_lies_within_the_values(values: list[float], seed: int) -> None:
    interval = mean_interval(values, seed, resamples=50)
    assert interval is not None
    slack = 1e-9 * max(map(abs, values))
    assert min(values) - slack <= interval.low <= interval.mean <= interval.high <= max(values) + slack
    assert interval == mean_interval(values, seed, resamples=50)


def test_a_seed_decides_the_draws() -> None:
    values = [1.0, 2.0, 4.0, 8.0, 16.0]
    assert mean_interval(values, 1, resamples=51) != mean_interval(values, 2, resamples=51)


def test_nothing_has_no_mean_and_infinities_are_refused() -> None:
    assert mean_interval([]) is None
    with pytest.raises(ValueError, match="not all finite"):
        mean_interval([1.0, float("inf")])


def test_pairs_are_narrower_than_what_they_are_made_of() -> None:
    rng = np.random.default_rng(3)
    reference = {f"p{i}": value for i, value in enumerate(rng.normal(30, 4, 24))}
    better = {name: value + 0.5 + 0.1 * rng.normal() for name, value in reference.items()}
    difference = paired_difference(better, reference)
    assert difference is not None
    assert difference.mean == pytest.approx(0.5, abs=0.1)
    assert difference.high - difference.low < 0.2
    assert difference.excludes_zero
    alone = mean_interval(list(better.values()))
    assert alone is not None
    assert alone.high - alone.low > 2


def test_only_pictures_that_both_have_are_paired() -> None:
    assert paired_difference({"a": 1.0, "b": 9.0}, {"a": 3.0, "c": 0.0}) == Interval(-2.0, -2.0, -2.0, 1)
    assert paired_difference({"a": 1.0}, {"b": 1.0}) is None
    assert not Interval(-2.0, -2.0, -2.0, 1).excludes_zero

# SPDX-License-Identifier: MIT
"""What repeats with a grid is found, and what does not repeat is not."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.grid import weave


def test_a_pattern_of_eight_pixels_is_told_in_grey_levels() -> None:
    rng = np.random.default_rng(1)
    source = rng.normal(128, 20, (96, 140))
    stripes = np.tile(np.repeat([3.0, -3.0], 4), 18)[:140]
    assert weave(source, source + stripes) == pytest.approx(3.0)


def test_a_brighter_picture_has_no_pattern() -> None:
    source = np.random.default_rng(1).normal(128, 20, (96, 136))
    assert weave(source, source + 10) == pytest.approx(0.0, abs=1e-9)


def test_noise_fades_with_the_number_of_blocks() -> None:
    rng = np.random.default_rng(1)
    source = rng.normal(128, 20, (800, 800))
    # 3,000 smooth blocks of noise: 4 / √3000.
    assert weave(source, source + rng.normal(0, 4, source.shape)) == pytest.approx(4 / np.sqrt(3000), rel=0.25)


def test_only_smooth_places_count() -> None:
    rng = np.random.default_rng(1)
    source = np.full((64, 640), 128.0)
    source[:, 192:] += rng.normal(0, 20, (64, 448))
    error = np.zeros_like(source)
    error[:, 192:] = np.tile(np.repeat([5.0, -5.0], 4), 56)
    assert weave(source, source + error) == pytest.approx(0.0, abs=1e-9)

# SPDX-License-Identifier: MIT
"""The kernel distance: what it is zero for, what it grows with, and its formula."""

from __future__ import annotations

import numpy as np
import pytest

from lrisc_sdr.evaluation.kid import kid, patch_features
from lrisc_sdr.pictures import default_picture


def test_its_formula() -> None:
    one, other = np.array([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]]), np.array([[2.0, 1.0], [0.0, 1.0]])

    def k(a: np.ndarray, b: np.ndarray) -> float:
        return float((a @ b / 2 + 1) ** 3)

    within_one = np.mean([k(one[i], one[j]) for i in range(3) for j in range(3) if i != j])
    within_other = k(other[0], other[1])
    across = np.mean([k(a, b) for a in one for b in other])
    assert kid(one, other) == pytest.approx(within_one + within_other - 2 * across)


def test_sets_of_one_kind_are_near_and_others_far() -> None:
    rng = np.random.default_rng(1)
    one, same, other = rng.normal(size=(300, 8)), rng.normal(size=(300, 8)), 0.7 + rng.normal(size=(300, 8))
    assert abs(kid(one, same)) < 0.1 * kid(one, other)


def test_two_patches_at_least() -> None:
    with pytest.raises(ValueError, match="two patches"):
        kid(np.ones((1, 4)), np.ones((5, 4)))


@pytest.mark.usefixtures("shared_data")  # AlexNet's weights
def test_a_blurred_picture_is_farther_than_a_shifted_one() -> None:
    _, picture = default_picture()
    assert patch_features(picture).shape == ((picture.shape[0] // 128) * (picture.shape[1] // 128), 256)
    blurred = np.stack([np.roll(picture, shift, axis=axis) for axis in (0, 1) for shift in range(-4, 5)])
    source = patch_features(picture)
    far = kid(source, patch_features(blurred.mean(axis=0).astype(np.uint8)))
    near = kid(source, patch_features(np.roll(picture, 7, axis=1)))
    assert near < 0.3 * far

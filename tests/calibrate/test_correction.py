# SPDX-License-Identifier: MIT
"""The widely linear correction undoes what it says, in both directions."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lrisc_sdr.calibrate.correction import correct, level_db

SMALL = st.complex_numbers(max_magnitude=0.4, allow_nan=False, allow_infinity=False)


def noise(n: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return ((rng.normal(size=n) + 1j * rng.normal(size=n)) * 0.1).astype(np.complex64)


@given(SMALL, SMALL, st.integers(0, 1000))
def test_image_and_leak_are_undone(image: complex, dc: complex, seed: int) -> None:
    x = noise(64, seed)
    y = (x + image * np.conj(x) + dc).astype(np.complex64)
    assert np.allclose(correct(y, image, dc), x, atol=2e-6)


@given(SMALL, SMALL, st.integers(0, 1000))
def test_a_transmitter_that_is_given_corrected_samples_sends_the_wanted_ones(
    image: complex, dc: complex, seed: int
) -> None:
    wanted = noise(64, seed)
    given_to_it = correct(wanted, image, dc)
    assert np.allclose(given_to_it + image * np.conj(given_to_it) + dc, wanted, atol=2e-6)


def test_nothing_to_correct_is_the_samples_themselves() -> None:
    x = noise(8)
    assert correct(x, 0j, 0j) is x
    assert correct(x, 0.1j, 0j).dtype == np.complex64


def test_levels() -> None:
    assert level_db(0.1j) == -20.0
    assert level_db(0j) == -200.0

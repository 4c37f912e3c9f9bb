# SPDX-License-Identifier: MIT
"""A carrier's frequency."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrisc_sdr.calibrate.carrier import carrier_frequency
from lrisc_sdr.errors import FramesFailed

N = 1 << 14


def tone(frequency: float, snr_db: float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    noise = (rng.normal(size=N) + 1j * rng.normal(size=N)) * np.sqrt(0.5) * 10 ** (-snr_db / 20)
    return (np.exp(2j * np.pi * frequency * np.arange(N)) + noise + 0.3).astype(np.complex64)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.01, 0.49), st.booleans(), st.integers(0, 10**6))
def test_to_less_than_a_hundredth_of_a_bin(frequency: float, negative: bool, seed: int) -> None:
    frequency = -frequency if negative else frequency
    # The bound of Cramér and Rao is sqrt(6 / (snr n^3)) / 2π: 6e-8 here.
    assert carrier_frequency(tone(frequency, 10.0, seed)) == pytest.approx(frequency, abs=5e-7)


def test_below_the_noise() -> None:
    assert carrier_frequency(tone(0.123, -15.0)) == pytest.approx(0.123, abs=1e-5)


@pytest.mark.parametrize("seed", range(20))
def test_noise_and_a_direct_current_are_no_carrier(seed: int) -> None:
    with pytest.raises(FramesFailed, match="no carrier"):
        carrier_frequency(tone(0.0, -30.0, seed))

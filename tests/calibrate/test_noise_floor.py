# SPDX-License-Identifier: MIT
"""The noise floor."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrisc_sdr.calibrate.noise_floor import clipped_share, noise_power


def noise(n: int, power: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return ((rng.normal(size=n) + 1j * rng.normal(size=n)) * np.sqrt(power / 2)).astype(np.complex64)


@settings(max_examples=25, deadline=None)
@given(st.floats(-90.0, 0.0), st.complex_numbers(max_magnitude=0.5), st.integers(0, 10**6))
def test_power_whatever_the_direct_current(level_db: float, dc: complex, seed: int) -> None:
    power = 10 ** (level_db / 10)
    found = noise_power(noise(1 << 17, power, seed) + np.complex64(np.sqrt(power) * dc * 10))
    assert 10 * np.log10(found / power) == pytest.approx(0.0, abs=0.1)


def test_bursts_of_others_do_not_count() -> None:
    samples = noise(1 << 18, 1e-5, 1)
    samples[:80_000] += noise(80_000, 1e-1, 2)
    assert 10 * np.log10(noise_power(samples) / 1e-5) == pytest.approx(0.0, abs=0.15)


def test_clipped_samples_are_counted() -> None:
    samples = np.zeros(100, dtype=np.complex64)
    samples[:5] = 1.0 - 2.0**-11
    samples[5:7] = -1j
    assert clipped_share(samples) == pytest.approx(7 / 200)

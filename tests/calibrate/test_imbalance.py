# SPDX-License-Identifier: MIT
"""Images and leaks of both sides, from a burst and from noise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrisc_sdr.calibrate.bursts import known_bursts
from lrisc_sdr.calibrate.imbalance import image_by_circularity, imbalances, mean_of
from lrisc_sdr.waveform import waveform

BURST = known_bursts(waveform("pluto256"), 1, 8192).bursts[0]
LEAD = 64
FREQUENCY = 2 * np.pi * 12.3e3 / 4e6
IMAGE = st.complex_numbers(max_magnitude=0.1)
LEAK = st.complex_numbers(max_magnitude=0.02)


def heard(
    tx_image: complex, tx_dc: complex, rx_image: complex, rx_dc: complex, taps: np.ndarray, seed: int, noise: float
) -> tuple[np.ndarray, np.ndarray]:
    """What is sent, and what a receiver makes of it."""
    rng = np.random.default_rng(seed)
    sent = BURST * np.float32(0.2)
    air = np.pad(sent + tx_image * np.conj(sent) + tx_dc, LEAD)
    arrived = np.convolve(air, taps)[: air.size] * np.exp(1j * FREQUENCY * (np.arange(air.size) - LEAD))
    arrived += noise * (rng.normal(size=air.size) + 1j * rng.normal(size=air.size))
    return sent, (arrived + rx_image * np.conj(arrived) + rx_dc).astype(np.complex64)


@settings(max_examples=8, deadline=None)
@given(IMAGE, LEAK, IMAGE, LEAK, st.integers(0, 10**6))
def test_all_four_are_told_apart(tx: complex, tx_dc: complex, rx: complex, rx_dc: complex, seed: int) -> None:
    taps = np.array([1.0, 0.3j, -0.1 + 0.05j]) * np.exp(1j * seed)
    sent, received = heard(tx, tx_dc, rx, rx_dc, taps, seed, 0.004)
    found = mean_of(imbalances(sent, received, LEAD, FREQUENCY))
    # What is left of an image of -20 dBc is below -50.
    assert abs(found.tx_image - tx) < 3e-3
    assert abs(found.rx_image - rx) < 3e-3
    assert abs(found.tx_dc - tx_dc) < 2e-3
    assert abs(found.rx_dc - rx_dc) < 2e-3


def test_without_noise_it_is_exact_but_for_the_product_of_both_images() -> None:
    sent, received = heard(0.02 + 0.01j, 0.003j, -0.015j, 0.002, np.array([1.0]), 0, 0.0)
    found = mean_of(imbalances(sent, received, LEAD, FREQUENCY))
    assert abs(found.tx_image - (0.02 + 0.01j)) < 2e-4
    assert abs(found.rx_image + 0.015j) < 2e-4


@settings(max_examples=10, deadline=None)
@given(st.complex_numbers(max_magnitude=0.3), LEAK, st.integers(0, 10**6))
def test_noise_shows_the_receivers(image: complex, dc: complex, seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 1 << 17
    x = (rng.normal(size=n) + 1j * rng.normal(size=n)) * 0.05
    found, leak = image_by_circularity((x + image * np.conj(x) + dc).astype(np.complex64))
    # The standard deviation is 1 / sqrt(2 n) = 0.002.
    assert abs(found - image) < 5 * 0.002
    assert leak == pytest.approx(dc, abs=2e-3)

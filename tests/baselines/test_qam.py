# SPDX-License-Identifier: MIT
"""QAM: the standard's labels, unit power, and LLRs."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrisc_sdr import coding
from lrisc_sdr.baselines.qam import LARGEST_LLR, ORDERS, levels, qam_llr, qam_map
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.types import ByteArray


def labels(order: int) -> ByteArray:
    return (np.arange(1 << order)[:, None] >> np.arange(order - 1, -1, -1) & 1).astype(np.uint8).reshape(-1)


def test_labels_are_the_standards() -> None:
    b = labels(6).reshape(-1, 6).T.astype(float)
    sixty_four = (1 - 2 * b[0]) * (4 - (1 - 2 * b[2]) * (2 - (1 - 2 * b[4]))) + 1j * (
        (1 - 2 * b[1]) * (4 - (1 - 2 * b[3]) * (2 - (1 - 2 * b[5])))
    )
    assert np.allclose(qam_map(labels(6), 6), sixty_four / math.sqrt(42))
    b = labels(4).reshape(-1, 4).T.astype(float)
    sixteen = (1 - 2 * b[0]) * (2 - (1 - 2 * b[2])) + 1j * (1 - 2 * b[1]) * (2 - (1 - 2 * b[3]))
    assert np.allclose(qam_map(labels(4), 4), sixteen / math.sqrt(10))
    assert np.allclose(qam_map(labels(2), 2), coding.qpsk_map(labels(2)))


@pytest.mark.parametrize("order", ORDERS)
def test_power_is_one_and_neighbours_differ_in_one_bit(order: int) -> None:
    assert np.mean(np.abs(qam_map(labels(order), order)) ** 2) == pytest.approx(1)
    along = np.argsort(levels(order))
    assert all(f"{a ^ b:b}".count("1") == 1 for a, b in itertools.pairwise(along.tolist()))


@given(st.sampled_from(ORDERS), st.integers(1, 200), st.integers(0, 2**32), st.floats(-40, -15))
def test_llrs_have_the_sign_of_the_bits(order: int, n: int, seed: int, noise_db: float) -> None:
    bits = np.random.default_rng(seed).integers(0, 2, order * n, dtype=np.uint8)
    llr = qam_llr(qam_map(bits, order), np.full(n, 10 ** (noise_db / 10), dtype=np.float32), order)
    assert np.array_equal(llr < 0, bits == 1)


@pytest.mark.parametrize("order", ORDERS)
def test_llrs_are_exact(order: int) -> None:
    rng = np.random.default_rng(3)
    received = (rng.normal(size=40) + 1j * rng.normal(size=40)).astype(np.complex64)
    noise_var = rng.uniform(0.05, 2, 40).astype(np.float32)
    points, bits = qam_map(labels(order), order), labels(order).reshape(-1, order)
    likelihood = np.exp(-(np.abs(received[:, None] - points) ** 2) / noise_var[:, None])
    expected = np.log((likelihood @ (1.0 - bits)) / (likelihood @ bits.astype(float)))
    assert np.allclose(qam_llr(received, noise_var, order).reshape(-1, order), expected, atol=2e-3)


def test_qpsk_llrs_are_those_of_the_header() -> None:
    received = np.array([0.3 - 0.1j, 2 + 1j], dtype=np.complex64)
    noise_var = np.array([0.5, 0.2], dtype=np.float32)
    assert np.allclose(qam_llr(received, noise_var, 2), coding.qpsk_llr(received, noise_var), rtol=1e-5)


@pytest.mark.parametrize("order", ORDERS)
def test_erasures_say_nothing_and_certainty_is_bounded(order: int) -> None:
    received = np.array([1 + 1j, complex(np.nan, np.nan), 1e5, 1, 1e20 + 1e20j], dtype=np.complex64)
    noise_var = np.array([np.inf, 1, 1e-9, np.nan, 1], dtype=np.float32)
    llr = qam_llr(received, noise_var, order).reshape(5, order)
    assert not llr[[0, 1, 3, 4]].any()
    assert np.all(np.abs(llr[2, ::2]) == LARGEST_LLR)


def test_wrong_shapes_are_refused() -> None:
    with pytest.raises(ConfigurationError):
        qam_llr(np.zeros(3, dtype=np.complex64), np.ones(2, dtype=np.float32), 2)
    with pytest.raises(ConfigurationError):
        levels(8)

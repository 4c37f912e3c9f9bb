# SPDX-License-Identifier: MIT
"""The receiver's direct current."""

from __future__ import annotations

import numpy as np
import pytest

from lrisc_sdr.phy.offset import OffsetCanceller


def noise(rng: np.random.Generator, n: int = 1 << 15) -> np.ndarray:
    return rng.standard_normal((n, 2), dtype=np.float32).view(np.complex64)[:, 0]


def cleaned(canceller: OffsetCanceller, chunk: np.ndarray) -> np.ndarray:
    out = np.full(chunk.size, np.nan, dtype=np.complex64)
    canceller.process(chunk, out)
    return out


def test_a_direct_current_goes(rng: np.random.Generator) -> None:
    canceller = OffsetCanceller()
    for _ in range(3):
        chunk = cleaned(canceller, noise(rng) + np.complex64(0.3 - 0.2j))
    assert abs(chunk.mean()) < 0.03


def test_a_direct_current_that_changes_is_followed(rng: np.random.Generator) -> None:
    canceller = OffsetCanceller()
    for offset in (0.5,) * 10 + (-0.5j,) * 40:
        chunk = cleaned(canceller, noise(rng) + np.complex64(offset))
    assert abs(chunk.mean()) < 0.03


def test_noise_alone_is_left_as_it_is(rng: np.random.Generator) -> None:
    canceller = OffsetCanceller()
    for _ in range(20):
        chunk = noise(rng)
        np.testing.assert_array_equal(cleaned(canceller, chunk), chunk)


@pytest.mark.parametrize("offset", [0.0, 0.3 - 0.2j])
def test_a_loud_transient_is_no_direct_current(rng: np.random.Generator, offset: complex) -> None:
    canceller = OffsetCanceller()
    for _ in range(3):
        chunk = noise(rng) + np.complex64(offset)
        chunk[5000:9000] += 1000.0
        quiet = np.delete(cleaned(canceller, chunk), np.arange(5000, 9000))
    # The median of the blocks that are left is a little off; the mean of all would be off by 100.
    assert abs(quiet.mean() - offset) < 0.05 or abs(quiet.mean()) < 0.05


@pytest.mark.parametrize("n", [1, 100, 128, 200, 5000])
def test_chunks_of_any_length_are_taken(n: int) -> None:
    chunk = np.full(n, 2.0 - 1.0j, dtype=np.complex64)
    expected = 0.0 if n > 16 else chunk
    np.testing.assert_allclose(cleaned(OffsetCanceller(), chunk), np.broadcast_to(expected, n), atol=1e-5)


def test_what_is_not_a_number_is_silenced(rng: np.random.Generator) -> None:
    chunk = noise(rng)
    chunk[[5, 6, 7]] = np.nan, np.inf, 1e30
    out = cleaned(OffsetCanceller(), chunk)
    assert not np.any(out[[5, 6, 7]])
    np.testing.assert_array_equal(np.delete(out, [5, 6, 7]), np.delete(chunk, [5, 6, 7]))

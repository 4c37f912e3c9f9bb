# SPDX-License-Identifier: MIT
"""The receiver's direct current."""

from __future__ import annotations

import numpy as np

from lrisc_sdr.phy.offset import OffsetCanceller


def noise(rng: np.random.Generator, n: int = 1 << 15) -> np.ndarray:
    return rng.standard_normal((n, 2), dtype=np.float32).view(np.complex64)[:, 0]


def test_a_direct_current_goes(rng: np.random.Generator) -> None:
    canceller = OffsetCanceller()
    for _ in range(3):
        chunk = canceller.process(noise(rng) + np.complex64(0.3 - 0.2j))
    assert abs(chunk.mean()) < 0.03


def test_noise_alone_is_left_as_it_is(rng: np.random.Generator) -> None:
    canceller = OffsetCanceller()
    for _ in range(5):
        chunk = noise(rng)
        np.testing.assert_array_equal(canceller.process(chunk), chunk)


def test_what_is_not_a_number_is_silenced(rng: np.random.Generator) -> None:
    chunk = noise(rng)
    chunk[[5, 6, 7]] = np.nan, np.inf, 1e30
    cleaned = OffsetCanceller().process(chunk)
    assert not np.any(cleaned[[5, 6, 7]])
    np.testing.assert_array_equal(np.delete(cleaned, [5, 6, 7]), np.delete(chunk, [5, 6, 7]))

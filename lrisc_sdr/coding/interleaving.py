# SPDX-License-Identifier: MIT
"""Spreading neighbours far apart, and constants out of sight."""

from __future__ import annotations

import math
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from lrisc_sdr.types import ByteArray, FloatArray

# Longest interleaver that is kept after its use: pictures of one size follow each other.
_KEPT = 1 << 16


def stride(n: int) -> int:
    """Return the integer coprime to `n` that is nearest to n divided by the golden ratio (1 for n < 3).

    Multiples of the golden ratio are the most evenly spread of all (three-distance theorem), so i ↦ i·stride mod n is
    an interleaver that takes any run of neighbours to an even comb, and any run of its output comes from an even comb.
    """
    if n < 3:
        return 1
    centre = round(n * (math.sqrt(5.0) - 1.0) / 2.0)
    candidates = (centre + sign * distance for distance in range(n) for sign in (1, -1))
    return next(p for p in candidates if 0 < p < n and math.gcd(p, n) == 1)


def interleaver(n: int) -> NDArray[np.int64]:
    """Return the destination i·p mod n of every position i, int64 `[n]`, with p = `stride(n)`; not to be written to."""
    return _kept(n) if n <= _KEPT else _destinations(n)


def _destinations(n: int) -> NDArray[np.int64]:
    order = np.arange(n, dtype=np.int64) * stride(n) % max(n, 1)
    order.flags.writeable = False
    return order


_kept = lru_cache(maxsize=16)(_destinations)


@cache
def _whitening_period() -> ByteArray:
    """One period, u8 `[127]`, of the sequence x⁷ + x⁴ + 1 from seven ones (IEEE 802.11-2020, 17.3.5.5)."""
    sequence = np.ones(7 + 127, dtype=np.uint8)
    for i in range(7, sequence.size):
        sequence[i] = sequence[i - 7] ^ sequence[i - 4]
    period = sequence[7:].copy()
    period.flags.writeable = False
    return period


def whitening(n: int) -> ByteArray:
    """Return the first n bits of the whitening sequence, u8 `[n]`, period 127."""
    return np.resize(_whitening_period(), n)


def whitening_signs(n: int) -> FloatArray:
    """Return 1 − 2w of the first n bits w of the whitening sequence, f32 `[n]`."""
    return np.float32(1.0) - np.float32(2.0) * whitening(n)

# SPDX-License-Identifier: MIT
"""The receiver's own direct current, which a carrier frequency offset would move onto a used carrier."""

from __future__ import annotations

import numpy as np

from lrisc_sdr.types import ComplexArray

FORGETTING = 0.9
"""Weight of what was known before each chunk."""

SIGNIFICANCE = 16.0
"""|mean|² relative to its variance in white noise from which it counts; below, subtracting it would only add noise."""

_LARGEST = 1e12  # squares and their sums stay finite in single precision


class OffsetCanceller:
    """Subtracts a slowly forgetting mean, and silences samples that are not finite."""

    def __init__(self) -> None:
        self._sum = 0j
        self._energy = 0.0
        self._weight = 0.0
        self._square_weight = 0.0

    def process(self, chunk: ComplexArray) -> ComplexArray:
        """Return a new array, c64 `[n]`."""
        halves = chunk.view(np.float32)
        energy = float(np.vdot(halves, halves))
        if not energy < _LARGEST:
            chunk = np.where(np.abs(chunk) < np.sqrt(_LARGEST / chunk.size), chunk, 0).astype(np.complex64)
            halves = chunk.view(np.float32)
            energy = float(np.vdot(halves, halves))
        self._sum = FORGETTING * self._sum + complex(chunk.sum())
        self._energy = FORGETTING * self._energy + energy
        self._weight = FORGETTING * self._weight + chunk.size
        self._square_weight = FORGETTING**2 * self._square_weight + chunk.size
        mean = self._sum / self._weight
        variance = self._energy / self._weight * self._square_weight / self._weight**2
        if abs(mean) ** 2 > SIGNIFICANCE * variance:
            offset_free: ComplexArray = chunk - np.complex64(mean)
            return offset_free
        return chunk.copy()

# SPDX-License-Identifier: MIT
"""The receiver's own direct current, which a carrier frequency offset would move onto a used carrier."""

from __future__ import annotations

import numpy as np

from lrisc_sdr.compiled import compiled
from lrisc_sdr.types import ComplexArray

FORGETTING = 0.9
"""Weight of what was known before each chunk."""

SIGNIFICANCE = 16.0
"""|mean|² relative to its variance in white noise from which it counts; below, subtracting it would only add noise."""

BLOCK = 128
"""Samples in the blocks whose means are compared."""

_LARGEST = 1e12  # squares and their sums stay finite in single precision


class OffsetCanceller:
    """Subtracts a slowly forgetting mean, and silences samples that are not finite.

    Of each chunk it is the median of the means of short blocks that counts: a loud transient is in few of them.
    """

    def __init__(self) -> None:
        self._sum = 0j
        self._energy = 0.0
        self._weight = 0.0
        self._square_weight = 0.0

    def process(self, chunk: ComplexArray, out: ComplexArray) -> None:
        """Write `chunk` without its offset to `out`, c64 `[n]` both, which may be one."""
        # A loop that copies onto itself would not be made of vector instructions.
        mean, energy = _middle(chunk, None if np.may_share_memory(chunk, out) else out)
        if not energy < _LARGEST:
            chunk = np.where(np.abs(chunk) < np.sqrt(_LARGEST / chunk.size), chunk, 0).astype(np.complex64)
            mean, energy = _middle(chunk, out)
        self._sum = FORGETTING * self._sum + chunk.size * mean
        self._energy = FORGETTING * self._energy + energy
        self._weight = FORGETTING * self._weight + chunk.size
        self._square_weight = FORGETTING**2 * self._square_weight + chunk.size
        mean = self._sum / self._weight
        variance = self._energy / self._weight * self._square_weight / self._weight**2
        if abs(mean) ** 2 > SIGNIFICANCE * variance:
            out -= np.complex64(mean)


@compiled
def _middle(chunk: ComplexArray, copy: ComplexArray | None) -> tuple[complex, float]:
    """The median over blocks of their means, real and imaginary part each, and the energy of all samples.

    Also copies c64 `[n]`; without `copy` a function that does not is compiled.
    """
    blocks = max(chunk.size // BLOCK, 1)
    real, imaginary, total = np.empty(blocks), np.empty(blocks), 0.0
    for b in range(blocks):
        end = (b + 1) * BLOCK if b + 1 < blocks else chunk.size
        block = chunk[b * BLOCK : end]
        along, across, energy = np.float32(0.0), np.float32(0.0), np.float32(0.0)
        for n in range(block.size):
            along += block[n].real
            across += block[n].imag
            energy += block[n].real * block[n].real + block[n].imag * block[n].imag
        if copy is not None:
            copied = copy[b * BLOCK : end]
            for n in range(block.size):
                copied[n] = block[n]
        real[b], imaginary[b] = along / block.size, across / block.size
        total += float(energy)
    return complex(np.median(real), np.median(imaginary)), total

# SPDX-License-Identifier: MIT
"""The power of a receiver's own noise, whatever short bursts of others are in it."""

from __future__ import annotations

import numpy as np

from lrisc_sdr.types import ComplexArray

BLOCK = 4096


def noise_power(samples: ComplexArray) -> float:
    """Return E|n|² without the direct current, over full scale 1.

    The median over blocks of B samples: of white Gaussian noise, a block's power is χ² of 2B degrees of freedom over
    2B, whose median is (1 − 1/(9B))³ (E. B. Wilson, M. M. Hilferty, "The distribution of chi-square", PNAS 17, 1931).
    Bursts that fill less than half of the blocks do not count.

    Args:
        samples: c64 `[n]`, 4,096 or more.
    """
    blocks = samples[: samples.size // BLOCK * BLOCK].reshape(-1, BLOCK)
    leak = complex(np.median(blocks.real.mean(axis=1)), np.median(blocks.imag.mean(axis=1)))
    powers = np.mean(np.abs(blocks - np.complex64(leak)) ** 2, axis=1, dtype=np.float64)
    return float(np.median(powers)) / (1.0 - 1.0 / (9.0 * BLOCK)) ** 3


def clipped_share(samples: ComplexArray, full_scale: float = 1.0 - 2.0**-11) -> float:
    """Return the share of c64 `[n]` with a real or an imaginary part at the converter's end."""
    values = np.ascontiguousarray(samples).view(np.float32)
    return float(np.mean(np.abs(values) >= full_scale))

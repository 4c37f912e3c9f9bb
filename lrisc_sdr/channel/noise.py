# SPDX-License-Identifier: MIT
"""Thermal noise."""

from __future__ import annotations

import math

import numpy as np

from lrisc_sdr.types import ComplexArray


def add_noise(samples: ComplexArray, variance: float, rng: np.random.Generator) -> ComplexArray:
    """Return y = x + n, c64 `[n]`, with n circular complex Gaussian, E[|n|²] = `variance`.

    Two draws a sample, in order: chunks give the same noise as the whole.
    """
    noise = rng.standard_normal(2 * samples.size, dtype=np.float32).view(np.complex64)
    noise *= np.float32(math.sqrt(variance / 2.0))
    noise += samples
    return noise

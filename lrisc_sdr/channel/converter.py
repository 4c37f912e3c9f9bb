# SPDX-License-Identifier: MIT
"""A converter's steps and limits, and an amplifier's."""

from __future__ import annotations

import numpy as np

from lrisc_sdr.types import ComplexArray


def clip(samples: ComplexArray, level_db: float) -> ComplexArray:
    """Return x min(1, A / |x|), c64 `[n]`, with A² `level_db` above the mean power 1: magnitude limited, phase kept."""
    limit = np.float32(10.0 ** (level_db / 20.0))
    clipped: ComplexArray = samples * (limit / np.maximum(np.abs(samples), limit))
    return clipped


def quantise(samples: ComplexArray, bits: int, full_scale_db: float) -> ComplexArray:
    """Return x rounded to 2^bits levels per real dimension, c64 `[n]`.

    The levels are (i + ½) Δ, i = −2^(bits−1) … 2^(bits−1) − 1, with Δ = A 2^(1−bits) and A² `full_scale_db` above the
    mean power 1; what lies outside ±A takes the outermost level.
    """
    half = 2.0 ** (bits - 1)
    step = np.float32(10.0 ** (full_scale_db / 20.0) / half)
    levels = np.floor(np.ascontiguousarray(samples).view(np.float32) / step)
    np.clip(levels, -half, half - 1.0, out=levels)
    levels += np.float32(0.5)
    levels *= step
    quantised: ComplexArray = levels.view(np.complex64)
    return quantised

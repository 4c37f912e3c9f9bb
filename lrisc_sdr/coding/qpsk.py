# SPDX-License-Identifier: MIT
"""QPSK, hard in and soft out."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from lrisc_sdr.coding.convolutional import LARGEST_LLR
from lrisc_sdr.compiled import compiled
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.types import ByteArray, ComplexArray, FloatArray

_LEVELS = np.array([math.sqrt(0.5), -math.sqrt(0.5)], dtype=np.float32)


def qpsk_map(bits: ByteArray) -> ComplexArray:
    """Map u8 `[2 n]` to c64 `[n]`: s = ((1 − 2 b₀) + j (1 − 2 b₁)) / √2, Gray, unit power."""
    symbols: ComplexArray = _LEVELS[bits].view(np.complex64)
    return symbols


def qpsk_llr(symbols: ComplexArray, noise_var: ArrayLike) -> FloatArray:
    """Return the LLRs f32 `[2 n]` of c64 `[n]`: L = 2√2 Re(y) / σ² and 2√2 Im(y) / σ².

    `noise_var` is E[|n|²], a number or f32 `[n]`; inf gives 0, and so does what is not a number, there or in a symbol,
    and what is beyond `LARGEST_LLR`. It is taken to be at least 1e-6.

    Raises:
        ConfigurationError: the two arrays differ in length.
    """
    parts = np.ascontiguousarray(symbols, dtype=np.complex64).view(np.float32)
    variances = np.ascontiguousarray(noise_var, dtype=np.float32).reshape(-1)
    if variances.size not in (1, symbols.size):
        raise ConfigurationError(f"{symbols.size} symbols have {variances.size} variances")
    llr = np.empty(parts.size, dtype=np.float32)
    weigh(parts, variances, llr)
    return llr


@compiled
def weigh(parts: FloatArray, variances: FloatArray, llr: FloatArray) -> None:
    """Fill `qpsk_llr`'s f32 `[2 n]` from real and imaginary parts, f32 `[2 n]`, and variances, f32 `[n]` or `[1]`."""
    for k in range(parts.size // 2):
        variance = variances[k if variances.size > 1 else 0]
        weight = np.float32(2.0 * math.sqrt(2.0)) / max(variance, np.float32(1e-6))
        for i in (2 * k, 2 * k + 1):
            value = parts[i] * weight
            llr[i] = value if abs(value) <= LARGEST_LLR else np.float32(0.0)

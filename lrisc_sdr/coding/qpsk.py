# SPDX-License-Identifier: MIT
"""QPSK, hard in and soft out."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from lrisc_sdr.types import ByteArray, ComplexArray, FloatArray


def qpsk_map(bits: ByteArray) -> ComplexArray:
    """Map u8 `[2 n]` to c64 `[n]`: s = ((1 − 2 b₀) + j (1 − 2 b₁)) / √2, Gray, unit power."""
    signs = (1.0 - 2.0 * bits.reshape(-1, 2)) * math.sqrt(0.5)
    return (signs[:, 0] + 1j * signs[:, 1]).astype(np.complex64)


def qpsk_llr(symbols: ComplexArray, noise_var: ArrayLike) -> FloatArray:
    """Return the LLRs f32 `[2 n]` of c64 `[n]`: L = 2√2 Re(y) / σ² and 2√2 Im(y) / σ².

    `noise_var` is E[|n|²], a number or f32 `[n]`; inf gives 0. It is taken to be at least 1e-6: LLRs stay finite.
    """
    weight = 2.0 * math.sqrt(2.0) / np.maximum(np.asarray(noise_var, dtype=np.float32), 1e-6)
    llr = np.empty((symbols.size, 2), dtype=np.float32)
    llr[:, 0] = symbols.real * weight
    llr[:, 1] = symbols.imag * weight
    return llr.reshape(-1)

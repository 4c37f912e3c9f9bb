# SPDX-License-Identifier: MIT
"""QPSK, 16-QAM and 64-QAM with Gray labels (TS 38.211, 5.1.3 to 5.1.5): hard in and soft out."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from lrisc_sdr.compiled import compiled
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.types import ByteArray, ComplexArray, FloatArray

ORDERS = (2, 4, 6)
"""Q_m, bits a symbol."""

LARGEST_LLR = 1e4
LARGEST_PART = 1e6
_LEAST_NOISE = 1e-4


@cache
def levels(order: int) -> FloatArray:
    """Amplitudes of one real dimension by label, f32 `[2^(order/2)]`, mean square 1/2; the first bit counts most.

    a = (1 − 2b₀)(2^(m−1) − (1 − 2b₁)(2^(m−2) − …)) / scale: the first bit is the sign.

    Raises:
        ConfigurationError: another order than 2, 4 or 6.
    """
    if order not in ORDERS:
        raise ConfigurationError(f"a symbol carries 2, 4 or 6 bits, not {order}")
    m = order // 2
    labels = np.arange(1 << m)
    amplitude = np.zeros(labels.size)
    for bit in range(m):  # from the last label bit to the sign
        amplitude = (1 - 2 * (labels >> bit & 1)) * ((1 << bit) - amplitude)
    scaled: FloatArray = (amplitude / math.sqrt(2.0 * float(np.mean(amplitude**2)))).astype(np.float32)
    scaled.flags.writeable = False
    return scaled


def qam_map(bits: ByteArray, order: int) -> ComplexArray:
    """Map u8 `[order · n]` to c64 `[n]`: even bits of a symbol label its real part, odd bits its imaginary part."""
    grouped = bits.reshape(-1, order // 2, 2).astype(np.intp)
    weights = 1 << np.arange(order // 2 - 1, -1, -1)
    labels = np.tensordot(grouped, weights, axes=(1, 0))
    symbols: ComplexArray = np.ascontiguousarray(levels(order)[labels]).view(np.complex64)[:, 0]
    return symbols


def qam_llr(symbols: ComplexArray, noise_var: FloatArray, order: int) -> FloatArray:
    """Return the exact LLRs f32 `[order · n]`, ln P(bit = 0) / P(bit = 1), of c64 `[n]`.

        L = ln Σ_{a: bit 0} e^(−(y − a)²/σ²) − ln Σ_{a: bit 1} e^(−(y − a)²/σ²)

    in every real dimension, which has half of the variance σ² = `noise_var`, f32 `[n]`, E[|n|²], taken to be at least
    1e-4; inf is an erasure, L = 0, and so is what is not a number, or beyond `LARGEST_PART`. |L| is at most 1e4.

    Raises:
        ConfigurationError: the two arrays differ in length.
    """
    if symbols.shape != noise_var.shape or symbols.ndim != 1:
        raise ConfigurationError(f"symbols of shape {symbols.shape} have variances of shape {noise_var.shape}")
    parts = np.ascontiguousarray(symbols, dtype=np.complex64).view(np.float32)
    llr = np.empty(symbols.size * order, dtype=np.float32)
    _weigh(parts, np.ascontiguousarray(noise_var, dtype=np.float32), levels(order), order, llr)
    return llr


@compiled
def _weigh(parts: FloatArray, noise_var: FloatArray, amplitudes: FloatArray, order: int, llr: FloatArray) -> None:
    metric = np.empty(amplitudes.size)
    for i in range(parts.size):
        variance = max(noise_var[i // 2], _LEAST_NOISE)
        if not (abs(parts[i]) <= LARGEST_PART and variance < np.inf):
            for bit in range(order // 2):
                llr[i // 2 * order + 2 * bit + i % 2] = 0.0
            continue
        for label in range(amplitudes.size):
            metric[label] = (parts[i] - amplitudes[label]) ** 2 / variance
        for bit in range(order // 2):
            shift = order // 2 - 1 - bit
            zeros, ones, near_zero, near_one = 0.0, 0.0, np.inf, np.inf
            for label in range(amplitudes.size):
                if label >> shift & 1:
                    near_one = min(near_one, metric[label])
                else:
                    near_zero = min(near_zero, metric[label])
            for label in range(amplitudes.size):
                if label >> shift & 1:
                    ones += math.exp(near_one - metric[label])
                else:
                    zeros += math.exp(near_zero - metric[label])
            value = near_one - near_zero + math.log(zeros / ones)
            llr[i // 2 * order + 2 * bit + i % 2] = min(max(value, -LARGEST_LLR), LARGEST_LLR)

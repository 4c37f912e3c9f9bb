# SPDX-License-Identifier: MIT
"""A convolutional code of rate 1/2 and constraint length 9, and its Viterbi decoder.

The code is the one of largest free distance (12), generators 561 and 753 octal (Proakis, *Digital Communications*,
table 8.3-1). Log-likelihood ratios are L = ln P(bit = 0) / P(bit = 1); an erasure is L = 0.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from lrisc_sdr.compiled import compiled
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.types import ByteArray, FloatArray

CONSTRAINT_LENGTH = 9
GENERATORS = (0o561, 0o753)
TAIL_BITS = CONSTRAINT_LENGTH - 1
"""Zeros after the last bit, which bring the register back to where it began."""

# A butterfly is the two states that differ in their oldest bit, and the two that follow them.
_BUTTERFLIES = 1 << TAIL_BITS - 1
_PACKED = _BUTTERFLIES // 4

LARGEST_LLR = 1e30
"""What lies beyond is no likelihood: sums of such numbers would end at infinity."""


def encode_bits(bits: ByteArray) -> ByteArray:
    """Encode u8 `[n]` of 0 and 1 into u8 `[2 (n + 8)]`: c_g[t] = Σ_k g_k b[t − k] mod 2, generators in turn."""
    padded = np.zeros(bits.size + 2 * TAIL_BITS, dtype=np.uint8)
    padded[TAIL_BITS : TAIL_BITS + bits.size] = bits
    steps = bits.size + TAIL_BITS
    coded = np.zeros((steps, len(GENERATORS)), dtype=np.uint8)
    for column, generator in enumerate(GENERATORS):
        for delay in range(CONSTRAINT_LENGTH):
            if generator >> (TAIL_BITS - delay) & 1:
                coded[:, column] ^= padded[TAIL_BITS - delay : TAIL_BITS - delay + steps]
    return coded.reshape(-1)


def decode_soft(llr: FloatArray) -> ByteArray:
    """Return the most likely bits, u8 `[n]`, of a zero-terminated code word, f32 `[2 (n + 8)]` LLRs.

    The maximum-likelihood sequence (Viterbi), with 32 bytes of survivors a bit. An LLR that is not a number, or beyond
    ±`LARGEST_LLR`, counts as an erasure.

    Raises:
        ConfigurationError: the length is odd or below 2·8.
    """
    if llr.ndim != 1 or llr.size % 2 or llr.size < 2 * TAIL_BITS:
        raise ConfigurationError(
            f"a code word has an even number of at least {2 * TAIL_BITS} LLRs, not shape {llr.shape}"
        )
    pairs = np.ascontiguousarray(llr, dtype=np.float32).reshape(-1, 2)
    bits = np.empty(len(pairs), dtype=np.uint8)
    _viterbi(pairs, _branch_signs(), np.empty((len(pairs), _PACKED), dtype=np.uint8), bits)
    return bits[:-TAIL_BITS]


@cache
def _branch_signs() -> FloatArray:
    """Signs 1 − 2c of both coded bits where the oldest and the new bit are 0, f32 `[2, 128]`, by the middle seven.

    Both generators tap both ends of the register: either end's bit flips both coded bits.
    """
    middle = np.arange(_BUTTERFLIES)
    signs = np.ones((len(GENERATORS), _BUTTERFLIES), dtype=np.float32)
    for row, generator in zip(signs, GENERATORS, strict=True):
        for delay in range(1, TAIL_BITS):
            if generator >> (TAIL_BITS - delay) & 1:
                row *= 1 - 2 * (middle >> (delay - 1) & 1)
    signs.flags.writeable = False
    return signs


@compiled
def _viterbi(pairs: FloatArray, signs: FloatArray, survivors: ByteArray, bits: ByteArray) -> None:
    """Decode f32 `[steps, 2]` into `bits`, u8 `[steps]`, by way of `survivors`, u8 `[steps, 32]`.

    A state is the last eight bits, the newest lowest: states s and s + 128 lead to 2s and 2s + 1. The loops over states
    have constant bounds and write to where they do not read, and results are interleaved in a loop of their own: so
    they become vector instructions.
    """
    metrics = np.full(2 * _BUTTERFLIES, -np.inf, dtype=np.float32)
    metrics[0] = 0.0
    even = np.empty(_BUTTERFLIES, dtype=np.float32)
    odd = np.empty(_BUTTERFLIES, dtype=np.float32)
    took_upper = np.empty(_BUTTERFLIES, dtype=np.uint8)
    steps = len(pairs)
    for t in range(steps):
        first, second = pairs[t, 0], pairs[t, 1]
        if not abs(first) <= LARGEST_LLR:
            first = np.float32(0.0)
        if not abs(second) <= LARGEST_LLR:
            second = np.float32(0.0)
        for s in range(_BUTTERFLIES):
            branch = first * signs[0, s] + second * signs[1, s]
            lower, upper = metrics[s], metrics[_BUTTERFLIES + s]
            even_upper, odd_upper = upper - branch, upper + branch
            even_lower, odd_lower = lower + branch, lower - branch
            took_upper[s] = np.uint8(even_upper > even_lower) | np.uint8(odd_upper > odd_lower) << 1
            even[s] = max(even_upper, even_lower)
            odd[s] = max(odd_upper, odd_lower)
        for s in range(_BUTTERFLIES):
            metrics[2 * s] = even[s]
            metrics[2 * s + 1] = odd[s]
        for j in range(_PACKED):
            survivors[t, j] = (
                took_upper[j]
                | took_upper[_PACKED + j] << 2
                | took_upper[2 * _PACKED + j] << 4
                | took_upper[3 * _PACKED + j] << 6
            )
        if t % 64 == 63:  # sums that grow without end would lose their last digits
            metrics -= metrics.max()
    state = 0
    for t in range(steps - 1, -1, -1):
        bits[t] = state & 1
        s = state >> 1
        shift = 2 * (s // _PACKED) + (state & 1)
        state = s + (survivors[t, s % _PACKED] >> shift & 1) * _BUTTERFLIES

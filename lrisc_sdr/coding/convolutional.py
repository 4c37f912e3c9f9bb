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
    return most_likely(_pairs(llr), branch_signs())


def decode_list(llr: FloatArray, size: int) -> ByteArray:
    """Return the most likely bits and those next to them, u8 `[1 to size, n]`, best first, as from `decode_soft`.

    Wrong sequences are nearly always one detour from the right one. So the others are the best of the paths that leave
    the best one once: where two paths met, the other one, for the smallest differences of their metrics (N. Seshadri,
    C.-E. Sundberg, "List Viterbi decoding algorithms with applications", IEEE Trans. Commun. 42, 1994, without the
    detours from detours). A checksum finds the right one.

    Raises:
        ConfigurationError: the length is odd or below 2·8.
    """
    pairs = _pairs(llr)
    margins = np.empty((len(pairs), 2 * _BUTTERFLIES), dtype=np.float32)
    survivors = np.empty((len(pairs), _PACKED), dtype=np.uint8)
    _viterbi(pairs, branch_signs(), survivors, margins)
    words = np.empty((size, len(survivors)), dtype=np.uint8)
    found = _detours(survivors, margins, words)
    return words[:found, :-TAIL_BITS]


def _pairs(llr: FloatArray) -> FloatArray:
    """The LLRs of a code word as f32 `[steps, 2]`, checked."""
    if llr.ndim != 1 or llr.size % 2 or llr.size < 2 * TAIL_BITS:
        raise ConfigurationError(
            f"a code word has an even number of at least {2 * TAIL_BITS} LLRs, not shape {llr.shape}"
        )
    return np.ascontiguousarray(llr, dtype=np.float32).reshape(-1, 2)


@compiled
def most_likely(pairs: FloatArray, signs: FloatArray) -> ByteArray:
    """What `decode_soft` returns, for compiled functions: LLRs f32 `[n + 8, 2]`, and `branch_signs`."""
    survivors, bits = np.empty((len(pairs), _PACKED), dtype=np.uint8), np.empty(len(pairs), dtype=np.uint8)
    _viterbi(pairs, signs, survivors, None)
    _trace(survivors, bits, -1)
    return bits[:-TAIL_BITS]


@cache
def branch_signs() -> FloatArray:
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
def _viterbi(pairs: FloatArray, signs: FloatArray, survivors: ByteArray, margins: FloatArray | None) -> None:
    """Run through f32 `[steps, 2]`, leaving `survivors`, u8 `[steps, 32]`, and `margins`, f32 `[steps, 256]`.

    A state is the last eight bits, the newest lowest: states s and s + 128 lead to 2s and 2s + 1. A margin is by
    how much coming from s + 128 is better, for all 2s and then for all 2s + 1; without `margins` a function without
    them is compiled. The loops over states have constant bounds and write to where they do not read, and results are
    interleaved in a loop of their own: so they become vector instructions.
    """
    metrics = np.full(2 * _BUTTERFLIES, -np.inf, dtype=np.float32)
    metrics[0] = 0.0
    best = np.empty(2 * _BUTTERFLIES, dtype=np.float32)
    margin = np.empty(2 * _BUTTERFLIES, dtype=np.float32)
    took_upper = np.empty(_BUTTERFLIES, dtype=np.uint8)
    for t in range(len(pairs)):
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
            best[s] = max(even_upper, even_lower)
            best[_BUTTERFLIES + s] = max(odd_upper, odd_lower)
            if margins is not None:
                margin[s] = even_upper - even_lower
                margin[_BUTTERFLIES + s] = odd_upper - odd_lower
        for s in range(_BUTTERFLIES):
            metrics[2 * s] = best[s]
            metrics[2 * s + 1] = best[_BUTTERFLIES + s]
        for j in range(_PACKED):
            survivors[t, j] = (
                took_upper[j]
                | took_upper[_PACKED + j] << 2
                | took_upper[2 * _PACKED + j] << 4
                | took_upper[3 * _PACKED + j] << 6
            )
        if margins is not None:
            margins[t] = margin
        if t % 64 == 63:  # sums that grow without end would lose their last digits
            metrics -= metrics.max()


@compiled
def _trace(survivors: ByteArray, bits: ByteArray, detour: int) -> None:
    """Follow the best path from its end into `bits`, u8 `[steps]`, but take the other way at step `detour`."""
    state = 0
    for t in range(len(survivors) - 1, -1, -1):
        bits[t] = state & 1
        s = state >> 1
        upper = survivors[t, s % _PACKED] >> (2 * (s // _PACKED) + (state & 1)) & 1
        if t == detour:
            upper = 1 - upper
        state = s + upper * _BUTTERFLIES


@compiled
def _detours(survivors: ByteArray, margins: FloatArray, words: ByteArray) -> int:
    """Fill u8 `[size, steps]` with the best path and the best detours from it; return how many there are."""
    _trace(survivors, words[0], -1)
    steps = len(survivors)
    costs = np.empty(steps, dtype=np.float32)
    state = 0
    for t in range(steps):
        state = (2 * state + words[0, t]) % (2 * _BUTTERFLIES)
        costs[t] = abs(margins[t, (state & 1) * _BUTTERFLIES + (state >> 1)])
    for k in range(1, len(words)):
        cheapest = int(np.argmin(costs))
        if not costs[cheapest] < np.inf:
            return k
        _trace(survivors, words[k], cheapest)
        costs[cheapest] = np.inf
    return len(words)

# SPDX-License-Identifier: MIT
"""A convolutional code of rate 1/2 and constraint length 9, and its Viterbi decoder.

The code is the one of largest free distance (12), generators 561 and 753 octal (Proakis, *Digital Communications*,
table 8.3-1). Log-likelihood ratios are L = ln P(bit = 0) / P(bit = 1); an erasure is L = 0.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.types import ByteArray, FloatArray

CONSTRAINT_LENGTH = 9
GENERATORS = (0o561, 0o753)
TAIL_BITS = CONSTRAINT_LENGTH - 1
"""Zeros after the last bit, which bring the register back to where it began."""

_STATES = 1 << TAIL_BITS

# A decoder of long blocks works on windows, all at once. Survivors merge within 5 K steps at rate 1/2 and within about
# 15 K where a third of the coded bits is erased (punctured to rate 3/4): 18 K of overlap cost nothing measurable.
_WINDOW = 512
_OVERLAP = 18 * CONSTRAINT_LENGTH


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
    """Return the most likely bits, u8 `[n]`, of a zero-terminated code word, f32 `[2 (n + 8)]` LLRs (maximum-likelihood
    sequence, Viterbi; long blocks in overlapping windows).

    Raises:
        ConfigurationError: the length is odd or below 2·8.
    """
    if llr.ndim != 1 or llr.size % 2 or llr.size < 2 * TAIL_BITS:
        raise ConfigurationError(
            f"a code word has an even number of at least {2 * TAIL_BITS} LLRs, not shape {llr.shape}"
        )
    pairs = np.ascontiguousarray(llr, dtype=np.float32).reshape(-1, 2)
    steps = len(pairs)
    if steps <= _WINDOW + 2 * _OVERLAP:
        metrics = np.full((1, _STATES), -np.inf, dtype=np.float32)
        metrics[0, 0] = 0.0
        return _viterbi(pairs[None], metrics, final_state=0)[0, : steps - TAIL_BITS]
    # Before the first and after the last step the register holds zeros: certain zeros on both sides say so.
    n_windows = -(-steps // _WINDOW)
    certain = 2.0 * float(np.abs(pairs).max()) + 1.0
    padded = np.full((n_windows * _WINDOW + 2 * _OVERLAP, 2), certain, dtype=np.float32)
    padded[_OVERLAP : _OVERLAP + steps] = pairs
    span = _WINDOW + 2 * _OVERLAP
    windows = np.lib.stride_tricks.sliding_window_view(padded, (span, 2))[::_WINDOW, 0]
    bits = np.empty((n_windows, _WINDOW), dtype=np.uint8)
    for first in range(0, n_windows, 16):  # 16 windows' survivors are 3.4 MB
        batch = windows[first : first + 16]
        metrics = np.zeros((len(batch), _STATES), dtype=np.float32)
        bits[first : first + 16] = _viterbi(batch, metrics)[:, _OVERLAP:-_OVERLAP]
    return bits.reshape(-1)[: steps - TAIL_BITS]


@cache
def _branch_signs() -> FloatArray:
    """Signs 1 − 2c of both coded bits on every branch, f32 `[2, 512]`; branch = oldest, seven middle, new bit."""
    register = np.arange(2 * _STATES)
    rows = []
    for generator in GENERATORS:
        # In `register` the new bit is bit 0, in the octal generator it is the leading one.
        mirrored = int(f"{generator:0{CONSTRAINT_LENGTH}b}"[::-1], 2)
        tapped = register & mirrored
        parity = np.zeros_like(tapped)
        for k in range(CONSTRAINT_LENGTH):
            parity ^= tapped >> k & 1
        rows.append(1.0 - 2.0 * parity)
    return np.array(rows, dtype=np.float32)


def _viterbi(llr: FloatArray, metrics: FloatArray, final_state: int | None = None) -> ByteArray:
    """Return u8 `[n, steps]` for f32 `[n, steps, 2]`; `metrics` f32 `[n, 256]` at first; `final_state` None: the best.

    A state is the last eight bits, the newest lowest: next = (2·state + bit) mod 256, so the two ways into a state
    differ in the oldest bit, and one step is one addition, one comparison and one maximum over all states and windows.
    """
    n, steps, _ = llr.shape
    signs = _branch_signs()
    took_upper = np.empty((steps, n, _STATES), dtype=np.bool_)
    for t in range(steps):
        branch = (llr[:, t] @ signs).reshape(n, 2, _STATES // 2, 2)
        ways = (metrics.reshape(n, 2, _STATES // 2, 1) + branch).reshape(n, 2, _STATES)
        np.greater(ways[:, 1], ways[:, 0], out=took_upper[t])
        metrics = np.maximum(ways[:, 0], ways[:, 1])
    rows = np.arange(n)
    state = np.argmax(metrics, axis=1) if final_state is None else np.full(n, final_state)
    bits = np.empty((steps, n), dtype=np.uint8)
    for t in range(steps - 1, -1, -1):
        bits[t] = state & 1
        state = state >> 1 | took_upper[t, rows, state].astype(np.int64) << (TAIL_BITS - 1)
    return np.ascontiguousarray(bits.T)

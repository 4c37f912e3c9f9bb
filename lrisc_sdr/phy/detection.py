# SPDX-License-Identifier: MIT
"""Where bursts may begin: correlation of the stream with itself over one symbol (Schmidl and Cox, 1997), in blocks.

    P[b] = Σ_j p_j Σ_{n in window b + jT} r*[n] r[n + T]        p_j = s_j s_{j+1}, the preamble's sign products
    M[b] = |P[b]|² / ((R - 1) T · mean |r|² over the R symbols)²

Products are added in blocks of D samples, so that everything after one multiplication per sample runs at 1/D of the
rate; a preamble that begins inside a block loses at most D/2 samples of each run of equal signs. Because the p_j add up
to zero, what repeats without the signs (a tone, a direct current, another layout's prefixes) cancels.

In white noise of any power, M of W = (R - 1) T products is exceeded with probability P(M > m) = e^{-W m}: the threshold
follows from the false-alarm probability alone. What passes is only a candidate; `acquisition` has the last word.
"""

from __future__ import annotations

import math

import numpy as np
import scipy.ndimage
from numpy.typing import NDArray

from lrisc_sdr.phy.preamble import sign_products
from lrisc_sdr.types import ComplexArray
from lrisc_sdr.waveform import Waveform

CANDIDATE_PROBABILITY = 1e-6
"""Probability that one block of white noise is above the threshold."""


def block_samples(waveform: Waveform) -> int:
    """D: the largest power of two that divides the symbol's length and is at most a tenth of it."""
    symbol = waveform.symbol_samples
    return max(d for d in (1 << i for i in range(symbol.bit_length())) if symbol % d == 0 and 10 * d <= symbol)


def threshold(waveform: Waveform) -> float:
    """Return the m that M exceeds with `CANDIDATE_PROBABILITY` in white noise."""
    products = (waveform.preamble_symbols - 1) * waveform.symbol_samples
    return -math.log(CANDIDATE_PROBABILITY) / products


class Detector:
    """Finds candidates in a stream that comes in chunks of one fixed length, a multiple of the block length D.

    All sums begin at fixed positions of the stream, so that the same stream gives the same candidates to the last bit.
    """

    def __init__(self, waveform: Waveform) -> None:
        self._symbol = waveform.symbol_samples
        self._block = block_samples(waveform)
        self._per_symbol = self._symbol // self._block
        self._products = sign_products(waveform)
        self._threshold = threshold(waveform)
        self._ones = np.ones(self._block, dtype=np.complex64)
        # A preamble's own side peaks lie within R - 1 symbols; two preambles never lie that close.
        self._reach = len(self._products) * self._per_symbol
        self._samples: ComplexArray = np.zeros(0, dtype=np.complex64)
        self._correlation: NDArray[np.complex128] = np.zeros(0, dtype=np.complex128)
        self._energy: NDArray[np.float64] = np.zeros(0)
        self._metric: NDArray[np.float64] = np.zeros(self._reach)
        self._first_metric = -self._reach

    @property
    def block(self) -> int:
        """D: candidates are told to this many samples."""
        return self._block

    @property
    def latency(self) -> int:
        """A candidate is told at the latest when this many samples after its position have come in."""
        return (self._reach + 1) * self._block + (len(self._products) + 1) * self._symbol

    def process(self, chunk: ComplexArray) -> list[int]:
        """Take the next chunk, c64, and return candidates' positions in the stream, ascending `[samples]`."""
        samples = np.concatenate((self._samples, chunk))
        self._samples = samples[-self._symbol :]
        if samples.size <= self._symbol:
            return []
        early, late = samples[: -self._symbol], samples[self._symbol :]
        halves = early.view(np.float32).reshape(-1, 2 * self._block)
        power = np.einsum("ij,ij->i", halves, halves)
        product = (np.conj(early) * late).reshape(-1, self._block) @ self._ones
        self._correlation = np.concatenate((self._correlation, product))
        self._energy = np.concatenate((self._energy, power))
        metric = self._new_metric()
        kept = len(self._energy) - len(metric)
        self._correlation, self._energy = self._correlation[-kept:], self._energy[-kept:]
        return self._peaks(metric)

    def _new_metric(self) -> NDArray[np.float64]:
        """M of every block whose window is complete, f64 `[blocks]`."""
        per, n_products = self._per_symbol, len(self._products)
        n_blocks = len(self._energy) - (n_products + 1) * per + 1
        if n_blocks <= 0:
            return np.zeros(0)
        running = np.concatenate((np.zeros(1), np.cumsum(self._correlation)))
        by_symbol = running[per:] - running[:-per]
        correlation = np.zeros(n_blocks, dtype=np.complex128)
        for j, sign in enumerate(self._products):
            correlation += sign * by_symbol[j * per : j * per + n_blocks]
        energy = np.concatenate((np.zeros(1), np.cumsum(self._energy)))
        window = (n_products + 1) * per
        mean = (energy[window:] - energy[:-window]) * (n_products / (n_products + 1.0))
        metric = np.zeros(n_blocks)
        # Differences of running sums leave rounding errors of their largest value where the stream is silent.
        np.divide(np.abs(correlation) ** 2, mean**2, out=metric, where=mean > 1e-9 * energy[-1])
        return metric

    def _peaks(self, metric: NDArray[np.float64]) -> list[int]:
        """Blocks above the threshold that are the largest within the reach, as positions in the stream."""
        self._metric = np.concatenate((self._metric, metric))
        decided = slice(self._reach, len(self._metric) - self._reach)
        if decided.stop <= decided.start:
            return []
        found: list[int] = []
        if self._metric.max() > self._threshold:
            largest = scipy.ndimage.maximum_filter1d(self._metric, 2 * self._reach + 1, mode="constant")
            is_peak = (self._metric[decided] >= largest[decided]) & (self._metric[decided] > self._threshold)
            found = [(self._first_metric + self._reach + int(i)) * self._block for i in np.flatnonzero(is_peak)]
        dropped = decided.stop - decided.start
        self._metric = self._metric[dropped:]
        self._first_metric += dropped
        return found

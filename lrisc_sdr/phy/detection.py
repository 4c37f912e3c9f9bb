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
from numpy.typing import NDArray

from lrisc_sdr.compiled import compiled
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
        self._products = sign_products(waveform).astype(np.float64)
        self._threshold = threshold(waveform)
        # A preamble's own side peaks lie within R - 1 symbols; two preambles never lie that close.
        self._reach = len(self._products) * self._per_symbol
        self._window = (len(self._products) + 1) * self._per_symbol
        self._sums: NDArray[np.float64] = np.zeros((3, 0))
        self._metric: NDArray[np.float64] = np.zeros(self._reach)
        self._first_metric = -self._reach - self._per_symbol

    @property
    def block(self) -> int:
        """D: candidates are told to this many samples."""
        return self._block

    @property
    def overlap(self) -> int:
        """Samples before each chunk that `process` wants with it: one symbol."""
        return self._symbol

    @property
    def latency(self) -> int:
        """A candidate is told at the latest when this many samples after its position have come in."""
        return (self._reach + self._window) * self._block + self._symbol

    def process(self, samples: ComplexArray) -> list[int]:
        """Take the next chunk, c64 `[overlap + chunk]`, and return candidates' positions in the stream, ascending.

        The samples begin `overlap` before the chunk, with zeros before the stream's first.
        """
        n_blocks, kept = (samples.size - self._symbol) // self._block, self._sums.shape[1]
        sums = np.empty((3, kept + n_blocks))
        sums[:, :kept] = self._sums
        _block_sums(samples, self._symbol, self._block, sums[:, kept:])
        complete = max(kept + n_blocks - self._window + 1, 0)
        metric = np.empty(len(self._metric) + complete)
        metric[: len(self._metric)] = self._metric
        _metric(sums, self._products, self._per_symbol, metric[len(self._metric) :])
        self._sums = sums[:, complete:]
        decided = max(len(metric) - 2 * self._reach, 0)
        found = _peaks(metric, self._threshold, self._reach)
        positions = [(self._first_metric + i) * self._block for i in found]
        self._metric = metric[decided:]
        self._first_metric += decided
        return positions


@compiled
def _block_sums(samples: ComplexArray, lag: int, block: int, sums: NDArray[np.float64]) -> None:
    """Fill Re and Im of Σ r*[n] r[n + lag], and Σ |r[n]|², over blocks of n, f64 `[3, blocks]`."""
    for b in range(sums.shape[1]):
        # Slices, not offsets: the compiler then knows that no index is negative, and uses vectors.
        early, late = samples[b * block : (b + 1) * block], samples[b * block + lag : (b + 1) * block + lag]
        real, imaginary, power = np.float32(0.0), np.float32(0.0), np.float32(0.0)
        for n in range(block):
            real += early[n].real * late[n].real + early[n].imag * late[n].imag
            imaginary += early[n].real * late[n].imag - early[n].imag * late[n].real
            power += early[n].real * early[n].real + early[n].imag * early[n].imag
        sums[0, b], sums[1, b], sums[2, b] = real, imaginary, power


@compiled
def _metric(
    sums: NDArray[np.float64], products: NDArray[np.float64], per_symbol: int, metric: NDArray[np.float64]
) -> None:
    """Fill M of every block whose window is complete, f64 `[blocks]`, from the sums over blocks."""
    n_blocks = sums.shape[1]
    running = np.zeros((3, n_blocks + 1))
    for row in range(3):
        given, added, total = sums[row], running[row], 0.0
        for b in range(n_blocks):
            total += given[b]
            added[b + 1] = total
    real, imaginary = np.zeros(metric.size), np.zeros(metric.size)
    for j in range(products.size):
        for row, correlation in ((0, real), (1, imaginary)):
            begins, ends = running[row, j * per_symbol :], running[row, (j + 1) * per_symbol :]
            for b in range(metric.size):
                correlation[b] += products[j] * (ends[b] - begins[b])
    begins, ends = running[2], running[2, (products.size + 1) * per_symbol :]
    # Differences of running sums leave rounding errors of their largest value where the stream is silent.
    silent, share = 1e-9 * running[2, n_blocks], products.size / (products.size + 1.0)
    for b in range(metric.size):
        mean = (ends[b] - begins[b]) * share
        square = real[b] * real[b] + imaginary[b] * imaginary[b]
        metric[b] = square / (mean * mean) if mean > silent else 0.0


@compiled
def _peaks(metric: NDArray[np.float64], limit: float, reach: int) -> list[int]:
    """Indices above the limit that are the largest within the reach on both sides."""
    found = []
    for i in range(reach, metric.size - reach):
        # Most are beside a larger one: the whole reach is looked at for the few that are not.
        largest_yet = metric[i] > limit and metric[i] >= metric[i - 1] and metric[i] >= metric[i + 1]
        if largest_yet and metric[i] >= metric[i - reach : i + reach + 1].max():
            found.append(i)
    return found

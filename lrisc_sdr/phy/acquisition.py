# SPDX-License-Identifier: MIT
"""A candidate's last word: the whole carrier frequency offset, the first path, and whether it is a preamble at all.

The R symbols of the preamble are added with their signs and with the turn φ between neighbours taken away; what whole
turns the offset makes between symbols does not matter to that sum, which has R times the SNR:

    z[n] = 1/R Σ_j s_j e^{-jφj} r[n + jT] e^{-jφn/T}
    C[k, ℓ] = |Σ_n z[ℓ + n] x*[n] e^{-j2πkn/T}|² / (Σ_n |z[ℓ + n]|² · Σ|x|²)      over hypotheses k and lags ℓ

C is the share of z's energy that the known symbol explains, 0 to 1, at any level. In white noise it is Beta(1, N-1):
P(C > c) = (1 - c)^(N-1), from which the threshold for all k and ℓ together follows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import scipy.fft

from lrisc_sdr.compiled import compiled
from lrisc_sdr.phy.layout import layout
from lrisc_sdr.phy.preamble import reference
from lrisc_sdr.types import ComplexArray, FloatArray
from lrisc_sdr.waveform import Waveform

FALSE_ACQUISITION_PROBABILITY = 1e-7
"""Probability that a candidate in white noise is taken for a preamble."""

FIRST_PATH = 0.1
"""A path counts as the first if it has at least this share of the strongest one's power; side lobes have 0.05."""


@dataclass(frozen=True)
class Acquisition:
    """A verified preamble.

    Attributes:
        start: first sample of the preamble's prefix on the first path, counted from the search window's first sample.
        frequency: carrier frequency offset `[rad/sample]`.
        quality: share of the averaged symbol's energy that the known symbol explains, 0 to 1.
        hypothesis: which of the reference's whole turns between two symbols it was.
    """

    start: int
    frequency: float
    quality: float
    hypothesis: int


def window_samples(waveform: Waveform) -> int:
    """Length of the window that `acquire` searches."""
    return (waveform.preamble_symbols - 1) * waveform.symbol_samples + 2 * waveform.n_fft


def window_offset(waveform: Waveform) -> int:
    """From the presumed first sample of the preamble to the search window's first sample (it is mostly negative)."""
    return waveform.cp_samples - waveform.n_fft // 2


def acquire(window: ComplexArray, waveform: Waveform, likely: int | None = None) -> Acquisition | None:
    """Verify a candidate in c64 `[window_samples]`; None if it is no preamble. Lags of ± N/2 are searched.

    `likely` is the hypothesis of a burst before, most often from the same transmitter: it is tried first. Where it
    explains more than half of the energy no other can, and none is tried.
    """
    n_fft, symbol = waveform.n_fft, waveform.symbol_samples
    known = reference(waveform)
    average = np.empty(2 * n_fft, dtype=np.complex64)
    turn = _averaged(window, layout(waveform).signs, symbol, waveform.cp_samples, average)
    spectrum = scipy.fft.fft(average)
    quality = 0.0
    if likely is not None:
        row = likely
        correlation = scipy.fft.ifft(spectrum * known.spectra[row], overwrite_x=True)
        _, lag, quality = _best(correlation.reshape(1, -1), average, known.energy)
    if quality < 0.5:
        correlations = scipy.fft.ifft(spectrum * known.spectra, axis=1, overwrite_x=True)
        row, lag, quality = _best(correlations, average, known.energy)
        correlation = correlations[row]
    if not quality > _floor(waveform):
        return None
    frequency = (turn + 2.0 * np.pi * float(known.turns[row])) / symbol
    if abs(frequency) > 2.0 * np.pi * waveform.max_cfo_hz * 1.05 / waveform.rate_sps:
        return None
    first = _first_path(correlation[: n_fft + 1], lag, 3 * waveform.cp_samples // 4)
    return Acquisition(first - waveform.cp_samples, frequency, quality, row)


@cache
def _floor(waveform: Waveform) -> float:
    """The share C that white noise exceeds with `FALSE_ACQUISITION_PROBABILITY` under any hypothesis at any lag."""
    trials = len(reference(waveform).turns) * (waveform.n_fft + 1)
    return float(1.0 - (FALSE_ACQUISITION_PROBABILITY / trials) ** (1.0 / (waveform.n_fft - 1)))


@compiled
def _averaged(window: ComplexArray, signs: FloatArray, symbol: int, cp_samples: int, average: ComplexArray) -> float:
    """Fill z, c64 `[2 n_fft]`; return the turn φ between neighbouring symbols `[rad]`."""
    n_fft = average.size // 2
    product = 0j
    for j in range(1, signs.size):
        begin = (j - 1) * symbol + n_fft // 2 - cp_samples
        early, late = (
            window[begin : begin + n_fft + cp_samples],
            window[begin + symbol : begin + symbol + n_fft + cp_samples],
        )
        real, imaginary = np.float32(0.0), np.float32(0.0)
        for n in range(early.size):
            real += early[n].real * late[n].real + early[n].imag * late[n].imag
            imaginary += early[n].real * late[n].imag - early[n].imag * late[n].real
        product += signs[j - 1] * signs[j] * complex(real, imaginary)
    turn = np.angle(product)
    average[:] = 0.0
    for j in range(signs.size):
        weight, given = np.complex64(signs[j] * np.exp(-1j * turn * j) / signs.size), window[j * symbol :]
        for n in range(2 * n_fft):
            average[n] += weight * given[n]
    step, factor = np.exp(-1j * turn / symbol), 1.0 + 0.0j
    for n in range(2 * n_fft):
        average[n] *= np.complex64(factor)
        factor *= step
    return float(turn)


@compiled
def _best(correlation: ComplexArray, average: ComplexArray, known_energy: float) -> tuple[int, int, float]:
    """Hypothesis, lag and share C where C is largest, over lags that leave the whole symbol within `average`."""
    n_fft = average.size // 2
    running = np.zeros(2 * n_fft + 1)
    for n in range(2 * n_fft):
        running[n + 1] = running[n] + (average[n].real ** 2 + average[n].imag ** 2)
    scale = np.zeros(n_fft + 1, dtype=np.float32)
    for lag in range(n_fft + 1):
        energy = running[lag + n_fft] - running[lag]
        if energy > 1e-9 * running[2 * n_fft]:
            scale[lag] = 1.0 / (known_energy * energy)
    best_row, best_lag, best = 0, 0, np.float32(0.0)
    shares = np.empty(n_fft + 1, dtype=np.float32)
    for row in range(len(correlation)):
        values, largest = correlation[row], np.float32(0.0)
        for lag in range(n_fft + 1):
            shares[lag] = (values[lag].real ** 2 + values[lag].imag ** 2) * scale[lag]
            largest = max(largest, shares[lag])
        if largest > best:
            best_row, best_lag, best = row, int(np.argmax(shares)), largest
    return best_row, best_lag, float(best)


@compiled
def _first_path(correlation: ComplexArray, strongest: int, reach: int) -> int:
    """The earliest lag, at most `reach` before the strongest, with a path: by `FIRST_PATH`, and out of the noise."""
    power = np.empty(correlation.size, dtype=np.float32)
    for lag in range(correlation.size):
        power[lag] = correlation[lag].real ** 2 + correlation[lag].imag ** 2
    limit, first = FIRST_PATH * power[strongest], strongest
    for lag in range(strongest - 1, max(strongest - reach, 0) - 1, -1):
        if power[lag] >= limit:
            first = lag
    if first < strongest:
        # Noise has an exponentially distributed power, whose median is ln 2 of its mean.
        limit = max(limit, min(10.0 * np.median(power) / np.log(2.0), power[strongest]))
        while power[first] < limit:
            first += 1
    return first

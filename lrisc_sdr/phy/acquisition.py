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

import numpy as np
import scipy.fft

from lrisc_sdr.phy.preamble import reference, sign_products
from lrisc_sdr.types import ComplexArray
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
    """

    start: int
    frequency: float
    quality: float


def window_samples(waveform: Waveform) -> int:
    """Length of the window that `acquire` searches."""
    return (waveform.preamble_symbols - 1) * waveform.symbol_samples + 2 * waveform.n_fft


def window_offset(waveform: Waveform) -> int:
    """From the presumed first sample of the preamble to the search window's first sample (it is mostly negative)."""
    return waveform.cp_samples - waveform.n_fft // 2


def acquire(window: ComplexArray, waveform: Waveform) -> Acquisition | None:
    """Verify a candidate in c64 `[window_samples]`; None if it is no preamble. Lags of ± N/2 are searched."""
    n_fft, symbol = waveform.n_fft, waveform.symbol_samples
    known = reference(waveform)
    copies = np.lib.stride_tricks.sliding_window_view(window, 2 * n_fft)[::symbol]
    sent = slice(n_fft // 2 - waveform.cp_samples, n_fft // 2 + n_fft)
    correlation = np.einsum("j,jn,jn->", sign_products(waveform), np.conj(copies[:-1, sent]), copies[1:, sent])
    turn = float(np.angle(correlation))
    order = np.arange(len(waveform.preamble_signs))
    weights = np.array(waveform.preamble_signs) * np.exp(-1j * turn * order) / len(order)
    average = weights.astype(np.complex64) @ copies
    average *= np.exp(-1j * turn / symbol * np.arange(2 * n_fft)).astype(np.complex64)

    lags = n_fft + 1
    spectrum = scipy.fft.fft(average)
    explained = np.abs(scipy.fft.ifft(spectrum * known.spectra, axis=1)[:, :lags]) ** 2
    running = np.concatenate((np.zeros(1), np.cumsum(np.abs(average.astype(np.complex128)) ** 2)))
    energy = running[n_fft:] - running[:-n_fft]
    share = np.zeros(explained.shape)
    np.divide(explained, known.energy * energy, out=share, where=energy > 1e-9 * running[-1])
    row, lag = np.unravel_index(int(np.argmax(share)), share.shape)
    quality = float(share[row, lag])
    floor = 1.0 - (FALSE_ACQUISITION_PROBABILITY / share.size) ** (1.0 / (n_fft - 1))
    if not quality > floor:
        return None
    frequency = (turn + 2.0 * np.pi * float(known.turns[row])) / symbol
    if abs(frequency) > 2.0 * np.pi * waveform.max_cfo_hz * 1.05 / waveform.rate_sps:
        return None
    earliest = max(int(lag) - 3 * waveform.cp_samples // 4, 0)
    profile = explained[row, earliest : int(lag) + 1]
    noise = float(np.median(explained[row])) / np.log(2.0)
    first = earliest + int(np.argmax(profile >= max(FIRST_PATH * float(profile[-1]), min(10.0 * noise, profile[-1]))))
    return Acquisition(first - waveform.cp_samples, frequency, quality)

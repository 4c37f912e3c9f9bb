# SPDX-License-Identifier: MIT
"""The preamble's symbol as the receiver needs it: its columns among the used carriers, its samples, its spectra."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import scipy.fft

from lrisc_sdr.phy.modulation import modulate
from lrisc_sdr.types import ComplexArray
from lrisc_sdr.waveform import IntArray, Waveform


@dataclass(frozen=True)
class Reference:
    """The preamble's symbol under every whole turn that a carrier frequency offset may make between two symbols.

    A correlation over T = `symbol_samples` knows the turn φ between two symbols only to multiples of 2π: the offset is
    (φ + 2πk) / T rad/sample. Each k is a hypothesis.

    Attributes:
        turns: k of every hypothesis, int64 `[hypotheses]`.
        spectra: conj FFT of x[n] e^{j2πkn/T}, x zero-padded to 2 N, c64 `[hypotheses, 2 n_fft]`.
        energy: Σ|x|² over the N samples of x.
    """

    turns: IntArray
    spectra: ComplexArray
    energy: float


@cache
def reference(waveform: Waveform) -> Reference:
    """Return the waveform's `Reference`."""
    n_fft = waveform.n_fft
    symbol = modulate(waveform.preamble_carriers[None], waveform)[waveform.cp_samples :]
    most = math.floor(waveform.max_cfo_hz * waveform.symbol_samples / waveform.rate_sps + 0.5)
    turns = np.arange(-most, most + 1, dtype=np.int64)
    phase = 2.0 * np.pi / waveform.symbol_samples * np.outer(turns, np.arange(n_fft))
    spectra = np.conj(scipy.fft.fft(symbol * np.exp(1j * phase), 2 * n_fft, axis=1)).astype(np.complex64)
    energy = float(np.sum(np.abs(symbol.astype(np.complex128)) ** 2))
    return Reference(turns, spectra, energy)


def sign_products(waveform: Waveform) -> IntArray:
    """Return s_j s_{j+1} of the preamble's neighbouring symbols, int64 `[preamble_symbols - 1]`."""
    signs = np.array(waveform.preamble_signs, dtype=np.int64)
    return signs[1:] * signs[:-1]

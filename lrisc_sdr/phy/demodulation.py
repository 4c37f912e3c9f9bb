# SPDX-License-Identifier: MIT
"""Samples to carriers, many OFDM symbols at once: X_k = √(1/N) Σ_n x[n] e^{-j2πkn/N}, a unitary transform."""

from __future__ import annotations

import numpy as np
import scipy.fft

from lrisc_sdr.compiled import compiled
from lrisc_sdr.types import ComplexArray
from lrisc_sdr.waveform import IntArray


def demodulate(samples: ComplexArray, starts: IntArray, frequency: float, spectrum: ComplexArray) -> None:
    """Transform the windows of N samples that begin at `starts`, turned back by a carrier frequency offset.

    Args:
        samples: c64 `[n]`.
        starts: first sample of every window, int64 `[rows]`, within `[0, n - N]`.
        frequency: ω, the offset to take away `[rad/sample]`; its phase is zero at sample 0.
        spectrum: filled, c64 `[rows, N]` in FFT order, contiguous.
    """
    _turned_windows(samples, starts, frequency, spectrum)
    transformed = scipy.fft.fft(spectrum, axis=1, overwrite_x=True)
    if transformed is not spectrum:
        spectrum[:] = transformed


@compiled
def _turned_windows(samples: ComplexArray, starts: IntArray, frequency: float, windows: ComplexArray) -> None:
    """Fill e^{-jωn} x[n] / √N of every window, c64 `[rows, n_fft]`."""
    rows, size = windows.shape
    # The part of the rotation within a window is the same for all; between windows it is one factor a row.
    within = np.empty(size, dtype=np.complex64)
    step, factor = np.exp(-1j * frequency), 1.0 / np.sqrt(size) + 0j
    for i in range(size):
        within[i] = factor
        factor *= step
    for m in range(rows):
        window, given = windows[m], samples[starts[m] : starts[m] + size]
        between = np.complex64(np.exp(-1j * frequency * starts[m]))
        for i in range(size):
            window[i] = given[i] * (within[i] * between)

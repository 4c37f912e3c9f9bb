# SPDX-License-Identifier: MIT
"""OFDM symbols to samples and back, many at once.

    x[n] = √(1/N) Σ_k X_k e^{j2πkn/N}        X_k = √(1/N) Σ_n x[n] e^{-j2πkn/N}

The transform is unitary; a symbol of unit power sits on its carrier with `Waveform.carrier_amplitude`.
"""

from __future__ import annotations

import numpy as np
import scipy.fft

from lrisc_sdr.types import ComplexArray
from lrisc_sdr.waveform import IntArray, Waveform


def modulate(carriers: ComplexArray, waveform: Waveform) -> ComplexArray:
    """Return the samples, c64 `[rows · symbol_samples]`, of values on `used_carriers`, c64 `[rows, n_used]`."""
    rows = len(carriers)
    spectrum = np.zeros((rows, waveform.n_fft), dtype=np.complex64)
    edge = waveform.edge_carrier
    amplitude = np.float32(waveform.carrier_amplitude)
    np.multiply(carriers[:, :edge], amplitude, out=spectrum[:, -edge:])
    np.multiply(carriers[:, edge:], amplitude, out=spectrum[:, 1 : edge + 1])
    samples = np.empty((rows, waveform.symbol_samples), dtype=np.complex64)
    samples[:, waveform.cp_samples :] = scipy.fft.ifft(spectrum, axis=1, norm="ortho", overwrite_x=True)
    samples[:, : waveform.cp_samples] = samples[:, waveform.n_fft :]
    return samples.reshape(-1)


def rotation(frequency: float, samples: IntArray) -> ComplexArray:
    """Return e^{-j ω n}, c64, for integer sample numbers n; ω in rad/sample, computed in double precision."""
    turned: ComplexArray = np.exp(-1j * frequency * samples).astype(np.complex64)
    return turned


def demodulate(samples: ComplexArray, starts: IntArray, frequency: float, waveform: Waveform) -> ComplexArray:
    """Transform the windows of `n_fft` samples that begin at `starts`, turned back by a carrier frequency offset.

    Args:
        samples: c64 `[n]`.
        starts: first sample of every window, int64 `[rows]`, within `[0, n - n_fft]`.
        frequency: ω, the offset to take away `[rad/sample]`; its phase is zero at sample 0.

    Returns:
        c64 `[rows, n_fft]` in FFT order.
    """
    windows = np.lib.stride_tricks.sliding_window_view(samples, waveform.n_fft)[starts]
    # The part of the rotation within a window is the same for all; between windows it is one factor a row.
    windows *= rotation(frequency, np.arange(waveform.n_fft))
    spectrum: ComplexArray = scipy.fft.fft(windows, axis=1, norm="ortho", overwrite_x=True)
    spectrum *= rotation(frequency, starts)[:, None]
    return spectrum

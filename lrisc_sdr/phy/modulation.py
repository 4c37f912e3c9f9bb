# SPDX-License-Identifier: MIT
"""OFDM symbols to samples, many at once.

    x[n] = √(1/N) Σ_k X_k e^{j2πkn/N}

The transform is unitary; a symbol of unit power sits on its carrier with `Waveform.carrier_amplitude`.
"""

from __future__ import annotations

import math

import numpy as np
import scipy.fft

from lrisc_sdr.compiled import compiled
from lrisc_sdr.types import ComplexArray, FloatArray
from lrisc_sdr.waveform import IntArray, Waveform


def modulate(carriers: ComplexArray, waveform: Waveform) -> ComplexArray:
    """Return the samples, c64 `[rows · symbol_samples]`, of values on `used_carriers`, c64 `[rows, n_used]`.

    They are not clipped.
    """
    edge = waveform.edge_carrier
    spectrum = np.zeros((len(carriers), waveform.n_fft), dtype=np.complex64)
    spectrum[:, -edge:] = carriers[:, :edge]
    spectrum[:, 1 : edge + 1] = carriers[:, edge:]
    samples = np.empty((len(carriers), waveform.symbol_samples), dtype=np.complex64)
    synthesise(spectrum, samples, 1.0 / math.sqrt(waveform.n_used), math.inf)
    return samples.reshape(-1)


def synthesise(spectrum: ComplexArray, samples: ComplexArray, amplitude: float, limit: float) -> None:
    """Transform symbols on their carriers into samples with cyclic prefixes.

    Args:
        spectrum: unscaled symbols in FFT order, c64 `[rows, n_fft]`; overwritten.
        samples: where the samples go, c64 `[rows, symbol_samples]`.
        amplitude: factor of x[n] = amplitude · Σ_k X_k e^{j2πkn/N}; 1/√K gives unit mean power.
        limit: largest magnitude of a sample; larger ones keep their phase.
    """
    transformed = scipy.fft.ifft(spectrum, axis=1, norm="forward", overwrite_x=True).view(np.float32)
    if math.isfinite(limit):
        _clip(transformed.reshape(-1, _PIECE), limit / amplitude)
    _extend(transformed, samples.view(np.float32), amplitude)


_PIECE = 32
"""Real numbers in each piece of the samples that is looked through for peaks at once; divides 2 n_fft."""


@compiled
def _clip(pieces: FloatArray, limit: float) -> None:
    """Clip complex numbers, pairs in f32 `[n, 32]`, in magnitude.

    Peaks are rare: whole pieces are tested by vector instructions, which take neighbours a step of one apart faster
    than pairs two steps apart. So every second sum of two squares, of the imaginary part and the next real part, is
    made for nothing, and never exceeds its threshold.
    """
    threshold = np.float32(limit * limit)
    thresholds = np.full(_PIECE, np.inf, dtype=np.float32)
    thresholds[::2] = threshold
    for k in range(len(pieces)):
        peaks = np.int32(0)
        for i in range(_PIECE - 1):
            power = pieces[k, i] * pieces[k, i] + pieces[k, i + 1] * pieces[k, i + 1]
            peaks += np.int32(power > thresholds[i])
        if peaks:
            for i in range(0, _PIECE, 2):
                power = pieces[k, i] * pieces[k, i] + pieces[k, i + 1] * pieces[k, i + 1]
                if power > threshold:
                    factor = math.sqrt(threshold / power)
                    pieces[k, i] *= factor
                    pieces[k, i + 1] *= factor


@compiled
def _extend(transformed: FloatArray, samples: FloatArray, amplitude: float) -> None:
    """Scale complex numbers, pairs in f32 `[rows, 2 n_fft]`, and repeat the end of every row before it."""
    rows, body = transformed.shape
    prefix = samples.shape[1] - body
    scale = np.float32(amplitude)
    for row in range(rows):
        source, sink = transformed[row], samples[row, prefix:]
        for n in range(body):
            sink[n] = scale * source[n]
        samples[row, :prefix] = samples[row, body:]


def rotation(frequency: float, samples: IntArray) -> ComplexArray:
    """Return e^{-j ω n}, c64, for integer sample numbers n; ω in rad/sample, computed in double precision."""
    turned: ComplexArray = np.exp(-1j * frequency * samples).astype(np.complex64)
    return turned

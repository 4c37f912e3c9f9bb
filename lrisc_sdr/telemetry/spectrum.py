# SPDX-License-Identifier: MIT
"""Rows of a waterfall from a stream, at a bounded cost a row.

    P_k = mean over windows m of |Σ_n w[n] x_m[n] e^{-j2πkn/N}|² / (Σ_n w[n])²      N = BINS, w: Hann

A carrier of amplitude 1 has 0 dBFS; windows lie evenly in the row's samples, of which they need not hold all.
"""

from __future__ import annotations

import numpy as np
import scipy.fft

from lrisc_sdr.telemetry.messages import BINS, ROW_LOWEST_DBFS, ROW_STEP_DB
from lrisc_sdr.types import ByteArray, ComplexArray

WINDOWS = 8
_HANN = np.hanning(BINS + 1)[:BINS].astype(np.float32)
_SCALE = np.float32(_HANN.sum() ** 2)
_LEAST = np.float32(1e-20)


def spectrum_row(samples: ComplexArray) -> ByteArray:
    """The levels of at least `BINS` samples, u8 `[BINS]` from the lowest frequency to the highest."""
    count = min(WINDOWS, samples.size // BINS)
    starts = np.linspace(0, samples.size - BINS, count).astype(np.int64)
    windows = np.stack([samples[start : start + BINS] for start in starts]) * _HANN
    transformed = scipy.fft.fft(windows, axis=1, overwrite_x=True)
    power = (np.square(transformed.real) + np.square(transformed.imag)).mean(axis=0) / _SCALE
    level_db = 10.0 * np.log10(np.maximum(scipy.fft.fftshift(power), _LEAST))
    levels: ByteArray = np.clip((level_db - ROW_LOWEST_DBFS) / ROW_STEP_DB + 0.5, 0, 255).astype(np.uint8)
    return levels

# SPDX-License-Identifier: MIT
"""When a known burst arrives: the largest correlation, to a fraction of a sample."""

from __future__ import annotations

import math

import numpy as np

from lrisc_sdr.errors import FramesFailed
from lrisc_sdr.types import ComplexArray

FINER = 64
REACH = 8
LEAST = 0.25
"""Correlation coefficient below which it is not that burst; noise alone has √(ln(m)/n) of n samples at m places."""


def arrival(known: ComplexArray, samples: ComplexArray) -> float:
    """Return the sample, with a fraction, at which the first of a known burst's arrives.

    |Σ known*[i] r[k + i]| over the root of both energies, for every k; the peak is interpolated with the sinc function,
    which is exact for what is band-limited. Of several paths the strongest counts. The burst's carrier may be off by a
    small part of a turn over its length.

    Args:
        known: c64 `[n]`.
        samples: c64 `[m]`, m > n.

    Raises:
        FramesFailed: the burst is not there.
    """
    n, size = known.size, 1 << (samples.size + known.size - 1).bit_length()
    spectrum = np.fft.fft(samples, size) * np.conj(np.fft.fft(known, size))
    # Places before the first sample are at the end.
    circular = np.fft.ifft(spectrum)
    correlation = circular[: samples.size - n + 1]
    energy = np.concatenate(([0.0], np.cumsum(np.abs(samples.astype(np.complex128)) ** 2)))
    peak = int(np.argmax(np.abs(correlation)))
    own = float(np.vdot(known, known).real)
    there = float(energy[peak + n] - energy[peak])
    if not there or abs(correlation[peak]) < LEAST * math.sqrt(own * there):
        raise FramesFailed("the burst was not heard: check frequency, gain and antennas")
    near = np.arange(peak - REACH, peak + REACH + 1)
    fine = peak + np.arange(-FINER, FINER + 1) / FINER
    values = np.abs(np.sinc(fine[:, None] - near[None, :]) @ circular[near % size])
    return float(fine[int(np.argmax(values))])

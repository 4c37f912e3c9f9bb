# SPDX-License-Identifier: MIT
"""Carrier frequency offset with a linear drift."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrisc_sdr.types import ComplexArray, FloatArray


def carrier_cycles(
    first: int, count: int, rate_sps: float, cfo_hz: float, drift_hz_per_s: float
) -> NDArray[np.float64]:
    """Return f t + ½ d t², f64 `[count]` in cycles, for samples `first`, `first` + 1, … after the start."""
    time_s = (first + np.arange(count, dtype=np.float64)) / rate_sps
    return time_s * (cfo_hz + 0.5 * drift_hz_per_s * time_s)


def rotate(samples: ComplexArray, cycles: NDArray[np.float64]) -> ComplexArray:
    """Return y = x e^(j 2π cycles), c64 `[n]`."""
    # Reduced to half a turn in double precision, the rest of the phase is good to 2e-7 rad in single precision.
    return turn(samples, (2.0 * np.pi * (cycles - np.rint(cycles))).astype(np.float32))


def turn(samples: ComplexArray, phase_rad: FloatArray) -> ComplexArray:
    """Return y = x e^(j phase), c64 `[n]`."""
    rotation = np.empty(samples.size, dtype=np.complex64)
    rotation.real = np.cos(phase_rad)
    rotation.imag = np.sin(phase_rad)
    # Not in place: NumPy rounds the in-place product of a single sample differently, and chunks would show.
    return rotation * samples

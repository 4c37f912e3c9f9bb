# SPDX-License-Identifier: MIT
"""Phase noise of an oscillator in its lock."""

from __future__ import annotations

import math

import numpy as np
from scipy.signal import lfilter

from lrisc_sdr.types import FloatArray


def phase_noise(
    count: int, rms_deg: float, bandwidth_hz: float, rate_sps: float, rng: np.random.Generator, phase_rad: float
) -> tuple[FloatArray, float]:
    """Return f32 `[count]` of phase `[rad]` and the last one, for the next chunk (its first: `start_phase`).

    φ[n] = a φ[n − 1] + σ √(1 − a²) w[n], a = exp(−2π B / rate): a free oscillator's random walk that a loop of
    bandwidth B pulls back, with the Lorentzian spectrum of a first-order lock and the rms phase σ.
    """
    if count == 0:
        return np.zeros(0, dtype=np.float32), phase_rad
    a = math.exp(-2.0 * math.pi * bandwidth_hz / rate_sps)
    drive = rng.standard_normal(count) * (math.radians(rms_deg) * math.sqrt(1.0 - a * a))
    phase, _ = lfilter([1.0], [1.0, -a], drive, zi=[a * phase_rad])
    return phase.astype(np.float32), float(phase[-1])


def start_phase(rms_deg: float, rng: np.random.Generator) -> float:
    """Return the phase before the first sample `[rad]`, from the process's stationary distribution."""
    return math.radians(rms_deg) * float(rng.standard_normal())

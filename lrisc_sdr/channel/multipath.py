# SPDX-License-Identifier: MIT
"""A static impulse response with one tap a sample."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lrisc_sdr.types import ComplexArray


def power_profile(n_taps: int, decay_db: float) -> NDArray[np.float64]:
    """Return E[|h_k|²] ∝ 10^(−k · decay_db / 10), f64 `[n_taps]`, with the sum 1."""
    power = 10.0 ** (-decay_db * np.arange(n_taps, dtype=np.float64) / 10.0)
    profile: NDArray[np.float64] = power / power.sum()
    return profile


def direct_share(rice_db: float) -> float:
    """Return K / (K + 1) with K = 10^(rice_db / 10): the direct path's share of a tap's power."""
    return 1.0 / (1.0 + 10.0 ** (-rice_db / 10.0)) if rice_db > -math.inf else 0.0


def draw_taps(n_taps: int, decay_db: float, rice_db: float, rng: np.random.Generator) -> ComplexArray:
    """Draw c64 `[n_taps]` from an exponential power-delay profile, E[Σ|h|²] = 1.

    E[|h_k|²] ∝ 10^(−k · decay_db / 10). The first tap is Ricean, √(K/(K+1)) e^jθ + √(1/(K+1)) g with
    K = 10^(rice_db / 10), the others Rayleigh; inf makes the direct path all of the first tap.
    """
    power = power_profile(n_taps, decay_db)
    scattered = rng.standard_normal((n_taps, 2)) @ np.array([1.0, 1.0j]) * math.sqrt(0.5)
    direct = np.exp(2j * np.pi * rng.random())
    share = direct_share(rice_db)
    scattered[0] = math.sqrt(share) * direct + math.sqrt(1.0 - share) * scattered[0]
    taps: ComplexArray = (np.sqrt(power) * scattered).astype(np.complex64)
    return taps


def convolve(samples: ComplexArray, taps: ComplexArray, history: ComplexArray) -> tuple[ComplexArray, ComplexArray]:
    """Return y[n] = Σ_k h_k x[n − k], c64 `[n]`, and the history for the next chunk.

    `history` is the last `len(taps) − 1` samples before these, c64, zeros at first.
    """
    extended = np.concatenate([history, samples])
    n = samples.size
    memory = taps.size - 1
    out = np.zeros(n, dtype=np.complex64)
    for delay, tap in enumerate(taps):
        if tap != 0:
            out += tap * extended[memory - delay : memory - delay + n]
    return out, extended[extended.size - memory :]

# SPDX-License-Identifier: MIT
"""An impulse response that changes with time, as waves from all directions add up at a receiver that moves.

    h_k(t) = √P_k [ √(κ_k) e^jθ_k  +  √((1 − κ_k) / M) Σ_i e^(j (2π f_D cos α_ki · t + φ_ki)) ]

α_ki lies anywhere in the i-th of M equal sectors of the circle (after Zheng and Xiao, *Simulation models with correct
statistical properties for Rayleigh fading channels*, IEEE Trans. Commun. 2003). The scattered part has the classical
Doppler spectrum, E[h h*(t + τ)] ∝ J₀(2π f_D τ), and the mean power 1 over time in every draw; κ is the direct path's
share, which is still. Only the first tap has one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrisc_sdr.channel.multipath import direct_share
from lrisc_sdr.types import ComplexArray

_WAVES = 32
_STEP_RAD = 0.05
"""The most that a wave turns between two knots; between them the taps are straight lines, with an error of 3e-4."""
_LONGEST_STEP = 1024

FloatVector = NDArray[np.float64]


@dataclass(frozen=True)
class Waves:
    """The plane waves of every tap.

    Attributes:
        amplitude: f64 `[taps, waves]`.
        phase: at time 0, f64 `[taps, waves]` `[rad]`.
        doppler_hz: f64 `[taps, waves]` `[Hz]`; the last wave is the direct path, at 0.
    """

    amplitude: FloatVector
    phase: FloatVector
    doppler_hz: FloatVector


def draw_waves(power: FloatVector, rice_db: float, doppler_hz: float, rng: np.random.Generator) -> Waves:
    """Draw the waves of taps of mean `power`, f64 `[taps]`; `rice_db` is the first tap's direct path over the rest."""
    share = np.zeros(power.size)
    share[0] = direct_share(rice_db)
    shape = (power.size, _WAVES)
    angle = 2.0 * np.pi * (np.arange(_WAVES) + rng.random(shape)) / _WAVES
    scattered = np.broadcast_to(np.sqrt(power * (1.0 - share) / _WAVES)[:, None], shape)
    return Waves(
        amplitude=np.concatenate((scattered, np.sqrt(power * share)[:, None]), axis=1),
        phase=2.0 * np.pi * rng.random((power.size, _WAVES + 1)),
        doppler_hz=np.concatenate((doppler_hz * np.cos(angle), np.zeros((power.size, 1))), axis=1),
    )


def taps_at(waves: Waves, time_s: FloatVector) -> ComplexArray:
    """Return the impulse response at each of `time_s`, f64 `[m]`, as c64 `[m, taps]`."""
    taps = np.empty((time_s.size, waves.phase.shape[0]), dtype=np.complex64)
    for k, amplitude in enumerate(waves.amplitude):
        phase = 2.0 * np.pi * time_s[:, None] * waves.doppler_hz[k] + waves.phase[k]
        taps[:, k].real = (amplitude * np.cos(phase)).sum(axis=1)
        taps[:, k].imag = (amplitude * np.sin(phase)).sum(axis=1)
    return taps


def knot_samples(doppler_hz: float, rate_sps: float) -> int:
    """Return the samples between two knots, a power of two: small enough for straight lines."""
    most = _STEP_RAD * rate_sps / (2.0 * np.pi * doppler_hz)
    return int(2.0 ** math.floor(math.log2(min(max(most, 1.0), _LONGEST_STEP))))


def fade(
    samples: ComplexArray, first: int, waves: Waves, step: int, rate_sps: float, history: ComplexArray
) -> tuple[ComplexArray, ComplexArray]:
    """Return y[n] = Σ_k h_k(n / rate) x[n − k], c64 `[n]`, and the history for the next chunk.

    Args:
        samples: c64 `[n]`.
        first: position of the first sample in the stream.
        waves: the impulse response.
        step: samples between two knots, which lie at multiples of it: `knot_samples`.
        rate_sps: sampling rate `[samples/s]`.
        history: the last taps − 1 samples before these, c64, zeros at first.
    """
    extended = np.concatenate([history, samples])
    n = samples.size
    n_taps = waves.phase.shape[0]
    out = np.zeros(n, dtype=np.complex64)
    position = first + np.arange(n)
    knot = position // step - first // step
    fraction = ((position % step) / step).astype(np.float32)
    knots = taps_at(waves, (first // step + np.arange(n // step + 3)) * (step / rate_sps))
    slope = np.diff(knots, axis=0)
    for delay in range(n_taps):
        tap = knots[:, delay].take(knot) + fraction * slope[:, delay].take(knot)
        out += tap * extended[n_taps - 1 - delay : n_taps - 1 - delay + n]
    return out, extended[n:]

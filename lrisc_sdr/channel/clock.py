# SPDX-License-Identifier: MIT
"""Sampling clock offset: the signal at instants between its samples.

y(p) = Σ_k h_k(μ) x[⌊p⌋ − N/2 + 1 + k] with μ = p − ⌊p⌋. The N taps of each of Q phases are the least-squares fractional
delay over |f| ≤ B cycles a sample (Laakso et al., *Splitting the Unit Delay*, IEEE SP Magazine 1996, section 3.1.4):

    h = R⁻¹ r,   R_kl = sinc(2B(k − l)),   r_k = sinc(2B(k − N/2 + 1 − μ)).
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from lrisc_sdr.types import ComplexArray, FloatArray

N_TAPS = 24
LOOK_AHEAD = N_TAPS // 2
"""Samples after ⌊p⌋ that the interpolator needs."""
LOOK_BACK = N_TAPS // 2 - 1
"""Samples before ⌊p⌋ that the interpolator needs."""

_PHASES = 8192
_BAND = 0.42  # the presets' outermost carriers lie at 0.41 cycles a sample
_LOADING = 1e-10  # keeps the taps small outside the band, where the equations leave them free


@cache
def phase_taps() -> FloatArray:
    """The taps of all phases 0, 1/Q, …, 1, f32 `[N, Q + 1]`."""
    k = np.arange(N_TAPS)
    matrix = np.sinc(2.0 * _BAND * (k[:, None] - k)) + _LOADING * np.eye(N_TAPS)
    phases = np.arange(_PHASES + 1) / _PHASES
    table: FloatArray = np.linalg.solve(matrix, np.sinc(2.0 * _BAND * (k[:, None] - LOOK_BACK - phases))).astype(
        np.float32
    )
    table.flags.writeable = False
    return table


def interpolate(samples: ComplexArray, positions: NDArray[np.float64]) -> ComplexArray:
    """Return the signal at `positions`, f64 `[m]` in samples from samples[0], as c64 `[m]`.

    Positions ascend in steps close to 1 and lie from `LOOK_BACK` to below len(samples) − `LOOK_AHEAD`.
    """
    if positions.size == 0:
        return np.zeros(0, dtype=np.complex64)
    whole = np.floor(positions)
    phase = np.rint((positions - whole) * _PHASES).astype(np.intp)
    start = whole.astype(np.intp) - LOOK_BACK
    table = phase_taps()
    out = np.zeros(positions.size, dtype=np.complex64)
    # Between slips of a whole sample, each tap reads one contiguous run of the signal.
    slips = np.flatnonzero(np.diff(start) != 1) + 1
    for first, last in zip((0, *slips), (*slips, positions.size), strict=True):
        for k in range(N_TAPS):
            begin = start[first] + k
            out[first:last] += table[k].take(phase[first:last]) * samples[begin : begin + last - first]
    return out

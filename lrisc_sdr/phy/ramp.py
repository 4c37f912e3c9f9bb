# SPDX-License-Identifier: MIT
"""The phase of a delay: linear over the carriers."""

from __future__ import annotations

import numpy as np

from lrisc_sdr.compiled import compiled
from lrisc_sdr.types import ComplexArray


@compiled
def ramp(phase: float, delay: float, n_fft: int, factors: ComplexArray) -> None:
    """Fill e^{-j(phase - 2πk delay/N)} for the used carriers ascending, c64 `[n_used]`.

    Powers of one factor are doubled from half as many: nine roundings at the most, and no exponential but the first.
    """
    edge = factors.size // 2
    below, above = factors[:edge], factors[edge:]
    powers = np.empty(edge, dtype=np.complex64)
    angle = 2.0 * np.pi * delay / n_fft
    powers[0] = np.exp(1j * angle)
    known = 1
    while known < edge:
        factor, more = np.complex64(np.exp(1j * angle * known)), min(known, edge - known)
        done, new = powers[:more], powers[known : known + more]
        for i in range(more):
            new[i] = done[i] * factor
        known += more
    centre = np.complex64(np.exp(-1j * phase))
    for i in range(edge):
        above[i] = centre * powers[i]
        below[edge - 1 - i] = centre * np.conj(powers[i])

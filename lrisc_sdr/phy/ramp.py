# SPDX-License-Identifier: MIT
"""The phase of a delay: linear over the carriers."""

from __future__ import annotations

import numpy as np

from lrisc_sdr.compiled import compiled
from lrisc_sdr.types import ComplexArray

_FINE = 16


@compiled
def ramp(phase: float, delay: float, n_fft: int, factors: ComplexArray) -> None:
    """Fill e^{-j(phase - 2πk delay/N)} for the used carriers ascending, c64 `[n_used]`.

    Both halves are products of few exponentials: sixteen steps from carrier to carrier, and one leap for sixteen.
    """
    edge, angle = factors.size // 2, 2.0 * np.pi * delay / n_fft
    fine = np.empty(_FINE, dtype=np.complex64)
    step, leap = np.exp(1j * angle), 1.0 + 0.0j
    for i in range(_FINE):
        fine[i] = leap
        leap *= step
    _fill(np.exp(-1j * (phase + edge * angle)), leap, fine, factors[:edge])
    _fill(np.exp(-1j * (phase - angle)), leap, fine, factors[edge:])


@compiled
def _fill(value: complex, leap: complex, fine: ComplexArray, factors: ComplexArray) -> None:
    """Fill c64 `[n]` with `value` times the sixteen of `fine`, then with `leap` times that, and so on."""
    whole = factors.size // _FINE
    for block in range(whole):
        coarse, part = np.complex64(value), factors[block * _FINE : (block + 1) * _FINE]
        for i in range(_FINE):
            part[i] = coarse * fine[i]
        value *= leap
    coarse, part = np.complex64(value), factors[whole * _FINE :]
    for i in range(part.size):
        part[i] = coarse * fine[i]

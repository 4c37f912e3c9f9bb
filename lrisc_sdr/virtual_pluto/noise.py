# SPDX-License-Identifier: MIT
"""White Gaussian noise at the speed of a converter: sample n of a key is a function of both, whoever asks when.

    n = √(−2 ln u) e^(j 2π v)

with u and v uniform (Box and Muller, *A note on the generation of random normal deviates*, 1958), from the two halves
of a 64-bit mix of the sample's number (Steele, Lea and Flood, *Fast splittable pseudorandom number generators*, OOPSLA
2014). Logarithm, cosine and sine are polynomials, good to 1e-6, so that all of it runs in the processor's vectors.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.polynomial import Chebyshev, Polynomial
from numpy.typing import NDArray

from lrisc_sdr.compiled import compiled
from lrisc_sdr.types import ComplexArray

_BLOCK = 256
_MANTISSA_BITS = 23
_EXPONENT_OF_U = 127 + 31
"""What the exponent of single precision says of 2³¹, which stands for u = 1."""
_LN_4 = np.float32(2.0 * math.log(2.0))


def _fitted(
    function: Callable[[NDArray[np.float64]], NDArray[np.float64]], degree: int, begin: float, end: float
) -> tuple[np.float32, ...]:
    """Coefficients of a polynomial that meets a function at Chebyshev's points, the constant first."""
    met = Chebyshev.interpolate(function, degree, domain=[begin, end])  # type: ignore[no-untyped-call]
    polynomial = met.convert(kind=Polynomial)
    return tuple(np.float32(coefficient) for coefficient in polynomial.coef)


_LOGARITHM = _fitted(lambda m: -2.0 * np.log(m), 8, 1.0, 2.0)
_COSINE = _fitted(lambda w: np.cos(2.0 * np.pi * np.sqrt(w)), 8, 0.0, 0.25)
_SINE_OVER_V = _fitted(lambda w: 2.0 * np.pi * np.sinc(2.0 * np.sqrt(w)), 7, 0.0, 0.25)


@compiled
def white_noise(key: int, first: int, out: ComplexArray) -> None:
    """Write samples `first`, `first` + 1, … of the noise, c64 `[n]`: circular, E[|n|²] = 2.

    Args:
        key: which of 2⁶³ noises.
        first: number of the first sample.
        out: where to.
    """
    u, v, exponent = np.empty(_BLOCK, np.float32), np.empty(_BLOCK, np.float32), np.empty(_BLOCK, np.float32)
    bits = u.view(np.int32)
    for begin in range(0, out.size, _BLOCK):
        count = min(_BLOCK, out.size - begin)
        for k in range(count):
            z = np.uint64(key) + np.uint64(first + begin + k) * np.uint64(0x9E3779B97F4A7C15)
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            z = z ^ (z >> np.uint64(31))
            u[k] = np.float32(np.int32(z >> np.uint64(33))) + np.float32(0.5)
            v[k] = np.float32(np.int32(z & np.uint64(0xFFFFFFFF))) * np.float32(2.0**-32)
        for k in range(count):
            # u = m 2^e with m from 1 to 2: ln u = ln m + e ln 2
            exponent[k] = np.float32((bits[k] >> np.int32(_MANTISSA_BITS)) - np.int32(_EXPONENT_OF_U))
            bits[k] = (bits[k] & np.int32(0x007FFFFF)) | np.int32(0x3F800000)
        y = out[begin : begin + count].view(np.float32)
        for k in range(count):
            square = _horner(_LOGARITHM, u[k]) - _LN_4 * exponent[k]
            radius = math.sqrt(max(square, np.float32(0.0)))
            w = v[k] * v[k]
            y[2 * k] = radius * _horner(_COSINE, w)
            y[2 * k + 1] = radius * v[k] * _horner(_SINE_OVER_V, w)


@compiled
def _horner(coefficients: tuple[np.float32, ...], x: np.float32) -> np.float32:
    value = coefficients[-1]
    for k in range(len(coefficients) - 2, -1, -1):
        value = value * x + coefficients[k]
    return value

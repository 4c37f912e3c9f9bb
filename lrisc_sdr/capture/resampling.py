# SPDX-License-Identifier: MIT
"""Another sampling rate, one stretch at a time: rate_out = rate_in · L / M, by fast convolution in blocks.

    inputs    │◄ guard ►│◄──── S = k M ────►│◄ guard ►│   N = 2^a M,  X = FFT(x)
    outputs   │ dropped │◄──── T = k L ────►│ dropped │   P = 2^a L,  y = IFFT(Y),  Y[q mod P] = Σ_q H(q) X[q mod N]

H is 1 up to 0.92 of the lower half rate and falls as a raised cosine to 0 at 1.08 of it: its impulse response has died
away by 100 dB within the guard. (A. V. Oppenheim, R. W. Schafer, Discrete-Time Signal Processing, 8.7: overlap-save.)
Blocks begin at fixed places, so that a stream read in any pieces gives the same outputs to the last bit.

A real signal has its band from 0 to rate/2; the middle of it is moved to 0 first, x[i] (−j)^i, and H takes the mirror
image away.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lrisc_sdr.capture.stored import Source
from lrisc_sdr.types import ComplexArray, FloatArray

LARGEST_FACTOR = 1024
"""Of L and M. The nearest such ratio is at most 0.5 / 1024² from the one asked for: below a crystal's error."""

GUARD_SAMPLES = 128
"""At the lower rate."""
TRANSITION = 0.08
_LEAST_BLOCK = 8192
_BLOCK_OVER_GUARD = 16

_QUARTER_TURNS = np.array([1, -1j, -1, 1j], dtype=np.complex64)


@dataclass(frozen=True)
class Resampled:
    """A source at another rate.

    Attributes:
        source: at its own rate.
        ratio: L / M, the new rate over the old one; both at most `LARGEST_FACTOR`.
        from_real: the source's samples are real.
    """

    source: Source
    ratio: Fraction
    from_real: bool = False
    _last: dict[int, ComplexArray] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def n_samples(self) -> int:
        """See `Source`."""
        return self.position(self.source.n_samples)

    def position(self, index: int) -> int:
        """The first output that does not lie before input `index`."""
        return -(-index * self.ratio.numerator // self.ratio.denominator)

    def read(self, start: int, count: int) -> ComplexArray:
        """See `Source`. Reads whole blocks, and keeps the last one for the next call."""
        stop = start + max(min(count, self.n_samples - start), 0)
        result = np.empty(stop - start, dtype=np.complex64)
        length = self._kept * self.ratio.numerator
        for number in range(start // length, -(-stop // length)):
            first, last = max(start, number * length), min(stop, (number + 1) * length)
            result[first - start : last - start] = self._block(number)[first - number * length : last - number * length]
        return result

    def _block(self, number: int) -> ComplexArray:
        if number not in self._last:
            block = self._convolved(number)
            self._last.clear()
            self._last[number] = block
        return self._last[number]

    def _convolved(self, number: int) -> ComplexArray:
        from scipy import fft  # NumPy's own would take twice the precision, and the time

        up, down = self.ratio.numerator, self.ratio.denominator
        n_in, n_out = self._units * down, self._units * up
        spectrum = fft.fft(self._inputs((number * self._kept - self._guard) * down, n_in))
        response = self._response
        edge = response.size // 2
        bins = np.arange(-edge, edge + 1)
        passed = spectrum[bins % n_in] * response
        folded = np.zeros(n_out, dtype=np.complex64)
        # Beyond half of the new rate the band falls upon its other end.
        for part in (bins < -(n_out // 2), (bins >= -(n_out // 2)) & (bins < -(-n_out // 2)), bins >= -(-n_out // 2)):
            folded[bins[part] % n_out] += passed[part]
        outputs: ComplexArray = fft.ifft(folded)
        return outputs[self._guard * up : (self._guard + self._kept) * up]

    def _inputs(self, first: int, count: int) -> ComplexArray:
        """Inputs from `first`, which may lie before the beginning, to behind the end; there they are 0."""
        begin, end = max(first, 0), min(first + count, self.source.n_samples)
        padded = np.zeros(count, dtype=np.complex64)
        if begin < end:
            padded[begin - first : end - first] = self.source.read(begin, end - begin)
        if self.from_real:
            padded *= _QUARTER_TURNS[(first + np.arange(count)) % 4]
        return padded

    @cached_property
    def _guard(self) -> int:
        """g: the guard is g M inputs and g L outputs."""
        lower = min(self.ratio.numerator, self.ratio.denominator)
        return -(-GUARD_SAMPLES * (2 if self.from_real else 1) // lower)

    @cached_property
    def _units(self) -> int:
        """2^a."""
        least = max(_BLOCK_OVER_GUARD * self._guard, -(-_LEAST_BLOCK // self.ratio.denominator))
        return 1 << (least - 1).bit_length()

    @property
    def _kept(self) -> int:
        """k."""
        return self._units - 2 * self._guard

    @cached_property
    def _response(self) -> FloatArray:
        """H over the bins from below to above zero, with the gain of the transforms, f32, of odd length."""
        up, down = self.ratio.numerator, self.ratio.denominator
        cut = self._units * min(up, down / 2 if self.from_real else down) / 2
        edge = int((1.0 + TRANSITION) * cut)
        distance: NDArray[np.float64] = np.abs(np.arange(-edge, edge + 1)) / cut
        fall = np.clip((distance - (1.0 - TRANSITION)) / (2.0 * TRANSITION), 0.0, 1.0)
        gain = (2.0 if self.from_real else 1.0) * up / down
        response: FloatArray = (gain * 0.5 * (1.0 + np.cos(np.pi * fall))).astype(np.float32)
        return response


def rate_ratio(wanted_sps: float, given_sps: float) -> Fraction:
    """L / M, as near to the two rates' ratio as factors up to `LARGEST_FACTOR` come.

    Raises:
        ValueError: the rates are more than `LARGEST_FACTOR` apart.
    """
    exact = Fraction(wanted_sps) / Fraction(given_sps)
    if exact <= 1:
        ratio = exact.limit_denominator(LARGEST_FACTOR)
    else:
        inverse = (1 / exact).limit_denominator(LARGEST_FACTOR)
        ratio = 1 / inverse if inverse else Fraction(0)
    if ratio <= 0:
        raise ValueError(f"{given_sps:g} and {wanted_sps:g} samples/s are too far apart")
    return ratio

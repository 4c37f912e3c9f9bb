# SPDX-License-Identifier: MIT
"""Another sampling rate, one stretch at a time: a polyphase filter whose every output depends on its inputs alone.

    y[n] = Σ_i h[n M − i L + K] x[i],    rate_out = rate_in · L / M,    h: low-pass around K, cut at the lower half rate

(P. P. Vaidyanathan, Multirate Systems and Filter Banks, 4.1). However a stream is cut into stretches, the same inputs
meet the same coefficients in the same order, so that the outputs are the same to the last bit.

A real signal has its band from 0 to rate/2; the middle of it is moved to 0 first, x[i] (−j)^i, and the filter takes the
mirror image away.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lrisc_sdr.capture.stored import Source
from lrisc_sdr.types import ComplexArray

LARGEST_FACTOR = 1024
"""Of L and M. The nearest such ratio is at most 0.5 / 1024² from the one asked for: below a crystal's error."""

HALF_LENGTH = 32
"""K over the larger of L and M: 80 dB beyond a transition from 0.92 to 1.08 of the cut."""
_KAISER_BETA = 7.86

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

    @property
    def n_samples(self) -> int:
        """See `Source`."""
        return self.position(self.source.n_samples)

    def position(self, index: int) -> int:
        """The first output that does not lie before input `index`."""
        return -(-index * self.ratio.numerator // self.ratio.denominator)

    def read(self, start: int, count: int) -> ComplexArray:
        """See `Source`. Reads no more inputs than these outputs need, and a filter's length on either side."""
        count = max(min(count, self.n_samples - start), 0)
        if not count:
            return np.zeros(0, dtype=np.complex64)
        from scipy import signal  # takes a second, and most captures have their waveform's rate

        up, down = self.ratio.numerator, self.ratio.denominator
        taps = _low_pass(up, down, self.from_real)
        delay = (taps.size - 1) // 2
        # From a multiple of M on, outputs fall on every M-th value of the filter.
        first = (start * down - delay) // up // down * down
        last = ((start + count - 1) * down + delay) // up
        inputs = self._inputs(first, last + 1 - first)
        outputs = signal.upfirdn(taps, inputs, up, down)
        skipped = (start * down + delay - first * up) // down
        result: ComplexArray = np.ascontiguousarray(outputs[skipped : skipped + count], dtype=np.complex64)
        return result

    def _inputs(self, first: int, count: int) -> ComplexArray:
        """Inputs from `first`, which may lie before the beginning, to behind the end; there they are 0."""
        samples = self.source.read(max(first, 0), count + min(first, 0))
        padded = np.zeros(count, dtype=np.complex64)
        padded[max(-first, 0) :][: samples.size] = samples
        if self.from_real:
            padded *= _QUARTER_TURNS[(first + np.arange(count)) % 4]
        return padded


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


@cache
def _low_pass(up: int, down: int, from_real: bool) -> NDArray[np.float32]:
    """h, f32, of odd length; half of it is a multiple of M, so that y[n] lies at the time of x[n M / L]."""
    from scipy import signal

    cut = max(2 * up if from_real else up, down)
    half = -(-HALF_LENGTH * cut // down) * down
    gain = 2 * up if from_real else up
    taps: NDArray[np.float32] = (gain * signal.firwin(2 * half + 1, 1.0 / cut, window=("kaiser", _KAISER_BETA))).astype(
        np.float32
    )
    taps.flags.writeable = False
    return taps

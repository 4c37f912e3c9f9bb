# SPDX-License-Identifier: MIT
"""What a receiver's front end did to a signal: level, clipping, carrier leak, mirror image; in one pass."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lrisc_sdr.types import ComplexArray

LEAST_CLIPPED = 8
LEAST_CLIPPED_SHARE = 1e-5


@dataclass(frozen=True)
class Levels:
    """Levels of a signal; None where there is nothing to measure.

    Attributes:
        rms_dbfs: root mean square over full scale, without the carrier leak `[dB]`.
        peak_dbfs: largest magnitude over full scale `[dB]`.
        clipped_share: values, I and Q each, that lie at their largest magnitude, where a converter clips; 0 where they
            are so few that it is chance.
        dc_dbc: power of the mean value, which is the carrier leak, over that of the rest `[dB]`.
        image_dbc: power of the mirror image over that of the signal `[dB]`.
    """

    rms_dbfs: float | None
    peak_dbfs: float | None
    clipped_share: float
    dc_dbc: float | None
    image_dbc: float | None


class LevelMeter:
    """Takes samples, c64, and measures over all of them."""

    def __init__(self) -> None:
        self._n = 0
        self._sum = self._square = 0j
        self._power = 0.0
        self._peak_power = self._limit = 0.0
        self._at_limit = 0

    def add(self, samples: ComplexArray) -> None:
        """Take the next samples."""
        if samples.size == 0:
            return
        values = np.abs(samples.view(np.float32))
        limit = float(values.max())
        if limit > self._limit:
            self._limit, self._at_limit = limit, 0
        if limit == self._limit:
            self._at_limit += int(np.count_nonzero(values == limit))
        wide = samples.astype(np.complex128)
        powers = wide.real**2 + wide.imag**2
        self._n += samples.size
        self._sum += complex(wide.sum())
        self._square += complex((wide * wide).sum())
        self._power += float(powers.sum())
        self._peak_power = max(self._peak_power, float(powers.max()))

    def measure(self) -> Levels:
        """The levels of what came so far.

        Gains a and b of signal and image, y = a x + b x*, make a signal improper whose E[x²] is 0, as those of modems
        are, also with a frequency offset: |E[y²]| / E[|y|²] = 2 |a b| / (|a|² + |b|²) = ρ, and
        |b / a| = (1 − √(1 − ρ²)) / ρ. (M. Valkama et al., IEEE Trans. Signal Processing 49(10), 2001.)
        """
        if self._power == 0.0:
            return Levels(None, None, 0.0, None, None)
        mean = self._sum / self._n
        power = self._power / self._n - abs(mean) ** 2
        share = self._at_limit / (2 * self._n)
        clipped = self._at_limit >= LEAST_CLIPPED and share >= LEAST_CLIPPED_SHARE
        # Of a constant nothing but rounding is left.
        alternates = power > 1e-12 * self._power / self._n
        improper = min(abs(self._square / self._n - mean**2) / power, 1.0) if alternates else 0.0
        ratio = (1.0 - math.sqrt(1.0 - improper**2)) / improper if improper > 1e-9 else 0.0
        return Levels(
            rms_dbfs=10.0 * math.log10(power) if alternates else None,
            peak_dbfs=10.0 * math.log10(self._peak_power),
            clipped_share=share if clipped else 0.0,
            dc_dbc=10.0 * math.log10(abs(mean) ** 2 / power) if alternates and mean else None,
            image_dbc=20.0 * math.log10(ratio) if ratio else None,
        )

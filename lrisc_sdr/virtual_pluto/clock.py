# SPDX-License-Identifier: MIT
"""One crystal makes a radio's oscillators and its sampling clock.

A crystal that runs ε too fast, and faster by δ every second, has counted own(t) = (1 + ε)(t + ½ δ t²) of its own
seconds at the time t. The driver divides by what it takes the crystal's frequency to be (`xo_correction`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

NOMINAL_HZ = 40_000_000
"""What is printed on the crystal."""


@dataclass(frozen=True)
class Crystal:
    """A crystal and what its driver takes it for.

    Attributes:
        ppm: ε, its error `[parts per million]`.
        drift: δ `[1/s]`.
        correction_hz: the driver's value of its frequency `[Hz]`.
    """

    ppm: float = 0.0
    drift: float = 0.0
    correction_hz: int = NOMINAL_HZ

    @property
    def scale(self) -> float:
        """Frequencies that come out over those that were asked for, at the time 0."""
        return (1.0 + self.ppm * 1e-6) * NOMINAL_HZ / self.correction_hz


class SampleClock:
    """Counts samples: n(t) = n₀ + rate · (own(t) − own(t₀)), from the last change of the rate on."""

    def __init__(self, crystal: Crystal, rate_sps: float) -> None:
        self._rate_sps = rate_sps * crystal.scale
        self._drift = crystal.drift
        self._n = 0.0
        self._t_s = 0.0

    def at(self, time_s: float) -> float:
        """Samples at a time, with a fraction."""
        elapsed_s = (time_s - self._t_s) * (1.0 + 0.5 * self._drift * (time_s + self._t_s))
        return self._n + self._rate_sps * elapsed_s

    def time_s(self, n: float) -> float:
        """The time of a sample `[s]`."""
        # t + ½ δ t² = own, solved without the difference of two large numbers
        own_s = (n - self._n) / self._rate_sps + self._t_s * (1.0 + 0.5 * self._drift * self._t_s)
        return 2.0 * own_s / (1.0 + math.sqrt(1.0 + 2.0 * self._drift * own_s))

    def change(self, time_s: float, crystal: Crystal, rate_sps: float) -> None:
        """Another rate from a time on."""
        self._n, self._t_s = self.at(time_s), time_s
        self._rate_sps, self._drift = rate_sps * crystal.scale, crystal.drift


def cycles(time_s: float, lo_hz: float, crystal: Crystal, other_lo_hz: float, other: Crystal) -> float:
    """Return by how many cycles an oscillator has run ahead of another radio's since the time 0."""
    # The difference of the frequencies first: the cycles of either are too many for a fraction of one to be exact.
    ahead = lo_hz * crystal.scale - other_lo_hz * other.scale
    drift = lo_hz * crystal.scale * crystal.drift - other_lo_hz * other.scale * other.drift
    return time_s * (ahead + 0.5 * drift * time_s)

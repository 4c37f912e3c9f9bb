# SPDX-License-Identifier: MIT
"""Time on the air of a stream that has silence in it."""

from __future__ import annotations

import numpy as np

from lrisc_sdr.radio.air import LEAST_PAUSE_S, Air
from lrisc_sdr.types import ComplexArray


class StreamMeter:
    """Tells bursts from pauses in a stream, and accounts for both before they are sent.

    Samples of exactly 0 for `LEAST_PAUSE_S` or more are a pause; shorter silence belongs to the burst around it.

    Args:
        air: that is charged.
        rate_sps: of the stream `[samples/s]`.
    """

    def __init__(self, air: Air, rate_sps: float) -> None:
        self._air = air
        self._pause = round(LEAST_PAUSE_S * rate_sps)
        # Before the first burst there is a pause.
        self._silent = self._pause

    def take(self, samples: ComplexArray) -> None:
        """Account for c64 `[n]` that follow on what was taken before; what `Air.charge` raises comes through."""
        sounding = np.flatnonzero(samples)
        if sounding.size == 0:
            self._silent += samples.size
            return
        breaks = np.flatnonzero(np.diff(sounding) > self._pause)
        starts = sounding[np.r_[0, breaks + 1]]
        ends = sounding[np.r_[breaks, sounding.size - 1]] + 1
        position = 0
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            self._silent += start - position
            if self._silent >= self._pause:
                self._air.idle(self._silent)
                self._silent = 0
            self._air.charge(self._silent + end - start)
            self._silent, position = 0, end
        self._silent = samples.size - position

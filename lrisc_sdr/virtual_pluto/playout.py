# SPDX-License-Identifier: MIT
"""What a transmitter's converter plays: buffers one after the other with silence between them, or one for ever."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, replace

import numpy as np

from lrisc_sdr.types import ComplexArray

_FOREVER = 1 << 62


@dataclass(frozen=True)
class Emission:
    """How a transmitter sends.

    Attributes:
        amplitude: gain of the attenuator over the reference; 0 where it is powered down.
        lo_hz: its oscillator's frequency as it was set `[Hz]`.
    """

    amplitude: float
    lo_hz: float


@dataclass(frozen=True)
class _Segment:
    first: int
    end: int
    samples: ComplexArray


class Playout:
    """Samples of a transmitter by their number, counted from the time 0 by its own clock, and how each one is sent."""

    def __init__(self, emission: Emission) -> None:
        self._segments: deque[_Segment] = deque()
        self._changes: list[tuple[int, Emission]] = [(-_FOREVER, emission)]
        self.end = 0

    @property
    def emission(self) -> Emission:
        """How it sends now."""
        return self._changes[-1][1]

    def push(self, samples: ComplexArray, now: int, cyclic: bool = False) -> None:
        """Play c64 `[n]` after what is queued, not before sample `now`; cyclic: again and again until `stop`."""
        first = max(self.end, now)
        end = _FOREVER if cyclic else first + samples.size
        self._segments.append(_Segment(first, end, samples))
        self.end = first if cyclic else end

    def waiting(self, now: int) -> list[int]:
        """The ends of the buffers that are not played at sample `now`, ascending; cyclic ones have none."""
        return [s.end for s in self._segments if now < s.end < _FOREVER]

    def stop(self, now: int) -> None:
        """Play nothing from sample `now` on."""
        self._segments = deque(replace(s, end=min(s.end, now)) for s in self._segments if s.first < now)
        self.end = min(self.end, now)

    def change(self, emission: Emission, now: int) -> None:
        """Send otherwise from sample `now` on."""
        if emission != self.emission:
            self._changes.append((now, emission))

    def forget(self, before: int) -> None:
        """Nobody will ask for samples before this one."""
        while self._segments and self._segments[0].end <= before:
            self._segments.popleft()
        del self._changes[: bisect_right(self._changes, before, key=lambda change: change[0]) - 1]

    def samples(self, first: int, count: int) -> ComplexArray | None:
        """Return samples `first` … `first` + `count` − 1, c64 `[count]`, or None where nothing is played."""
        out: ComplexArray | None = None
        for segment in self._segments:
            begin, end = max(first, segment.first), min(first + count, segment.end)
            if begin >= end:
                continue
            if out is None:
                out = np.zeros(count, dtype=np.complex64)
            if segment.end - segment.first == segment.samples.size:
                piece = segment.samples[begin - segment.first : end - segment.first]
            else:
                piece = segment.samples.take(np.arange(begin - segment.first, end - segment.first), mode="wrap")
            out[begin - first : end - first] = piece
        return out

    def emissions(self, first: int, count: int) -> list[tuple[slice, Emission]]:
        """How samples `first` … `first` + `count` − 1 are sent: slices of them, without a gap."""
        last = len(self._changes)
        parts = []
        for k, (start, emission) in enumerate(self._changes):
            stop = self._changes[k + 1][0] if k + 1 < last else _FOREVER
            begin, end = max(start, first), min(stop, first + count)
            if begin < end:
                parts.append((slice(begin - first, end - first), emission))
        return parts

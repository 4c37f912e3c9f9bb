# SPDX-License-Identifier: MIT
"""The stretch of a stream that is still needed, in one piece."""

from __future__ import annotations

import numpy as np

from lrisc_sdr.types import ComplexArray


class Buffer:
    """Samples from position `first` on; they are moved to the front only when room runs out, and by doubling the room.

    Args:
        first: position of the stream's first sample.
        capacity: room to begin with `[samples]`.
    """

    def __init__(self, first: int, capacity: int) -> None:
        self.first = first
        self._room: ComplexArray = np.zeros(capacity, dtype=np.complex64)
        self._begin = self._end = 0

    @property
    def end(self) -> int:
        """Position one past the newest sample."""
        return self.first + self._end - self._begin

    def room(self, n_samples: int) -> ComplexArray:
        """Room behind the newest sample, c64 `[n_samples]`, to be filled by the caller and taken in by `extend`.

        It stays where it is until `extend` or `forget` is called.
        """
        kept = self._end - self._begin
        if self._end + n_samples > self._room.size:
            room = self._room
            if 2 * (kept + n_samples) > room.size:
                room = np.zeros(2 * room.size + n_samples, dtype=np.complex64)
            elif 8 * (kept + n_samples) < room.size:
                room = np.zeros(room.size // 2, dtype=np.complex64)
            room[:kept] = self._room[self._begin : self._end]
            self._room, self._begin, self._end = room, 0, kept
        return self._room[self._end : self._end + n_samples]

    def extend(self, n_samples: int) -> None:
        """Take in as many samples as were written to the `room`."""
        self._end += n_samples

    def read(self, first: int, end: int) -> ComplexArray:
        """The samples from position `first` to `end`, c64; a view where they are all here, zeros where they are not."""
        if first >= self.first and end <= self.end:
            begin = self._begin + first - self.first
            return self._room[begin : begin + end - first]
        samples = np.zeros(end - first, dtype=np.complex64)
        low, high = max(first, self.first), min(end, self.end)
        if low < high:
            samples[low - first : high - first] = self.read(low, high)
        return samples

    def forget(self, before: int) -> None:
        """Let go of the samples before a position."""
        dropped = min(max(before - self.first, 0), self._end - self._begin)
        self._begin += dropped
        self.first += dropped

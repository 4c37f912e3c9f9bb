# SPDX-License-Identifier: MIT
"""A capture's samples for a receiver: a stretch of them, torn where the recording is, no faster than wanted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from lrisc_sdr.capture.capture import CHUNK_SAMPLES, Capture
from lrisc_sdr.errors import UsageError
from lrisc_sdr.types import ComplexArray

PACED_S = 0.02
"""Length of the chunks where their time matters `[s]`."""


@dataclass(frozen=True)
class Playback:
    """What of a capture is played, and how fast.

    Attributes:
        from_s: where it begins, from the first sample on `[s]`.
        to_s: where it ends; 0 is the end `[s]`.
        speed: 1 is real time; 0 is as fast as can be.

    Raises:
        UsageError: there is no such stretch, or speed.
    """

    from_s: float = 0.0
    to_s: float = 0.0
    speed: float = 0.0

    def __post_init__(self) -> None:
        if self.from_s < 0.0 or self.speed < 0.0 or self.to_s < 0.0:
            raise UsageError("a capture is played from 0 s on, and no slower than 0")
        if 0.0 < self.to_s <= self.from_s:
            raise UsageError(f"from {self.from_s:g} s to {self.to_s:g} s there are no samples")

    def span(self, capture: Capture) -> tuple[int, int]:
        """The first sample, and the first one behind the last.

        Raises:
            UsageError: the capture is shorter.
        """
        start = round(self.from_s * capture.rate_sps)
        stop = min(round(self.to_s * capture.rate_sps), capture.n_samples) if self.to_s else capture.n_samples
        if start >= stop:
            length_s = capture.n_samples / capture.rate_sps
            raise UsageError(f"{capture.path.name} has {length_s:g} s: nothing lies from {self.from_s:g} s on")
        return start, stop

    def play(self, capture: Capture) -> Iterator[ComplexArray | None]:
        """Yield c64 `[n]`, and None where what follows does not join on; no chunk before its last sample's time."""
        start, stop = self.span(capture)
        if self.speed == 0.0:
            yield from capture.stretches(CHUNK_SAMPLES, start, stop)
            return
        rate_sps = self.speed * capture.rate_sps
        began_s, played = time.monotonic(), 0
        for chunk in capture.stretches(max(round(PACED_S * rate_sps), 1), start, stop):
            if chunk is not None:
                played += chunk.size
                time.sleep(max(began_s + played / rate_sps - time.monotonic(), 0.0))
            yield chunk

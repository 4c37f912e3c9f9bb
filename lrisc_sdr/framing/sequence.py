# SPDX-License-Identifier: MIT
"""Frames that did not come, by the numbers of those that did, and when enough of them have come."""

from __future__ import annotations

from dataclasses import dataclass

from lrisc_sdr.types import FrameHeader

QUIET_S = 1.0
"""A picture of which nothing came for so long has ended."""


@dataclass(frozen=True)
class Enough:
    """When a receiver has received enough.

    Attributes:
        pictures: so many, None for any number.
        duration_s: so long, by the samples' clock, None for ever `[s]`.
    """

    pictures: int | None = None
    duration_s: float | None = None


class FrameSequence:
    """Counts gaps in the numbers of frames, which their transmitter sends in order.

    What was sent before the first frame that came is not counted, and whole pictures that are missing are not: their
    numbers of frames are not known.

    Attributes:
        missing: frames that did not come.
        pictures: the numbers of the pictures of which frames came.
    """

    def __init__(self) -> None:
        self.missing = 0
        self.pictures: set[int] = set()
        self._last: FrameHeader | None = None
        self._heard = 0

    def note(self, header: FrameHeader, samples: int = 0) -> None:
        """A frame came, when so many samples had been received."""
        last, self._last, self._heard = self._last, header, samples
        self.pictures.add(header.picture_id)
        if last is None:
            return
        if header.picture_id == last.picture_id and header.index > last.index:
            self.missing += header.index - last.index - 1
        else:
            self.missing += last.count - 1 - last.index + header.index

    def end(self) -> None:
        """No frame follows: what is left of the last picture did not come."""
        if self._last is not None:
            self.missing += self._last.count - 1 - self._last.index
        self._last = None

    def has(self, enough: Enough, samples: int, rate_sps: float) -> bool:
        """Whether enough has come when so many samples have been received; a picture's last frame may be missing."""
        if enough.duration_s is not None and samples >= enough.duration_s * rate_sps:
            return True
        if enough.pictures is None or self._last is None or len(self.pictures) < enough.pictures:
            return False
        whole = self._last.index == self._last.count - 1
        return whole or samples - self._heard > QUIET_S * rate_sps

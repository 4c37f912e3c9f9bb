# SPDX-License-Identifier: MIT
"""Frames that did not come, by the numbers of those that did."""

from __future__ import annotations

from lrisc_sdr.types import FrameHeader


class FrameSequence:
    """Counts gaps in the numbers of frames, which their transmitter sends in order.

    What was sent before the first frame that came is not counted, and whole pictures that are missing are not: their
    numbers of frames are not known.

    Attributes:
        missing: frames that did not come.
    """

    def __init__(self) -> None:
        self.missing = 0
        self._last: FrameHeader | None = None

    def note(self, header: FrameHeader) -> None:
        """A frame came."""
        last, self._last = self._last, header
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

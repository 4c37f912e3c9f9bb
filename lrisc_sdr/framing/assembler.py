# SPDX-License-Identifier: MIT
"""Frames of several pictures as they come from a stream."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace

from lrisc_sdr.errors import SideInformationLost
from lrisc_sdr.framing.assembly import assemble, check_frame, picture_header
from lrisc_sdr.types import FrameHeader, ReceivedFrame, ReceivedLatents


@dataclass(frozen=True)
class AssemblerCounters:
    """What an `Assembler` has seen: frames, whole pictures, pictures with frames missing, pictures given up."""

    frames: int = 0
    complete: int = 0
    partial: int = 0
    lost: int = 0


class Assembler:
    """Collects frames as they come, of several pictures at once.

    A picture is finished when its last frame arrives, when `max_pictures` newer ones have begun (then with what it
    has), or at `flush`. One whose side information is lost is not returned but counted, and its id kept in `lost_ids`
    (the last 1,024 of them).
    """

    def __init__(self, max_pictures: int = 16) -> None:
        self.counters = AssemblerCounters()
        self.lost_ids: list[int] = []
        self._max_pictures = max_pictures
        self._open: OrderedDict[FrameHeader, dict[int, ReceivedFrame]] = OrderedDict()

    def add(self, frame: ReceivedFrame) -> ReceivedLatents | None:
        """Take one frame; return the picture that it completed or pushed out, if any.

        Raises:
            InputError: the frame's arrays do not match its header; nothing is kept of it.
        """
        check_frame(frame)
        self.counters = replace(self.counters, frames=self.counters.frames + 1)
        picture = picture_header(frame.header)
        frames = self._open.setdefault(picture, {})
        kept = frames.get(frame.header.index)
        if kept is None or frame.snr_db > kept.snr_db:
            frames[frame.header.index] = frame
        if len(frames) == picture.count:
            return self._finish(picture)
        if len(self._open) > self._max_pictures:
            return self._finish(next(iter(self._open)))
        return None

    def flush(self) -> list[ReceivedLatents]:
        """Return all pictures still open, oldest first, with erasures where frames are missing."""
        finished = [self._finish(picture) for picture in list(self._open)]
        return [picture for picture in finished if picture is not None]

    def _finish(self, picture: FrameHeader) -> ReceivedLatents | None:
        frames = self._open.pop(picture)
        counters = self.counters
        try:
            received = assemble(list(frames.values()))
        except SideInformationLost:
            self.counters = replace(counters, lost=counters.lost + 1)
            self.lost_ids = [*self.lost_ids[-1023:], picture.picture_id]
            return None
        if len(frames) == picture.count:
            self.counters = replace(counters, complete=counters.complete + 1)
        else:
            self.counters = replace(counters, partial=counters.partial + 1)
        return received

# SPDX-License-Identifier: MIT
"""What goes into the spool and what comes out of it."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, field
from enum import Enum

from lrisc_sdr.framing import assemble
from lrisc_sdr.link.messages import MAX_SEQUENCE, Result
from lrisc_sdr.link.wire import FrameRequest, read_frame
from lrisc_sdr.types import FrameHeader, ReceivedLatents

_SIGNATURE = struct.Struct(">HHIHB")
_PLACE = struct.Struct(">BQ")
ID_BYTES = 16


class State(str, Enum):
    """Where a picture is.

        open ──last frame, flush or deadline──► ready ──claim──► leased ──► done
         ▲                                        ▲                │   └──► partial ──frames too late──► done
         │                                        └──lease ended───┤
         └───────────────a missing frame came after all────────────┘   └──► quarantined, after three failures

    Attributes:
        OPEN: frames of it are still waited for.
        READY: can be decoded.
        LEASED: a worker has it.
        PARTIAL: decoded with erasures; its frames are kept for a while, a better version may follow.
        DONE: decoded; its frames are gone.
        QUARANTINED: its decoding failed three times; its frames are kept.
    """

    OPEN = "open"
    READY = "ready"
    LEASED = "leased"
    PARTIAL = "partial"
    DONE = "done"
    QUARANTINED = "quarantined"


@dataclass(frozen=True)
class SpooledFrame:
    """A frame as it came, checked.

    Attributes:
        id: BLAKE2b-128 of everything but the message's sequence number: the same frame sent again has the same.
        stream: who received it.
        header: of the frame.
        snr_db: estimated Es/N0 `[dB]`.
        head, body: the second and third part of its wire message.
    """

    id: bytes
    stream: str
    header: FrameHeader
    snr_db: float
    head: bytes
    body: bytes

    @classmethod
    def of(cls, request: FrameRequest, parts: list[bytes]) -> SpooledFrame:
        """Of a message that has been unpacked already."""
        frame = request.frame
        content = hashlib.blake2b(request.stream.encode(), digest_size=ID_BYTES)
        content.update(signature(frame.header))
        content.update(_PLACE.pack(frame.header.index, min(frame.start_sample, MAX_SEQUENCE)))
        content.update(request.digest)
        return cls(content.digest(), request.stream, frame.header, frame.snr_db, parts[1], parts[2])


@dataclass(frozen=True)
class Arrived:
    """What became of frames that were put in.

    Attributes:
        new: of every frame, whether it was not there before.
        ready: numbers of the pictures that can be decoded now.
    """

    new: list[bool] = field(default_factory=list)
    ready: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Lease:
    """A picture that was claimed.

    Attributes:
        picture: its number in the spool, which never comes again.
        stream, header: of its frames; the header's index is 0.
        name: its files' name without an ending; the same however often it is decoded.
        held: how many of its frames there are.
        tries: how often its decoding has failed.
        frames: head and body of each.
    """

    picture: int
    stream: str
    header: FrameHeader
    name: str
    held: int
    tries: int
    frames: tuple[tuple[bytes, bytes], ...]

    def assemble(self) -> ReceivedLatents:
        """The picture's latents, with erasures for what is missing.

        Raises:
            SideInformationLost: its rate map did not survive the channel.
        """
        return assemble([read_frame(head, body) for head, body in self.frames])


@dataclass(frozen=True)
class Finished:
    """A picture that was decoded, or that cannot be: `result` lacks the spool's number and version.

    Attributes:
        picture, held: of the lease.
        result: what became of it.
    """

    picture: int
    held: int
    result: Result


@dataclass(frozen=True)
class Channel:
    """What a picture's frames tell of the channel: mean of the best frames' Es/N0 `[dB]`, frames there and sent."""

    picture_id: int
    snr_db: float
    held: int
    count: int


@dataclass(frozen=True)
class PictureRow:
    """A picture as `lrisc spool ls` shows it."""

    picture: int
    stream: str
    picture_id: int
    name: str
    state: State
    held: int
    count: int
    versions: int
    tries: int
    bytes: int
    error: str | None


def signature(header: FrameHeader) -> bytes:
    """What all headers of one picture have in common, packed."""
    return _SIGNATURE.pack(header.picture_id, header.count, header.n_symbols, header.side_bytes, header.side_repetition)


def header_of(packed: bytes) -> FrameHeader:
    """The inverse of `signature`; the index is 0."""
    picture_id, count, n_symbols, side_bytes, repetition = _SIGNATURE.unpack(packed)
    return FrameHeader(picture_id, 0, count, n_symbols, side_bytes, repetition)

# SPDX-License-Identifier: MIT
"""What a message says, once its envelope is opened: checked whole before anything is believed.

    header  a struct of `link.messages` as a MessagePack map, unknown fields forbidden
    body    the arrays that a frame's header lists, raw little-endian, one after the other; empty otherwise

What is checked: header against its struct and caps, finite numbers, names, types and shapes of the arrays, length of
the body = Σ shape × itemsize, finite symbols, noise variances > 0 (inf is an erasure). Nothing is ever unpickled, and
nothing is allocated from a length that the sender claims.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from lrisc_sdr.errors import InvalidMessage
from lrisc_sdr.link.arrays import check, put_together, taken_apart
from lrisc_sdr.link.envelope import opened, seal
from lrisc_sdr.link.messages import (
    MAX_SEQUENCE,
    MAX_TEXT,
    Flush,
    FrameHead,
    Listen,
    Reply,
    Request,
    Watch,
)
from lrisc_sdr.types import ReceivedFrame

_Message = TypeVar("_Message", bound=msgspec.Struct)

_encoder = msgspec.msgpack.Encoder()
_requests: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_replies: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)


@dataclass(frozen=True)
class FrameRequest:
    """A frame as a client sent it.

    Attributes:
        sequence: the number under which the client wants its answer.
        stream: that the frame belongs to.
        digest: SHA-256 of the frame's arrays.
    """

    sequence: int
    frame: ReceivedFrame
    stream: str
    digest: bytes


def pack(message: Flush | Watch | Listen | Reply) -> list[bytes]:
    """The parts of a message without arrays."""
    return seal(_encoder.encode(message))


def pack_frame(frame: ReceivedFrame, sequence: int, stream: str) -> list[bytes]:
    """The parts of a received frame of a stream.

    Raises:
        InvalidMessage: the frame is one that no receiver may send; the same checks as `unpack_request`.
    """
    head, body = taken_apart(frame, sequence, stream)
    packed = _encoder.encode(head)
    checked = _header(_requests, packed)
    assert isinstance(checked, FrameHead)
    check(put_together(checked, body))
    return seal(packed, body)


def unpack_request(parts: Sequence[bytes]) -> FrameRequest | Flush | Watch | Listen:
    """What a client said.

    Raises:
        DamagedMessage: it was changed on its way.
        InvalidMessage: the message breaks the format; the text says where.
    """
    header, body, digest = opened(parts)
    request = _header(_requests, header)
    if isinstance(request, FrameHead):
        frame = put_together(request, body)
        check(frame)
        return FrameRequest(request.sequence, frame, request.stream, digest)
    _no_body(body)
    return request


def read_frame(header: bytes, body: bytes) -> ReceivedFrame:
    """The frame of a message that was checked when it came. Its arrays are views of `body`."""
    head = _requests.decode(header)
    assert isinstance(head, FrameHead)
    return put_together(head, body)


def unpack_reply(parts: Sequence[bytes]) -> Reply:
    """What the decoder said.

    Raises:
        DamagedMessage: it was changed on its way.
        InvalidMessage: the message breaks the format; the text says where.
    """
    header, body, _ = opened(parts)
    reply = _header(_replies, header)
    _no_body(body)
    return reply


def sequence_of(parts: Sequence[bytes]) -> int | None:
    """The number of a message that was refused, where it can still be read, so that its sender learns which it was."""
    try:
        value = msgspec.msgpack.decode(parts[1]).get("sequence")
    except (msgspec.MsgspecError, IndexError, AttributeError, ValueError, RecursionError):
        return None
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_SEQUENCE else None


def shorten(text: str) -> str:
    """One line of at most `MAX_TEXT` characters, fit for a message."""
    return " ".join(text.split())[:MAX_TEXT]


def _header(decoder: msgspec.msgpack.Decoder[_Message], header: bytes) -> _Message:
    try:
        message = decoder.decode(header)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise InvalidMessage(f"header: {shorten(str(error))}") from None
    for name in message.__struct_fields__:
        value = getattr(message, name)
        if isinstance(value, float) and not math.isfinite(value):
            raise InvalidMessage(f"header: {name} is not a finite number")
    return message


def _no_body(body: bytes) -> None:
    if body:
        raise InvalidMessage("only frames have a body")

# SPDX-License-Identifier: MIT
"""The wire format: `[magic, header, body]`, checked whole before anything is believed.

    magic   b"LRISC" and one byte of version
    header  a struct of `link.messages` as a MessagePack map, unknown fields forbidden, at most 8 KiB
    body    the arrays that a frame's header lists, raw little-endian, one after the other; empty otherwise

What is checked: number of parts, magic, version, header against its struct and caps, finite numbers, names, types and
shapes of the arrays, length of the body = Σ shape × itemsize, finite symbols, noise variances > 0 (inf is an erasure).
Nothing is ever unpickled, and nothing is allocated from a length that the sender claims.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec
import numpy as np

from lrisc_sdr.errors import InvalidMessage
from lrisc_sdr.link.messages import (
    MAX_CARRIERS,
    MAX_SEQUENCE,
    MAX_SYMBOLS,
    MAX_TEXT,
    ArrayHead,
    Flush,
    FrameHead,
    Listen,
    Reply,
    Request,
    Watch,
)
from lrisc_sdr.types import ComplexArray, FloatArray, FrameHeader, ReceivedFrame

NAME = b"LRISC"
VERSION = 1
MAGIC = NAME + bytes([VERSION])
MAX_HEADER = 8_192
MAX_BODY = 12 * MAX_SYMBOLS + 8 * MAX_CARRIERS
PARTS = 3

_ITEMSIZE = {"<c8": 8, "<f4": 4}
_LAYOUT = (("symbols", "<c8"), ("noise_var", "<f4"), ("channel", "<c8"))

_Message = TypeVar("_Message", bound=msgspec.Struct)

_encoder = msgspec.msgpack.Encoder()
_requests: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_replies: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)


@dataclass(frozen=True)
class FrameRequest:
    """A frame as a client sent it, the number under which it wants its answer, and the stream that it belongs to."""

    sequence: int
    frame: ReceivedFrame
    stream: str


def pack(message: Flush | Watch | Listen | Reply) -> list[bytes]:
    """The parts of a message without arrays."""
    return [MAGIC, _encoder.encode(message), b""]


def pack_frame(frame: ReceivedFrame, sequence: int, stream: str) -> list[bytes]:
    """The parts of a received frame of a stream.

    Raises:
        InvalidMessage: the frame is one that no receiver may send; the same checks as `unpack_request`.
    """
    header = frame.header
    arrays = [np.asarray(frame.symbols, "<c8"), np.asarray(frame.noise_var, "<f4")]
    if frame.channel.size:
        arrays.append(np.asarray(frame.channel, "<c8"))
    head = FrameHead(
        sequence=sequence,
        stream=stream,
        picture_id=header.picture_id,
        index=header.index,
        count=header.count,
        n_symbols=header.n_symbols,
        side_bytes=header.side_bytes,
        side_repetition=header.side_repetition,
        snr_db=float(frame.snr_db),
        cfo_hz=float(frame.cfo_hz),
        sco_ppm=float(frame.sco_ppm),
        evm_db=float(frame.evm_db),
        start_sample=int(frame.start_sample),
        arrays=tuple(
            ArrayHead(name=name, dtype=dtype, shape=array.shape)  # type: ignore[arg-type]
            for (name, dtype), array in zip(_LAYOUT, arrays, strict=False)
        ),
    )
    parts = [MAGIC, _encoder.encode(head), b"".join(array.tobytes() for array in arrays)]
    unpack_request(parts)
    return parts


def unpack_request(parts: Sequence[bytes]) -> FrameRequest | Flush | Watch | Listen:
    """What a client said.

    Raises:
        InvalidMessage: the message breaks the format; the text says where.
    """
    header, body = _envelope(parts)
    request = _header(_requests, header)
    if isinstance(request, FrameHead):
        return FrameRequest(request.sequence, _frame(request, body), request.stream)
    _no_body(body)
    return request


def unpack_reply(parts: Sequence[bytes]) -> Reply:
    """What the decoder said.

    Raises:
        InvalidMessage: the message breaks the format; the text says where.
    """
    header, body = _envelope(parts)
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


def _envelope(parts: Sequence[bytes]) -> tuple[bytes, bytes]:
    if len(parts) != PARTS:
        raise InvalidMessage(f"a message has {PARTS} parts, this one has {len(parts)}")
    magic, header, body = parts
    if len(magic) != len(MAGIC) or magic[:-1] != NAME:
        raise InvalidMessage("the message does not begin with LRISC's magic")
    if magic[-1] != VERSION:
        raise InvalidMessage(f"wire format version {magic[-1]}, this end speaks {VERSION}")
    if len(header) > MAX_HEADER:
        raise InvalidMessage(f"a header of {len(header)} bytes, at most {MAX_HEADER} are allowed")
    if len(body) > MAX_BODY:
        raise InvalidMessage(f"a body of {len(body)} bytes, at most {MAX_BODY} are allowed")
    return header, body


def _header(decoder: msgspec.msgpack.Decoder[_Message], header: bytes) -> _Message:
    try:
        message = decoder.decode(header)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise InvalidMessage(f"header: {shorten(str(error))}") from None
    for name, value in msgspec.structs.asdict(message).items():
        if isinstance(value, float) and not math.isfinite(value):
            raise InvalidMessage(f"header: {name} is not a finite number")
    return message


def _no_body(body: bytes) -> None:
    if body:
        raise InvalidMessage("only frames have a body")


def _frame(head: FrameHead, body: bytes) -> ReceivedFrame:
    if head.index >= head.count:
        raise InvalidMessage(f"frame {head.index} of {head.count}")
    layout = tuple((array.name, array.dtype) for array in head.arrays)
    if layout != _LAYOUT[: len(layout)]:
        raise InvalidMessage("the arrays must be symbols <c8, noise_var <f4 and, if any, channel <c8")
    sizes = [array.shape[0] for array in head.arrays]
    if sizes[0] != head.n_symbols or sizes[1] != head.n_symbols:
        raise InvalidMessage(f"arrays of {sizes[0]} and {sizes[1]} for {head.n_symbols} symbols")
    if sizes[2:] and sizes[2] > MAX_CARRIERS:
        raise InvalidMessage(f"a channel of {sizes[2]} carriers, at most {MAX_CARRIERS} are allowed")
    expected = sum(size * _ITEMSIZE[array.dtype] for size, array in zip(sizes, head.arrays, strict=True))
    if len(body) != expected:
        raise InvalidMessage(f"a body of {len(body)} bytes where the header announces {expected}")
    symbols: ComplexArray = np.frombuffer(body, "<c8", sizes[0]).astype(np.complex64)
    noise_var: FloatArray = np.frombuffer(body, "<f4", sizes[1], offset=8 * sizes[0]).astype(np.float32)
    channel: ComplexArray = np.frombuffer(body, "<c8", offset=12 * sizes[0]).astype(np.complex64)
    if not (np.isfinite(symbols).all() and np.isfinite(channel).all()):
        raise InvalidMessage("symbols and channel must be finite")
    if not (noise_var > 0).all():
        raise InvalidMessage("noise variances must be greater than 0 (inf for an erasure)")
    return ReceivedFrame(
        header=FrameHeader(
            head.picture_id, head.index, head.count, head.n_symbols, head.side_bytes, head.side_repetition
        ),
        symbols=symbols,
        noise_var=noise_var,
        snr_db=head.snr_db,
        cfo_hz=head.cfo_hz,
        sco_ppm=head.sco_ppm,
        evm_db=head.evm_db,
        channel=channel,
        start_sample=head.start_sample,
    )

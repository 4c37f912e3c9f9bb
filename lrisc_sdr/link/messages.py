# SPDX-License-Identifier: MIT
"""The headers of the wire format: one frozen struct per kind of message, unknown fields forbidden.

    client → decoder                          decoder → client
    Watch    tell me every result             Welcome   the models that I have
    Listen   tell me of the channel           Welcome
    FrameHead (with a body of arrays)         Accepted  got it, on disk   |  Refused  malformed or unusable
    Flush    nothing follows for now          Busy      alive, but full: send it again later
                                              Result    one picture, decoded or failed
                                              ChannelReport  what the channel made of a picture
                                              Drained   every picture queued before that flush has its Result

`docs/wire-format.md` is the description for other languages.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

MAX_SYMBOLS = 524_280
MAX_CARRIERS = 65_536
MAX_TEXT = 1_000

# What every language's numbers can hold, JavaScript's included.
MAX_SEQUENCE = 2**53

Sequence = Annotated[int, Meta(ge=0, le=MAX_SEQUENCE)]
Text = Annotated[str, Meta(max_length=MAX_TEXT)]
ModelId = Annotated[str, Meta(pattern="^[0-9a-f]{8}$")]
StreamId = Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]
Size = Annotated[int, Meta(ge=0, le=65_535)]


class ArrayHead(Struct, frozen=True, forbid_unknown_fields=True):
    """One array of the body: its name, its little-endian type in NumPy's spelling, its shape."""

    name: Literal["symbols", "noise_var", "channel"]
    dtype: Literal["<c8", "<f4"]
    shape: tuple[Annotated[int, Meta(ge=0, le=MAX_SYMBOLS)]]


class FrameHead(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="frame"):
    """A received frame: the fields of `ReceivedFrame` and `FrameHeader`; its arrays are the body, in this order.

    Attributes:
        stream: 16 hexadecimal digits that a receiver draws for one run: its frames are put together with each other
            only, and a frame that it sends again is known as the same.
    """

    sequence: Sequence
    stream: StreamId
    picture_id: Annotated[int, Meta(ge=0, le=65_535)]
    index: Annotated[int, Meta(ge=0, le=255)]
    count: Annotated[int, Meta(ge=1, le=256)]
    n_symbols: Annotated[int, Meta(ge=1, le=MAX_SYMBOLS)]
    side_bytes: Annotated[int, Meta(ge=0, le=65_535)]
    side_repetition: Annotated[int, Meta(ge=1, le=4)]
    snr_db: float
    cfo_hz: float
    sco_ppm: float
    evm_db: float
    start_sample: Sequence
    arrays: Annotated[tuple[ArrayHead, ...], Meta(min_length=2, max_length=3)]


class Flush(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="flush"):
    """Nothing follows for now: decode this stream's partial pictures. Answered by `Accepted`, later by `Drained`."""

    sequence: Sequence
    stream: StreamId


class Watch(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="watch"):
    """Send me the `Result` of every picture, whoever sent its frames. Answered by `Welcome`."""

    sequence: Sequence


class Listen(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="listen"):
    """Send me the `ChannelReport` of every picture, whoever sent its frames. Answered by `Welcome`."""

    sequence: Sequence


class Welcome(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="welcome"):
    """The decoder is up and has these models."""

    sequence: Sequence
    models: Annotated[tuple[ModelId, ...], Meta(max_length=64)]


class Accepted(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="accepted"):
    """The message of this sequence number was valid and is on the decoder's disk."""

    sequence: Sequence


class Refused(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="refused"):
    """A message was refused.

    Attributes:
        sequence: null where it could not be read.
        damaged: it was changed on its way, and may arrive whole when it is sent again.
    """

    sequence: Sequence | None
    reason: Text
    damaged: bool = False


class Busy(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="busy"):
    """The decoder lives, but has no room: the message of this sequence number was not taken, send it again later.

    Attributes:
        queued: pictures that wait.
        sequence: null where no message is meant.
        reason: what there is no room in.
    """

    queued: Annotated[int, Meta(ge=0)]
    sequence: Sequence | None = None
    reason: Text = ""


class Result(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="result", kw_only=True):
    """One picture. As JSON, without `kind`, also the line that the decoder writes for it.

    Attributes:
        ok: whether `picture` and `jscc` were written; otherwise `error` is the line that says why not.
        height, width: `[pixels]`, null where the side information was lost.
        snr_db, cfo_hz: means over the received frames' estimates `[dB]`, `[Hz]`.
        decode_s: wall time from the received latents to both pictures `[s]`.
        picture, jscc: file names in the decoder's folder.
        stream: of the frames.
        number: counts the results of one spool.
        version: 1 for the first result of a picture; a later one, from more frames, takes the place of those before.
        complete: whether every frame of the picture was there.
        digest: BLAKE2b-128 of the picture's pixels, row by row; of the latents where nothing is decoded.
    """

    picture_id: Annotated[int, Meta(ge=0, le=65_535)]
    ok: bool
    error: Text | None = None
    height: Size | None = None
    width: Size | None = None
    frames_received: Annotated[int, Meta(ge=0)] | None = None
    frames_sent: Annotated[int, Meta(ge=0)] | None = None
    snr_db: float | None = None
    cfo_hz: float | None = None
    model_id: Text | None = None
    decode_s: float | None = None
    picture: Text | None = None
    jscc: Text | None = None
    stream: StreamId | None = None
    number: Annotated[int, Meta(ge=1)] | None = None
    version: Annotated[int, Meta(ge=1)] | None = None
    complete: bool | None = None
    digest: Annotated[str, Meta(pattern="^[0-9a-f]{32}$")] | None = None


class ChannelReport(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="channel_report"):
    """What the channel made of a picture: for the transmitter of the next one. It comes before the picture's `Result`,
    and also where the side information was lost.

    Attributes:
        snr_db: mean of the received frames' estimates of Es/N0 `[dB]`.
        frames_received, frames_lost: of those that the picture was cut into.
    """

    picture_id: Annotated[int, Meta(ge=0, le=65_535)]
    snr_db: float
    frames_received: Annotated[int, Meta(ge=1, le=256)]
    frames_lost: Annotated[int, Meta(ge=0, le=255)]


class Drained(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="drained"):
    """Every picture that waited when the flush of this sequence number came has had its `Result`."""

    sequence: Sequence


class Counters(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="counters"):
    """What the decoder has counted since its start; published only."""

    values: Annotated[dict[Annotated[str, Meta(max_length=64)], Annotated[int, Meta(ge=0)]], Meta(max_length=64)]


Request = FrameHead | Flush | Watch | Listen
Reply = Welcome | Accepted | Refused | Busy | Result | ChannelReport | Drained | Counters

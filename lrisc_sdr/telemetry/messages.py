# SPDX-License-Identifier: MIT
"""What is told, one frozen struct a kind: MessagePack between the processes, JSON (bytes as base64) to the page.

Every message has the name of its run: `telemetry.run_name`.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from lrisc_sdr.errors import InvalidMessage

BINS = 512
"""Frequencies of a row of the waterfall."""
ROW_LOWEST_DBFS = -110.0
ROW_STEP_DB = 0.5
"""A row's bytes: power in a bin of `BINS` through a Hann window is lowest + step · byte `[dBFS]`."""
SYMBOL_SCALE = 32.0
"""The constellation's signed bytes are `SYMBOL_SCALE` times a symbol of unit mean power."""
MAX_SYMBOLS = 512
MAX_CARRIERS = 4096
MAX_POINTS = 256
MAX_ROWS = 128
MAX_FILE = 8_000_000
MAX_MESSAGE = 3 * MAX_FILE

Name = Annotated[str, Meta(max_length=200)]
Line = Annotated[str, Meta(max_length=1_000)]
Count = Annotated[int, Meta(ge=0, le=2**53)]
PictureId = Annotated[int, Meta(ge=0, le=65_535)]
File = Annotated[bytes, Meta(max_length=MAX_FILE)]


class Message(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", kw_only=True):
    """Base of all: the name of the run."""

    run: Annotated[str, Meta(min_length=1, max_length=80)]


class Begun(Message, frozen=True, tag="begun"):
    """A run began.

    Attributes:
        verb: such as loop or rx.
        facts: what it does, in words, by what they are of: channel, waveform, radio, capture, model, steps.
    """

    verb: Name
    facts: Annotated[dict[Name, Name], Meta(max_length=16)]


class Ended(Message, frozen=True, tag="ended"):
    """A run ended."""


class Stage(Message, frozen=True, tag="stage"):
    """How far a run is; `total` is null where it is not known."""

    stage: Name
    done: Count
    total: Count | None


class Radio(Message, frozen=True, tag="radio"):
    """What a radio receives with, as it was read back `[Hz]`, `[dB]`, `[samples/s]`."""

    name: Name
    lo_hz: float
    gain_db: float | None
    rate_sps: float


class Transmitter(Message, frozen=True, tag="transmitter"):
    """A transmitter: `armed` when its guard has agreed, `on` when it was powered up, `off` when it was found off.

    `band` is empty where whoever has switched it off was not told.
    """

    state: Literal["armed", "on", "off"]
    radio: Name
    band: Name


class Rows(Message, frozen=True, tag="rows"):
    """Rows of the waterfall, in the order of frequency.

    Attributes:
        samples: of the stream, where each row begins.
        levels: u8 `[rows, BINS]`; see `ROW_LOWEST_DBFS`.
    """

    samples: Annotated[list[Count], Meta(max_length=MAX_ROWS)]
    rate_sps: float
    levels: Annotated[bytes, Meta(max_length=MAX_ROWS * BINS)]


class Point(Struct, frozen=True, array_like=True):
    """One frame: where it began `[s]` of the stream, its picture and place in it, SNR, CFO, EVM `[dB, Hz, dB]`."""

    time_s: float
    picture_id: PictureId
    index: Annotated[int, Meta(ge=0, le=255)]
    snr_db: float
    cfo_hz: float
    evm_db: float


class Frames(Message, frozen=True, tag="frames"):
    """Frames since the last message of this kind, and the last of them in full.

    Attributes:
        points: the frames; the oldest are left out where there are more than `MAX_POINTS`.
        symbols: some of the symbols, i8 `[n, 2]`, real and imaginary; see `SYMBOL_SCALE`.
        channel_db: |H(f)|² over the carriers from the lowest frequency to the highest, f32 `[n_fft]` `[dB]`; NaN on
            unused ones.
        spacing_hz: between carriers `[Hz]`.
    """

    points: Annotated[list[Point], Meta(max_length=MAX_POINTS)]
    symbols: Annotated[bytes, Meta(max_length=2 * MAX_SYMBOLS)]
    channel_db: Annotated[bytes, Meta(max_length=4 * MAX_CARRIERS)]
    spacing_hz: float


class Funnel(Message, frozen=True, tag="funnel"):
    """A receiver's counters since its start; see `lrisc_sdr.phy.Counters`.

    Attributes:
        receiver: of which process; a run may have several, one after the other.
        busy_s: how long the receiver has worked `[s]`.
    """

    receiver: Count
    samples: Count
    detected: Count
    header_ok: Count
    payload_ok: Count
    interrupted: Count
    cut: Count
    rate_sps: float
    busy_s: float


class Overflows(Message, frozen=True, tag="overflows"):
    """How many buffers a receiver's radio has dropped since its start.

    Attributes:
        receiver: of which process.
    """

    receiver: Count
    dropped: Count


class Source(Message, frozen=True, tag="source"):
    """A picture as it is sent: name, and the bytes of a PNG or JPEG file."""

    picture_id: PictureId
    name: Name
    file: File


class Step(Message, frozen=True, tag="step"):
    """What the decoder would make of a picture if `done` of its steps were all; the bytes of a JPEG file."""

    picture_id: PictureId
    done: Annotated[int, Meta(ge=0, le=1_000)]
    steps: Annotated[int, Meta(ge=1, le=1_000)]
    file: File


class Picture(Message, frozen=True, tag="picture"):
    """A decoded or failed picture; as `lrisc_sdr.link.messages.Result`, with the bytes of both files."""

    picture_id: PictureId
    ok: bool
    stream: Name
    error: Line | None = None
    height: Count | None = None
    width: Count | None = None
    frames_received: Count | None = None
    frames_sent: Count | None = None
    snr_db: float | None = None
    cfo_hz: float | None = None
    decode_s: float | None = None
    final: File = b""
    jscc: File = b""


class Scores(Message, frozen=True, tag="scores"):
    """A picture against its source, as in the run's report; what is null there is null here."""

    picture_id: PictureId
    stream: Name
    name: Name
    psnr_db: float | None
    psnr_jscc_db: float | None
    ms_ssim: float | None
    lpips: float | None
    lpips_jscc: float | None


class Decoders(Message, frozen=True, tag="decoders"):
    """The decoder service, once a second: workers that are ready, pictures in its spool by their state."""

    workers: Count
    models: list[Name]
    spool: Annotated[dict[Name, Count], Meta(max_length=16)]
    used_bytes: Count
    quota_bytes: Count


STICKY = (Begun, Radio, Transmitter, Overflows)
"""The last of these is told again to whoever comes later."""

Told = (
    Begun
    | Ended
    | Stage
    | Radio
    | Transmitter
    | Rows
    | Frames
    | Funnel
    | Overflows
    | Source
    | Step
    | Picture
    | Scores
    | Decoders
)

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Told] = msgspec.msgpack.Decoder(Told)


def pack(message: Told) -> bytes:
    """The bytes of a message."""
    return _encoder.encode(message)


def unpack(content: bytes) -> Told:
    """The message of some bytes.

    Raises:
        InvalidMessage: it breaks the format.
    """
    try:
        return _decoder.decode(content)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise InvalidMessage(f"telemetry: {error}") from None

# SPDX-License-Identifier: MIT
"""Between the broker and its workers, on one machine and of one version: it is not part of the published format.

    worker (DEALER) → broker (ROUTER)            broker → worker
    Hello     I have these models                Batch     decode these, of one shape and model
    Beat      I live                             Beat      I live
    Outcomes  of pictures that you sent
    Broken    I cannot go on

A worker gets no more pictures than it has credit for: `credit` of its greeting, less those that it owes an outcome.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from msgspec import Struct

from lrisc_sdr.errors import InvalidMessage
from lrisc_sdr.link.jobs import Job, Outcome
from lrisc_sdr.link.messages import Result
from lrisc_sdr.types import ReceivedLatents


class Hello(Struct, frozen=True, tag="hello"):
    """A worker has loaded its network."""

    models: tuple[str, ...]
    max_batch: int
    credit: int


class Beat(Struct, frozen=True, tag="beat"):
    """Its sender lives."""


class Broken(Struct, frozen=True, tag="broken"):
    """A worker cannot do its work, whatever it is given: the message for the user, and the exit code."""

    message: str
    exit_code: int


class OutcomeHead(Struct, frozen=True):
    """An `Outcome`; its files are written already."""

    picture: int
    held: int
    result: Result | None
    failure: str | None


class Outcomes(Struct, frozen=True, tag="outcomes"):
    """What became of pictures."""

    items: tuple[OutcomeHead, ...]


class JobHead(Struct, frozen=True):
    """A `Job` without its arrays, which are a part of the message of their own: symbols `<c8`, then noise_var `<f4`."""

    picture: int
    held: int
    name: str
    picture_id: int
    rate_map: bytes
    height: int
    width: int
    model_id: str
    snr_db: float
    cfo_hz: float
    frames_received: int
    frames_sent: int


class Batch(Struct, frozen=True, tag="batch"):
    """Pictures to decode; as many parts with arrays follow."""

    jobs: tuple[JobHead, ...]


FromWorker = Hello | Beat | Broken | Outcomes
ToWorker = Batch | Beat

_encoder = msgspec.msgpack.Encoder()
_from_worker: msgspec.msgpack.Decoder[FromWorker] = msgspec.msgpack.Decoder(FromWorker)
_to_worker: msgspec.msgpack.Decoder[ToWorker] = msgspec.msgpack.Decoder(ToWorker)


def pack(message: FromWorker | Beat) -> list[bytes]:
    """The one part of a message without arrays."""
    return [_encoder.encode(message)]


def pack_outcomes(outcomes: Sequence[Outcome]) -> list[bytes]:
    """The message of outcomes whose files are written."""
    heads = tuple(OutcomeHead(item.picture, item.held, item.result, item.failure) for item in outcomes)
    return pack(Outcomes(heads))


def pack_jobs(jobs: Sequence[Job]) -> list[bytes]:
    """The parts of a batch."""
    heads = tuple(
        JobHead(
            picture=job.picture,
            held=job.held,
            name=job.name,
            picture_id=job.received.picture_id,
            rate_map=job.received.rate_map,
            height=job.received.height,
            width=job.received.width,
            model_id=job.received.model_id,
            snr_db=job.received.snr_db,
            cfo_hz=job.received.cfo_hz,
            frames_received=job.received.frames_received,
            frames_sent=job.received.frames_sent,
        )
        for job in jobs
    )
    arrays = [
        b"".join(
            (
                np.ascontiguousarray(job.received.symbols, "<c8").data,
                np.ascontiguousarray(job.received.noise_var, "<f4").data,
            )
        )
        for job in jobs
    ]
    return [_encoder.encode(Batch(heads)), *arrays]


def unpack_from_worker(parts: Sequence[bytes]) -> FromWorker:
    """What a worker said. Raises `InvalidMessage`."""
    try:
        return _from_worker.decode(parts[0])
    except (msgspec.MsgspecError, IndexError) as error:
        raise InvalidMessage(f"from a worker: {error}") from None


def unpack_to_worker(parts: Sequence[bytes]) -> list[Job] | Beat:
    """What the broker said: a batch, or that it lives. Raises `InvalidMessage`."""
    try:
        message = _to_worker.decode(parts[0])
        if isinstance(message, Beat):
            return message
        return [_job(head, body) for head, body in zip(message.jobs, parts[1:], strict=True)]
    except (msgspec.MsgspecError, IndexError, ValueError) as error:
        raise InvalidMessage(f"from the broker: {error}") from None


def _job(head: JobHead, body: bytes) -> Job:
    n = len(body) // 12
    received = ReceivedLatents(
        picture_id=head.picture_id,
        symbols=np.frombuffer(body, "<c8", n).astype(np.complex64),
        noise_var=np.frombuffer(body, "<f4", n, offset=8 * n).astype(np.float32),
        rate_map=head.rate_map,
        height=head.height,
        width=head.width,
        model_id=head.model_id,
        snr_db=head.snr_db,
        cfo_hz=head.cfo_hz,
        frames_received=head.frames_received,
        frames_sent=head.frames_sent,
    )
    return Job(head.picture, head.held, head.name, received)

# SPDX-License-Identifier: MIT
"""The decoder's worker: received latents in, results and the bytes of PNG files out. It knows no socket and no file.

Whoever holds one, a process of the service or an actor elsewhere, hands it batches of one shape and model.
"""

from __future__ import annotations

import hashlib
import io
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image

from lrisc_sdr import plugins, telemetry
from lrisc_sdr.errors import LriscError, UnknownModel
from lrisc_sdr.link.decoders import Pair, PictureDecoder
from lrisc_sdr.link.messages import Result
from lrisc_sdr.link.wire import shorten
from lrisc_sdr.telemetry.messages import Step
from lrisc_sdr.types import ByteArray, ReceivedLatents

log = logging.getLogger(__name__)

NULL = "null"
NULL_MODEL = "00000000"
PREVIEW = 512
"""A picture that is not done yet is told as one of at most so many pixels a side."""


@dataclass(frozen=True)
class Job:
    """A picture to decode.

    Attributes:
        picture, held: of its lease in the spool.
        name: of its files, without an ending.
        received: its latents.
    """

    picture: int
    held: int
    name: str
    received: ReceivedLatents


@dataclass(frozen=True)
class Outcome:
    """What became of a job.

    Attributes:
        picture, held: of the job.
        result: the picture, decoded or failed for good; None where it may go better another time.
        failure: why, where `result` is None.
        files: names and bytes of the files that `result` names.
    """

    picture: int
    held: int
    result: Result | None
    failure: str | None = None
    files: tuple[tuple[str, bytes], ...] = ()


class BatchWorker(Protocol):
    """What decodes batches: `Worker`, `NullWorker`, or something that passes them on to one of them elsewhere.

    Attributes:
        models: identities of the models that it has.
        max_batch: how many pictures it takes at once.
    """

    @property
    def models(self) -> tuple[str, ...]: ...

    @property
    def max_batch(self) -> int: ...

    def decode(self, jobs: Sequence[Job]) -> list[Outcome]:
        """One outcome a job, in their order. Pictures of one shape and model, at most `max_batch`."""
        ...


class Worker:
    """Decodes with a network.

    Args:
        decoder: the network.
        steps: diffusion steps of every picture.
        max_batch: how many pictures it takes at once.
    """

    def __init__(self, decoder: PictureDecoder, steps: int, max_batch: int = 1) -> None:
        self._decoder = decoder
        self._steps = steps
        self.max_batch = max_batch

    @property
    def models(self) -> tuple[str, ...]:
        """Identities of the models that it has."""
        return (self._decoder.model_id,)

    def decode(self, jobs: Sequence[Job]) -> list[Outcome]:
        """One outcome a job; a picture that breaks the network fails alone."""
        return [self._decode(job) for job in jobs]

    def _decode(self, job: Job) -> Outcome:
        started = time.perf_counter()
        received = job.received
        try:
            if received.model_id not in self.models:
                raise UnknownModel(
                    f"encoded by model {received.model_id}, which this decoder does not have "
                    f"(it has {', '.join(self.models)}): start it with --model FOLDER"
                )
            watch = partial(self._tell, received.picture_id) if telemetry.wanted() else None
            pair: Pair = self._decoder.decode(received, self._steps, watch=watch)
        except LriscError as error:
            # It is the picture's fault, and will be so every time.
            return Outcome(job.picture, job.held, result_of(received, error=str(error)))
        except Exception as error:
            log.exception("picture %d could not be decoded", received.picture_id)
            return Outcome(job.picture, job.held, None, f"the decoder raised {type(error).__name__}: {error}")
        decode_s = time.perf_counter() - started
        names = (f"{job.name}.png", f"{job.name}-jscc.png")
        files = ((names[1], _png(pair.jscc)), (names[0], _png(pair.picture)))
        done = result_of(received, decode_s=decode_s, names=names, digest=_digest(pair.picture))
        return Outcome(job.picture, job.held, done, files=files)

    def _tell(self, picture_id: int, done: int, pictures: Sequence[ByteArray]) -> None:
        """What the picture looks like after so many steps, to whoever watches."""
        run, content = telemetry.run_name(), _preview(pictures[0])
        telemetry.tell(Step(run=run, picture_id=picture_id, done=done, steps=self._steps, file=content))


class NullWorker:
    """Decodes nothing: what the service itself costs. Its results have the digest of the latents."""

    models = (NULL_MODEL,)
    max_batch = 16

    def decode(self, jobs: Sequence[Job]) -> list[Outcome]:
        """One outcome a job, without files."""
        return [
            Outcome(
                job.picture,
                job.held,
                result_of(job.received, decode_s=0.0, digest=_digest(job.received.symbols, job.received.noise_var)),
            )
            for job in jobs
        ]


def load(model: str | Path, steps: int) -> BatchWorker:
    """The worker of a model, or the one that decodes nothing where the model is `null`.

    A decoder that another package brings under the model's name needs no torch; ours does.

    Raises:
        LriscError: there is no such model, or torch is not installed.
    """
    if model == NULL:
        return NullWorker()
    make = plugins.load("decoders", str(model))
    if make is not None:
        return Worker(make(str(model)), steps)
    from lrisc_sdr.diffusion import Decoder

    return Worker(Decoder.from_pretrained(model), steps)


def result_of(
    received: ReceivedLatents,
    *,
    error: str | None = None,
    decode_s: float | None = None,
    names: tuple[str, str] | None = None,
    digest: str | None = None,
) -> Result:
    """The result of a picture, decoded or not; the spool adds its number and version."""
    return Result(
        picture_id=received.picture_id,
        ok=error is None,
        error=None if error is None else shorten(error),
        height=received.height,
        width=received.width,
        frames_received=received.frames_received,
        frames_sent=received.frames_sent,
        snr_db=float(received.snr_db),
        cfo_hz=float(received.cfo_hz),
        model_id=received.model_id,
        decode_s=decode_s,
        picture=names[0] if names else None,
        jscc=names[1] if names else None,
        digest=digest,
    )


def _png(image: ByteArray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(out, format="PNG")
    return out.getvalue()


def _preview(image: ByteArray) -> bytes:
    out = io.BytesIO()
    picture = Image.fromarray(np.ascontiguousarray(image))
    picture.thumbnail((PREVIEW, PREVIEW))
    picture.save(out, format="JPEG", quality=85)
    return out.getvalue()


def _digest(*arrays: np.ndarray) -> str:  # type: ignore[type-arg]
    content = hashlib.blake2b(digest_size=16)
    for array in arrays:
        content.update(np.ascontiguousarray(array).data)
    return content.hexdigest()

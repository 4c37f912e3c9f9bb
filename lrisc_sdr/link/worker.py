# SPDX-License-Identifier: MIT
"""The decoder's worker: received latents in, results and the bytes of PNG files out. It knows no socket and no file.

Whoever holds one, a process of the service or an actor elsewhere, hands it batches of one shape and model.
"""

from __future__ import annotations

import hashlib
import io
import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from lrisc_sdr import plugins, telemetry
from lrisc_sdr.errors import LriscError, UnknownModel
from lrisc_sdr.link.decoders import BatchDecoder, Pair, PictureDecoder
from lrisc_sdr.link.jobs import BatchWorker, Job, Outcome
from lrisc_sdr.link.messages import Result
from lrisc_sdr.link.wire import shorten
from lrisc_sdr.packaged_models import remedy
from lrisc_sdr.sampling import Sampling
from lrisc_sdr.telemetry.messages import Step
from lrisc_sdr.types import ByteArray, ReceivedLatents

log = logging.getLogger(__name__)

NULL = "null"
NULL_MODEL = "00000000"
GPU_BATCH = 8
PREVIEW = 512
"""A picture that is not done yet is told as one of at most so many pixels a side."""


class Worker:
    """Decodes with a network.

    Args:
        decoder: the network.
        sampling: how it makes every picture.
        max_batch: how many pictures it takes at once.
    """

    def __init__(self, decoder: PictureDecoder, sampling: Sampling, max_batch: int = 1) -> None:
        self._decoder = decoder
        self._sampling = sampling
        self.max_batch = max_batch

    @property
    def models(self) -> tuple[str, ...]:
        """Identities of the models that it has."""
        return (self._decoder.model_id,)

    def decode(self, jobs: Sequence[Job]) -> list[Outcome]:
        """One outcome a job; a picture that breaks the network fails alone."""
        if len(jobs) > 1 and isinstance(self._decoder, BatchDecoder) and jobs[0].received.model_id in self.models:
            started = time.perf_counter()
            received = [job.received for job in jobs]
            try:
                pairs = self._decoder.decode_batch(received, self._sampling, **self._watching(received))
            except Exception as error:  # noqa: BLE001 - each of them alone tells which one it is
                log.warning("a batch of %d could not be decoded: %s: %s", len(jobs), type(error).__name__, error)
            else:
                decode_s = (time.perf_counter() - started) / len(jobs)
                return [_decoded(job, pair, decode_s) for job, pair in zip(jobs, pairs, strict=True)]
        return [self._decode(job) for job in jobs]

    def _decode(self, job: Job) -> Outcome:
        started = time.perf_counter()
        received = job.received
        try:
            if received.model_id not in self.models:
                raise UnknownModel(
                    f"encoded by model {received.model_id}, which this decoder does not have "
                    f"(it has {', '.join(self.models)}): {remedy(received.model_id)}"
                )
            pair = self._decoder.decode(received, self._sampling, **self._watching([received]))
        except LriscError as error:
            # It is the picture's fault, and will be so every time.
            return Outcome(job.picture, job.held, result_of(received, error=str(error)))
        except Exception as error:
            log.exception("picture %d could not be decoded", received.picture_id)
            return Outcome(job.picture, job.held, None, f"the decoder raised {type(error).__name__}: {error}")
        return _decoded(job, pair, time.perf_counter() - started)

    def _watching(self, received: Sequence[ReceivedLatents]) -> dict[str, Callable[[int, list[ByteArray]], None]]:
        """The argument by which a decoder tells of its steps, where somebody wants to know."""
        if not telemetry.wanted():
            return {}

        def tell(done: int, pictures: Sequence[ByteArray]) -> None:
            for latents, picture in zip(received, pictures, strict=True):
                step = Step(
                    run=telemetry.run_name(), picture_id=latents.picture_id, done=done, steps=self._sampling.steps,
                    file=_preview(picture),
                )  # fmt: skip
                telemetry.tell(step)

        return {"watch": tell}


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


def load(model: str | Path, sampling: Sampling, slot: int = 0) -> BatchWorker:
    """The worker of a model, or the one that decodes nothing where the model is `null`.

    On a machine with GPUs the workers' slots go round them; a GPU takes several pictures at once.

    A decoder that another package brings under the model's name needs no torch; ours does.

    Raises:
        LriscError: there is no such model, or torch is not installed.
    """
    if model == NULL:
        return NullWorker()
    make = plugins.load("decoders", str(model))
    if make is not None:
        return Worker(make(str(model)), sampling)
    import torch

    from lrisc_sdr.diffusion import Decoder

    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    device = f"cuda:{slot % gpus}" if gpus else "cpu"
    return Worker(Decoder.from_pretrained(model, device), sampling, GPU_BATCH if gpus else 1)


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


def _decoded(job: Job, pair: Pair, decode_s: float) -> Outcome:
    names = (f"{job.name}.png", f"{job.name}-jscc.png")
    files = ((names[1], _png(pair.jscc)), (names[0], _png(pair.picture)))
    done = result_of(job.received, decode_s=decode_s, names=names, digest=_digest(pair.picture))
    return Outcome(job.picture, job.held, done, files=files)


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

# SPDX-License-Identifier: MIT
"""The decoder's working thread: received latents in, pictures in a folder and one result each out."""

from __future__ import annotations

import json
import logging
import os
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec

from lrisc_sdr.errors import ConfigurationError, LriscError, UnknownModel
from lrisc_sdr.link.messages import Drained, Result
from lrisc_sdr.link.wire import shorten
from lrisc_sdr.pictures import save_png
from lrisc_sdr.types import ByteArray, ReceivedLatents

log = logging.getLogger(__name__)

RESULTS = "pictures.jsonl"


class Pair(Protocol):
    """The two pictures that a decoder makes, u8 `[height, width, 3]`."""

    @property
    def picture(self) -> ByteArray: ...

    @property
    def jscc(self) -> ByteArray: ...


class PictureDecoder(Protocol):
    """What the service needs of a decoder; `lrisc_sdr.diffusion.Decoder` is one."""

    @property
    def model_id(self) -> str: ...

    def decode(self, received: ReceivedLatents, steps: int) -> Pair: ...


@dataclass(frozen=True)
class DrainedFor:
    """Tells a client that everything queued before its flush has had its result."""

    client: bytes
    message: Drained


Job = ReceivedLatents | Result | DrainedFor


class Worker:
    """Decodes on a thread of its own, one picture after the other, in the order in which they were queued.

    Args:
        decoder: the network.
        steps: diffusion steps of every picture.
        folder: where pictures and the JSON lines go; made if it does not exist.
        notify: called on the worker's thread after something was put into `finished`, or after the worker failed.

    Raises:
        ConfigurationError: the folder cannot be written.
    """

    def __init__(self, decoder: PictureDecoder, steps: int, folder: Path, notify: Callable[[], None]) -> None:
        self._decoder = decoder
        self._steps = steps
        self._folder = folder
        self._notify = notify
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self.finished: queue.SimpleQueue[Result | DrainedFor] = queue.SimpleQueue()
        self.failure: LriscError | None = None
        self._stopping = False
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lines = os.open(folder / RESULTS, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise ConfigurationError(f"{folder} cannot be written: {error.strerror}; choose another folder") from None
        # A daemon: an interrupted service does not wait for a picture of several minutes.
        self._thread = threading.Thread(target=self._run, name="decode", daemon=True)
        self._thread.start()

    @property
    def models(self) -> tuple[str, ...]:
        """Identities of the models that this host has."""
        return (self._decoder.model_id,)

    @property
    def queued(self) -> int:
        """Jobs that wait, without the one in hand."""
        return self._jobs.qsize()

    def put(self, job: Job) -> None:
        """Queue a picture, a failure to report, or a note to a client; never waits."""
        self._jobs.put(job)

    def stop(self, wait_s: float) -> bool:
        """Drop what is queued and end after the picture in hand; whether that happened within `wait_s`."""
        self._stopping = True
        self._jobs.put(None)
        self._thread.join(wait_s)
        if self._thread.is_alive():
            return False
        os.close(self._lines)
        return True

    def _run(self) -> None:
        try:
            while (job := self._jobs.get()) is not None and not self._stopping:
                if isinstance(job, ReceivedLatents):
                    job = self._decode(job)
                if isinstance(job, Result):
                    self._write_line(job)
                self.finished.put(job)
                self._notify()
        except OSError as error:
            self.failure = ConfigurationError(f"{self._folder} cannot be written: {error.strerror}; free some space")
            self._notify()
        except LriscError as error:
            self.failure = error
            self._notify()

    def _decode(self, received: ReceivedLatents) -> Result:
        started = time.perf_counter()
        pair: Pair | None = None
        failure: str | None = None
        try:
            if received.model_id not in self.models:
                raise UnknownModel(
                    f"encoded by model {received.model_id}, which this decoder does not have "
                    f"(it has {', '.join(self.models)}): start it with --model FOLDER"
                )
            pair = self._decoder.decode(received, self._steps)
        except LriscError as error:
            failure = str(error)
        except Exception as error:
            # One picture that breaks the network must not end the service.
            log.exception("picture %d could not be decoded", received.picture_id)
            failure = f"the decoder raised {type(error).__name__}: {error}"
        decode_s = time.perf_counter() - started
        names = None if pair is None else self._save(received.picture_id, pair)
        return Result(
            picture_id=received.picture_id,
            ok=failure is None,
            error=None if failure is None else shorten(failure),
            height=received.height,
            width=received.width,
            frames_received=received.frames_received,
            frames_sent=received.frames_sent,
            snr_db=float(received.snr_db),
            cfo_hz=float(received.cfo_hz),
            model_id=received.model_id,
            decode_s=decode_s if names else None,
            picture=names[0] if names else None,
            jscc=names[1] if names else None,
        )

    def _save(self, picture_id: int, pair: Pair) -> tuple[str, str]:
        """Names of the two files; ids come again in a long run, so a taken name gets a number."""
        stem, number = f"{picture_id:05d}", 1
        while (self._folder / f"{stem}.png").exists():
            number += 1
            stem = f"{picture_id:05d}-{number}"
        names = (f"{stem}.png", f"{stem}-jscc.png")
        save_png(self._folder / names[1], pair.jscc)
        save_png(self._folder / names[0], pair.picture)
        return names

    def _write_line(self, result: Result) -> None:
        line = as_json(result).encode() + b"\n"
        if os.write(self._lines, line) != len(line):
            raise OSError(28, os.strerror(28))


def as_json(result: Result) -> str:
    """The result as one line of JSON, without the wire format's `kind`."""
    fields = msgspec.to_builtins(result)
    del fields["kind"]
    return json.dumps(fields, allow_nan=False)

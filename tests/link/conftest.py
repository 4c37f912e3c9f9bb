# SPDX-License-Identifier: MIT
"""A decoder service on a thread, with a small stand-in for the network, and pictures' frames to send to it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lrisc_sdr import framing
from lrisc_sdr.errors import LriscError
from lrisc_sdr.link import Sender
from lrisc_sdr.link.client import Client
from lrisc_sdr.link.crew import Crew
from lrisc_sdr.link.messages import Drained, Flush, Reply, Result, Watch, Welcome
from lrisc_sdr.link.service import DecoderService
from lrisc_sdr.link.spool import Spool
from lrisc_sdr.link.wire import pack
from lrisc_sdr.link.worker import Worker
from lrisc_sdr.link.worker_process import serve as serve_worker
from lrisc_sdr.sampling import Sampling
from lrisc_sdr.types import ByteArray, Latents, ReceivedFrame, ReceivedLatents

MODEL = "0123abcd"


@dataclass(frozen=True)
class Pair:
    picture: ByteArray
    jscc: ByteArray


@dataclass
class GreyDecoder:
    """Makes grey pictures whose level is the number of symbols that arrived, and notes what it was given."""

    model_id: str = MODEL
    gate: threading.Event = field(default_factory=threading.Event)
    given: list[ReceivedLatents] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gate.set()

    def decode(self, received: ReceivedLatents, sampling: Sampling, *, watch: object = None) -> Pair:
        self.gate.wait(30)
        self.given.append(received)
        if received.rate_map == b"break":
            raise ValueError("rates do not add up")
        level = int(np.isfinite(received.noise_var).sum()) % 256
        picture = np.full((received.height, received.width, 3), level, np.uint8)
        return Pair(picture, picture // 2)


class Stop(Exception):
    """Ends a service's loop from outside, as Ctrl-C does."""


class RunningService:
    """A `DecoderService` on a thread, and a worker on another."""

    def __init__(self, endpoint: str, folder: Path, decoder: GreyDecoder, **options: Any) -> None:
        self.decoder = decoder
        self.folder = folder
        self.error: LriscError | None = None
        self._stop = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(endpoint, options))
        self._thread.start()
        assert self._ready.wait(60)
        self._worker = threading.Thread(target=self._work)
        self._worker.start()

    def _serve(self, endpoint: str, options: dict[str, Any]) -> None:
        spool = Spool(self.folder / "spool", quota_bytes=options.pop("quota_bytes", 10**8))
        self.crew = Crew(0, [], spool.folder)
        self.service = DecoderService(endpoint, spool=spool, crew=self.crew, folder=self.folder, **options)
        turn = self.service.turn

        def turn_or_stop() -> None:
            if self._stop.is_set():
                raise Stop
            turn()

        self.service.turn = turn_or_stop  # type: ignore[method-assign]
        self._ready.set()
        try:
            self.service.run()
        except Stop:
            pass
        except LriscError as error:
            self.error = error
        finally:
            self.service.close()

    def _work(self) -> None:
        with contextlib.suppress(LriscError):
            serve_worker(self.crew.endpoint, "w", self.folder, lambda: Worker(self.decoder, Sampling(2)), self._stop)

    def close(self) -> None:
        self._stop.set()
        self.decoder.gate.set()
        self._thread.join()
        self._worker.join()


@pytest.fixture
def grey_decoder() -> GreyDecoder:
    return GreyDecoder()


@pytest.fixture
def endpoint(tmp_path: Path) -> str:
    return f"ipc://{tmp_path}/decoder"


@pytest.fixture
def serve(endpoint: str, tmp_path: Path) -> Iterator[Callable[..., RunningService]]:
    running: list[RunningService] = []

    def start(deadline_s: float = 60.0, decoder: GreyDecoder | None = None, **options: Any) -> RunningService:
        options["deadline_s"] = deadline_s
        running.append(RunningService(endpoint, tmp_path / "out", decoder or GreyDecoder(), **options))
        return running[-1]

    yield start
    for service in running:
        service.close()


class Watcher(Client):
    """A client that watches, and takes the results of everything that was queued before now."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(endpoint, timeout_s=60)
        self.post(pack(Watch(self.next_sequence())))
        assert self.expect() == Welcome(1, (MODEL,))

    def results(self) -> list[Result]:
        self.post(pack(Flush(self.next_sequence(), self.stream)))
        replies: list[Reply] = []
        while not replies or not isinstance(replies[-1], Drained):
            replies.append(self.expect())
        return [reply for reply in replies if isinstance(reply, Result)]

    def next_result(self) -> Result:
        while not isinstance(reply := self.expect(), Result):
            pass
        return reply


@pytest.fixture
def watch(endpoint: str) -> Iterator[Callable[[], Watcher]]:
    watchers: list[Watcher] = []

    def start() -> Watcher:
        watchers.append(Watcher(endpoint))
        return watchers[-1]

    yield start
    for watcher in watchers:
        watcher.close()


def frames_of(
    picture_id: int, *, rate_map: bytes = b"map", model_id: str = MODEL, n: int = 900, height: int = 40
) -> list[ReceivedFrame]:
    """The frames of a 40 × 24 picture as a perfect receiver has them."""
    rng = np.random.default_rng(picture_id)
    symbols = (rng.standard_normal(n) + 1j * rng.standard_normal(n)).astype(np.complex64) / np.float32(np.sqrt(2))
    latents = Latents(symbols, rate_map, height=height, width=24, model_id=model_id)
    return [
        ReceivedFrame(
            header=frame.header,
            symbols=frame.symbols,
            noise_var=np.full(frame.symbols.size, 0.01, np.float32),
            snr_db=20.0,
            cfo_hz=100.0,
            sco_ppm=0.0,
            evm_db=-20.0,
            channel=np.ones(64, np.complex64),
            start_sample=0,
        )
        for frame in framing.segment(latents, picture_id, 10.0, max_frame_symbols=256)
    ]


@pytest.fixture(name="frames_of")
def frames_of_fixture() -> Callable[..., list[ReceivedFrame]]:
    return frames_of


@pytest.fixture
def send_pictures(endpoint: str) -> Callable[[range], None]:
    def send(numbers: range) -> None:
        with Sender(endpoint) as sender:
            for number in numbers:
                for frame in frames_of(number):
                    sender.send(frame)
            sender.flush()

    return send

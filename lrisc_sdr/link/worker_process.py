# SPDX-License-Identifier: MIT
"""A worker in a process of its own:

    python -m lrisc_sdr.link.worker_process --endpoint ENDPOINT --name NAME --folder FOLDER --model MODEL
        --steps N --start START --perception P

    broker ══ROUTER──DEALER══► this thread ──► decoding thread ─► BatchWorker ─► files in FOLDER
                     ◄══ outcomes ◄── inproc ◄────────┘

The broker's process starts it and ends it.
"""

from __future__ import annotations

import argparse
import logging
import queue
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import zmq

from lrisc_sdr.errors import LriscError, ProcessFailed
from lrisc_sdr.link.backend import Beat, Broken, Hello, pack, pack_outcomes, unpack_to_worker
from lrisc_sdr.link.endpoint import configure
from lrisc_sdr.link.jobs import BatchWorker, Job
from lrisc_sdr.link.lines import write_durably
from lrisc_sdr.link.messages import MAX_SYMBOLS
from lrisc_sdr.link.worker import load
from lrisc_sdr.sampling import Sampling

BEAT_S = 1.0
# A broker that has not said a word for so long is gone.
ALONE_S = 60.0


def serve(endpoint: str, name: str, folder: Path, make: Callable[[], BatchWorker], stop: threading.Event) -> None:
    """Work for a broker until it is gone or `stop` is set.

    Args:
        endpoint: where the broker hears its workers.
        name: of this worker, unlike all others.
        folder: where the pictures go.
        make: loads the worker.

    Raises:
        LriscError: the worker cannot be loaded, or the folder cannot be written; the broker is told.
    """
    context = zmq.Context()
    try:
        broker: zmq.Socket[bytes] = context.socket(zmq.DEALER)
        configure(broker)
        # Latents of several frames in one part.
        broker.setsockopt(zmq.MAXMSGSIZE, 256 * 12 * MAX_SYMBOLS)
        broker.setsockopt(zmq.IDENTITY, name.encode())
        broker.connect(endpoint)
        try:
            worker = make()
            broker.send_multipart(pack(Hello(worker.models, worker.max_batch, 2 * worker.max_batch)))
            _Loop(context, broker, worker, folder).run(stop)
        except LriscError as error:
            broker.setsockopt(zmq.LINGER, 1_000)
            broker.send_multipart(pack(Broken(str(error), error.exit_code)))
            broker.close()
            raise
    finally:
        context.destroy()


class _Loop:
    """The thread that owns the sockets, and the one that decodes."""

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        broker: zmq.Socket[bytes],
        worker: BatchWorker,
        folder: Path,
    ) -> None:
        self._context = context
        self._broker = broker
        self._worker = worker
        self._folder = folder
        self._done: zmq.Socket[bytes] = context.socket(zmq.PULL)
        self._done.bind("inproc://done")
        self._batches: queue.SimpleQueue[list[Job] | None] = queue.SimpleQueue()
        self._failure: LriscError | None = None

    def run(self, stop: threading.Event) -> None:
        thread = threading.Thread(target=self._decode, name="decode", daemon=True)
        thread.start()
        poller = zmq.Poller()
        poller.register(self._broker, zmq.POLLIN)
        poller.register(self._done, zmq.POLLIN)
        heard = beaten = time.monotonic()
        while not stop.is_set():
            ready = dict(poller.poll(100))
            now = time.monotonic()
            if self._done in ready:
                parts = self._done.recv_multipart()
                if self._failure is not None:
                    raise self._failure
                self._broker.send_multipart(parts)
            if self._broker in ready:
                heard = now
                message = unpack_to_worker(self._broker.recv_multipart())
                if not isinstance(message, Beat):
                    self._batches.put(message)
            if now - beaten >= BEAT_S:
                beaten = now
                self._broker.send_multipart(pack(Beat()), zmq.NOBLOCK)
            if now - heard > ALONE_S:
                raise ProcessFailed("the broker is gone")
        self._batches.put(None)

    def _decode(self) -> None:
        done: zmq.Socket[bytes] = self._context.socket(zmq.PUSH)
        done.connect("inproc://done")
        try:
            while (jobs := self._batches.get()) is not None:
                outcomes = self._worker.decode(jobs)
                write_durably(self._folder, [file for outcome in outcomes for file in outcome.files])
                done.send_multipart(pack_outcomes(outcomes))
        except LriscError as error:
            self._failure = error
            done.send(b"")
        except zmq.ZMQError:
            # The sockets' thread has ended meanwhile; the picture is decoded again by the next worker.
            return


def _make(model: str, sampling: Sampling, slot: int, ray_address: str | None) -> BatchWorker:
    if ray_address is None:
        return load(model, sampling, slot)
    from lrisc_sdr.link.ray_worker import RayWorker

    return RayWorker(ray_address, model, sampling)


def main(arguments: Sequence[str]) -> int:
    """Serve what the arguments name; returns the exit code."""
    parser = argparse.ArgumentParser(prog="lrisc_sdr.link.worker_process", allow_abbrev=False)
    for option in ("--endpoint", "--name", "--folder", "--model", "--steps", "--start", "--perception"):
        parser.add_argument(option, required=True)
    parser.add_argument("--slot", type=int, default=0)
    parser.add_argument("--ray-address")
    options = parser.parse_args(arguments)
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    try:
        sampling = Sampling(int(options.steps), options.start, float(options.perception))
        serve(
            options.endpoint,
            options.name,
            Path(options.folder),
            lambda: _make(options.model, sampling, options.slot, options.ray_address),
            threading.Event(),
        )
    except LriscError as error:
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

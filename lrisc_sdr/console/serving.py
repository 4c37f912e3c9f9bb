# SPDX-License-Identifier: MIT
"""The server's process: telemetry in on one thread, the page on another."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from lrisc_sdr.console.access import Access, Door
from lrisc_sdr.console.gallery import Entry, distances_db
from lrisc_sdr.console.replays import Replays
from lrisc_sdr.console.scene import Scene
from lrisc_sdr.errors import ConfigurationError, MissingExtra
from lrisc_sdr.sampling import Sampling
from lrisc_sdr.telemetry.messages import Told
from lrisc_sdr.telemetry.subscriber import Subscriber

MAX_CONNECTIONS = 96
MAX_HEADERS = 16_384
MAX_SAID = 1_024
WAIT_S = 0.2


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 is any free one.

    Raises:
        ConfigurationError: the port is taken, or the address is not this machine's.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=64)
    except OSError as error:
        why = (error.strerror or str(error)).partition(" (")[0]
        raise ConfigurationError(f"{host}:{port} cannot be bound: {why}; choose another --port or --host") from None


def serve(
    bound: socket.socket,
    access: Access,
    captures: Sequence[Path],
    model: str,
    sampling: Sampling,
    ready: Callable[[], None],
) -> None:
    """Serve the page until an interrupt.

    Args:
        bound: where; from `listen`.
        access: who may come in.
        captures: folders with captures that the page may replay.
        model, sampling: with which it decodes them.
        ready: called when the page can be opened.

    Raises:
        MissingExtra: starlette, uvicorn or websockets is not installed.
        ConfigurationError: another console watches already.
    """
    try:
        import uvicorn
        import websockets  # noqa: F401 - uvicorn takes it
        from starlette.applications import Starlette

        from lrisc_sdr.console.page import Page
    except ImportError as error:
        raise MissingExtra(error.name or "starlette", "console") from None
    scene = Scene()
    replays = Replays(captures, model, sampling, scene.replaying)
    subscriber = Subscriber(f"http://{access.host}:{access.port}/")
    try:
        page = Page(scene, replays)

        @contextlib.asynccontextmanager
        async def life(_: Starlette) -> AsyncIterator[None]:
            intake = Intake(scene, subscriber, asyncio.get_running_loop())
            ready()
            try:
                yield
            finally:
                await replays.stop()
                await asyncio.to_thread(intake.close)

        page.app.router.lifespan_context = life
        config = uvicorn.Config(
            Door(page.app, access),
            http="h11",
            ws="websockets-sansio",
            loop="asyncio",
            lifespan="on",
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=MAX_CONNECTIONS,
            h11_max_incomplete_event_size=MAX_HEADERS,
            ws_max_size=MAX_SAID,
            ws_per_message_deflate=False,
            timeout_keep_alive=5,
            timeout_graceful_shutdown=1,
        )
        uvicorn.Server(config).run(sockets=[bound])
    finally:
        subscriber.close()


class Intake:
    """What runs tell, into the scene; a thread waits for it.

    Args:
        scene: where it goes.
        subscriber: where it comes from.
        loop: whose thread has the scene.
    """

    def __init__(self, scene: Scene, subscriber: Subscriber, loop: asyncio.AbstractEventLoop) -> None:
        self._scene = scene
        self._subscriber = subscriber
        self._loop = loop
        self._stopping = threading.Event()
        self._comparing: set[asyncio.Task[None]] = set()
        self._one_at_a_time = asyncio.Semaphore(1)
        self._thread = threading.Thread(target=self._run, name="telemetry", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            batch = list(self._subscriber.receive(WAIT_S))
            if batch and not self._stopping.is_set():
                # Where the page's thread is busy this one waits, and what is told meanwhile is dropped by who tells it.
                waiting = asyncio.run_coroutine_threadsafe(self._take(batch), self._loop)
                while not self._stopping.is_set():
                    with contextlib.suppress(concurrent.futures.TimeoutError):
                        waiting.result(WAIT_S)
                        break

    async def _take(self, batch: Sequence[Told]) -> None:
        for told in batch:
            entry = self._scene.take(told)
            if entry is not None and len(entry.files) == 3 and entry.facts.get("psnr_db") is None:
                task = asyncio.create_task(self._compare(entry))
                self._comparing.add(task)
                task.add_done_callback(self._comparing.discard)

    async def _compare(self, entry: Entry) -> None:
        """What the run will measure at its end, now."""
        async with self._one_at_a_time:
            if len(entry.files) < 3 or entry.facts.get("psnr_db") is not None:
                return
            files = entry.files["source"], entry.files["final"], entry.files["jscc"]
            final_db, jscc_db = await asyncio.to_thread(distances_db, *files)
            if final_db is not None and entry.facts.get("psnr_db") is None:
                entry.facts |= {"psnr_db": final_db, "psnr_jscc_db": jscc_db}
                self._scene.change(entry)

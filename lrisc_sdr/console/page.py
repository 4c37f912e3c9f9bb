# SPDX-License-Identifier: MIT
"""The page's files, its pictures, the stream of updates, and the buttons of a replay."""

from __future__ import annotations

import asyncio
import contextlib
import json
from functools import lru_cache
from importlib import resources
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from lrisc_sdr.console.access import POLICY_VIOLATED
from lrisc_sdr.console.gallery import KINDS, Entry, thumbnail
from lrisc_sdr.console.replays import Replays
from lrisc_sdr.console.scene import Scene, as_text
from lrisc_sdr.errors import MissingExtra, UsageError

UPDATES_PER_S = 30.0
MAX_CLIENTS = 16
MAX_BODY = 2_048
# A client that takes nothing for so long is gone, or wants to be.
STUCK_S = 20.0
_TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}
_PNG = b"\x89PNG"


class Page:
    """The application.

    Args:
        scene: what there is to see.
        replays: what can be replayed.
    """

    def __init__(self, scene: Scene, replays: Replays) -> None:
        self._scene = scene
        self._replays = replays
        self._files = _static_files()
        self._small = lru_cache(256)(thumbnail)
        self.clients = 0
        routes = [
            Route("/", self._index),
            Route("/static/{name:path}", self._static),
            Route("/pictures/{key}/{kind}", self._picture),
            Route("/captures", self._captures),
            Route("/metrics", self._metrics),
            Route("/replay", self._replay, methods=["POST"]),
            WebSocketRoute("/live", self._live),
        ]
        self.app = Starlette(routes=routes)

    async def _index(self, _: Request) -> Response:
        return self._file("index.html")

    async def _static(self, request: Request) -> Response:
        return self._file(request.path_params["name"])

    def _file(self, name: str) -> Response:
        content = self._files.get(name)
        if content is None:
            return PlainTextResponse("there is no such file\n", 404)
        return Response(content, media_type=_TYPES[name[name.rfind(".") :]], headers={"cache-control": "no-cache"})

    async def _picture(self, request: Request) -> Response:
        """One file of a picture; its address has the revision, so that it never changes."""
        entry = self._scene.gallery.entries.get(request.path_params["key"])
        kind = request.path_params["kind"]
        content = None if entry is None else _content(entry, kind.removeprefix("small-"))
        if content is None:
            return PlainTextResponse("there is no such picture\n", 404)
        if kind.startswith("small-"):
            try:
                content = await asyncio.to_thread(self._small, content)
            except OSError:
                return PlainTextResponse("this is no picture\n", 404)
        media = "image/png" if content.startswith(_PNG) else "image/jpeg"
        return Response(content, media_type=media, headers={"cache-control": "private, max-age=3600, immutable"})

    async def _captures(self, _: Request) -> Response:
        return JSONResponse(self._replays.names(), headers={"cache-control": "no-store"})

    async def _metrics(self, _: Request) -> Response:
        """What runs have told, for Prometheus."""
        try:
            from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
        except ImportError as error:
            return PlainTextResponse(f"{MissingExtra(error.name or '', 'service')}\n", 501)
        figures = generate_latest(self._scene.figures)
        return Response(figures, media_type=CONTENT_TYPE_LATEST, headers={"cache-control": "no-store"})

    async def _replay(self, request: Request) -> Response:
        """Start or stop a replay: {"name": …, "from": 0, "to": 0}, or {} for the end of it."""
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > MAX_BODY:
                return PlainTextResponse("too long\n", 413)
        try:
            wanted = json.loads(body)
            if wanted == {}:
                await self._replays.stop()
            else:
                await self._replays.start(
                    str(wanted["name"]), float(wanted.get("from", 0.0)), float(wanted.get("to", 0.0))
                )
        except UsageError as error:
            return PlainTextResponse(f"{error}\n", 404)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return PlainTextResponse("this is not a request for a replay\n", 400)
        return JSONResponse({})

    async def _live(self, socket: WebSocket) -> None:
        """Updates to one client, as fast as it takes them; it has nothing to say."""
        if self.clients >= MAX_CLIENTS:
            await socket.close(POLICY_VIOLATED)
            return
        self.clients += 1
        try:
            await socket.accept()
            telling = asyncio.create_task(self._tell(socket))
            hearing = asyncio.create_task(socket.receive())
            done, waiting = await asyncio.wait((telling, hearing), return_when=asyncio.FIRST_COMPLETED)
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            for task in done:
                task.exception()
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await socket.close(POLICY_VIOLATED)
        finally:
            self.clients -= 1

    async def _tell(self, socket: WebSocket) -> None:
        seen = 0
        while True:
            if self._scene.version > seen:
                update = self._scene.update(seen)
                seen = update["version"]
                # Until the client has taken this one nothing is made for it.
                await asyncio.wait_for(socket.send_text(as_text(update)), STUCK_S)
            await asyncio.sleep(1.0 / UPDATES_PER_S)


def _content(entry: Entry, kind: str) -> bytes | None:
    if kind in KINDS:
        return entry.files.get(kind)
    number = kind.removeprefix("step-")
    return entry.steps.get(int(number)) if number.isdecimal() and len(number) < 5 else None


def _static_files() -> dict[str, bytes]:
    """The page's files by name, read once: no name of a client becomes a path."""
    root = resources.files("lrisc_sdr.console") / "static"
    files: dict[str, bytes] = {}

    def read(folder: Any, prefix: str) -> None:
        for entry in folder.iterdir():
            if entry.is_dir():
                read(entry, f"{prefix}{entry.name}/")
            else:
                files[prefix + entry.name] = entry.read_bytes()

    read(root, "")
    return files

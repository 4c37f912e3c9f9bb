# SPDX-License-Identifier: MIT
"""The side that tells. It never waits: what nobody takes in time is dropped."""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
import time

import zmq

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.telemetry.endpoint import endpoint as usual_endpoint
from lrisc_sdr.telemetry.messages import STICKY, Told, pack

ASK_S = 0.05
"""How often it is looked whether somebody watches `[s]`."""
QUEUED = 64
RECONNECT_MS = 500
LINGER_MS = 300
"""At the end of a process, for what is on its way to somebody who watches."""


class Publisher:
    """A socket to whoever watches; any number of threads may tell.

    Args:
        endpoint: `ipc://PATH`, where the one who watches binds; None tells nobody.
    """

    def __init__(self, endpoint: str | None) -> None:
        self._lock = threading.Lock()
        self._asked_s = -ASK_S
        self._watchers = 0
        self._sticky: dict[type, bytes] = {}
        self._socket: zmq.Socket[bytes] | None = None
        if endpoint is None:
            return
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.XPUB)
        self._socket.setsockopt(zmq.SNDHWM, QUEUED)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.RECONNECT_IVL, RECONNECT_MS)
        # A connection that is gone takes its queue and its subscription with it.
        self._socket.setsockopt(zmq.IMMEDIATE, 1)
        self._socket.connect(endpoint)

    def wanted(self) -> bool:
        """Whether somebody watches; cheap enough to be asked before anything is computed for them."""
        if self._socket is None:
            return False
        now = time.monotonic()
        if now - self._asked_s >= ASK_S:
            with self._lock:
                self._asked_s = now
                self._hear()
        return self._watchers > 0

    def tell(self, message: Told) -> None:
        """Tell, or drop; never waits."""
        if isinstance(message, STICKY):
            self._sticky[type(message)] = pack(message)
        if not self.wanted():
            return
        content = pack(message)
        with self._lock:
            self._send(content)

    def close(self) -> None:
        """Let go; what is on its way to somebody has `LINGER_MS`."""
        with self._lock:
            if self._socket is not None:
                self._socket = None
                self._context.destroy(linger=LINGER_MS if self._watchers else 0)
                self._watchers = 0

    def _hear(self) -> None:
        """Who has come and gone; whoever comes learns what they need to know."""
        if self._socket is None:
            return
        came = False
        while self._socket.poll(0):
            coming = self._socket.recv()[:1] == b"\x01"
            self._watchers = max(0, self._watchers + (1 if coming else -1))
            came = came or coming
        if came:
            for content in self._sticky.values():
                self._send(content)

    def _send(self, content: bytes) -> None:
        if self._socket is not None:
            with contextlib.suppress(zmq.Again):
                self._socket.send(content, zmq.NOBLOCK)


_making = threading.Lock()
_of_process: tuple[int, Publisher] | None = None


def wanted() -> bool:
    """Whether somebody watches this process."""
    return _publisher().wanted()


def tell(message: Told) -> None:
    """Tell whoever watches this process, if anybody does; never waits, never fails."""
    _publisher().tell(message)


def tell_at_once(message: Told, within_s: float) -> None:
    """Tell from a process that has only this to say: before that it waits for somebody to watch, at most so long."""
    until_s = time.monotonic() + within_s
    while not wanted() and time.monotonic() < until_s:
        time.sleep(ASK_S)
    tell(message)


def close() -> None:
    """Let go of this process's socket; told again, there is a new one. Done at the end of a process, too."""
    global _of_process  # noqa: PLW0603 - one socket a process, as there is one standard error
    with _making:
        if _of_process is not None and _of_process[0] == os.getpid():
            _of_process[1].close()
        _of_process = None


def _publisher() -> Publisher:
    global _of_process  # noqa: PLW0603
    known = _of_process
    # A process that was forked has no use for its parent's socket.
    if known is not None and known[0] == os.getpid():
        return known[1]
    with _making:
        if _of_process is None or _of_process[0] != os.getpid():
            try:
                endpoint = usual_endpoint()
            except ConfigurationError:
                # Watching is a convenience: the console says what is wrong with the folder.
                endpoint = None
            _of_process = os.getpid(), Publisher(endpoint)
            atexit.register(close)
        return _of_process[1]

# SPDX-License-Identifier: MIT
"""The side that watches: one process of a user."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from typing import TextIO

import zmq

from lrisc_sdr.errors import ConfigurationError, InvalidMessage
from lrisc_sdr.telemetry.endpoint import VARIABLE, endpoint, folder
from lrisc_sdr.telemetry.messages import MAX_MESSAGE, Told, unpack

QUEUED = 256


class Subscriber:
    """Hears what all runs of this user tell.

    Args:
        who: what another one is told that would watch, too: where this one is found.

    Raises:
        ConfigurationError: another process watches already, or there is no place for the socket.
    """

    def __init__(self, who: str) -> None:
        where = endpoint()
        if where is None:
            raise ConfigurationError(f"{VARIABLE}=off: runs tell nothing; unset it")
        self._lock = _locked(who)
        try:
            self._context = zmq.Context()
            self.socket: zmq.Socket[bytes] = self._context.socket(zmq.SUB)
            self.socket.setsockopt(zmq.LINGER, 0)
            self.socket.setsockopt(zmq.RCVHWM, QUEUED)
            self.socket.setsockopt(zmq.MAXMSGSIZE, MAX_MESSAGE)
            self.socket.subscribe(b"")
            self.socket.bind(where)
        except zmq.ZMQError as error:
            self.close()
            raise ConfigurationError(f"{where} cannot be bound: {error.strerror}; set XDG_RUNTIME_DIR") from None

    def receive(self, wait_s: float) -> Iterator[Told]:
        """What has been told, after waiting for the first at most so long; what breaks the format is left out."""
        if not self.socket.poll(round(1_000 * wait_s)):
            return
        for _ in range(QUEUED):
            try:
                content = self.socket.recv(zmq.NOBLOCK)
            except zmq.Again:
                return
            with contextlib.suppress(InvalidMessage):
                yield unpack(content)

    def close(self) -> None:
        """Let go of the socket."""
        self._context.destroy(linger=0)
        self._lock.close()


def _locked(who: str) -> TextIO:
    """The lock of the one who watches: libzmq would take the socket away from another process without a word."""
    file = os.fdopen(os.open(folder() / "console.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        other = file.read(200).strip()
        file.close()
        raise ConfigurationError(f"another console watches already: {other or 'end it first'}") from None
    file.truncate(0)
    file.write(who)
    file.flush()
    return file

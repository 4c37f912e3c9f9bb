# SPDX-License-Identifier: MIT
"""Which addresses the link speaks on: this machine only unless keys are given, and sockets that never wait for ever."""

from __future__ import annotations

import ipaddress
import os
import re
import socket as sockets
import stat
import weakref
from collections.abc import Callable
from pathlib import Path

import zmq

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.link.envelope import MAX_BODY

# On one machine the kernel tells of a peer that died; heartbeats are for one that hangs. A healthy one may pause for
# many seconds where others have all the processors, and must not lose its connection and with it its name.
HEARTBEAT_MS = 5_000
HEARTBEAT_TIMEOUT_MS = 60_000
HIGH_WATER_MARK = 128
# Towards clients: small messages, which come in bursts.
REPLIES_HIGH_WATER_MARK = 4_096


def check_endpoint(endpoint: str, *, has_keys: bool = False) -> str:
    """The endpoint, where it stays on this machine or its users have keys.

    Raises:
        ConfigurationError: it is reachable from elsewhere without keys, or is no endpoint at all.
    """
    transport, separator, address = endpoint.partition("://")
    if separator and transport == "ipc" and address:
        # The kernel's limit on the length of a socket's name.
        if len(address.encode()) > 107:
            raise ConfigurationError(f"{endpoint}: the path is longer than 107 bytes, choose a shorter one")
        if not address.startswith("@") and not Path(address).absolute().parent.is_dir():
            raise ConfigurationError(f"{endpoint}: the folder of this socket does not exist")
        return endpoint
    match = re.fullmatch(r"\[?([^\[\]]+)\]?:(\d{1,5}|\*)", address)
    if separator and transport == "tcp" and match is not None and (match[2] == "*" or 0 < int(match[2]) < 65_536):
        if has_keys or match[1] == "localhost" or _is_loopback(match[1]):
            return endpoint
        raise ConfigurationError(
            f"{endpoint} is beyond this machine, and without keys the link is not encrypted: use tcp://127.0.0.1:PORT "
            "or ipc://PATH, or give keys on both sides (`lrisc keys`)"
        )
    raise ConfigurationError(f"{endpoint} is not an endpoint of the link: use tcp://127.0.0.1:PORT or ipc://PATH")


def beside(endpoint: str) -> str:
    """Where a decoder at an endpoint publishes if nothing else is said: the next port, or the path with `-pub`."""
    transport, _, address = endpoint.partition("://")
    if transport == "ipc":
        return f"{endpoint}-pub"
    host, _, port = address.rpartition(":")
    return f"tcp://{host}:{'*' if port == '*' else int(port) + 1}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def require_free(path: Path) -> None:
    """Before a socket is bound to a file: that would unlink whatever is there, even the socket of a decoder that lives.

    Raises:
        ConfigurationError: there is something.
    """
    try:
        mode = path.stat().st_mode
    except OSError:
        return
    if not stat.S_ISSOCK(mode):
        raise ConfigurationError(f"{path} is not a socket and would be overwritten: choose another endpoint")
    with sockets.socket(sockets.AF_UNIX) as probe:
        if probe.connect_ex(os.fspath(path)) == 0:
            raise ConfigurationError(f"{path} is in use by another decoder: choose another endpoint")


def configure(socket: zmq.Socket[bytes]) -> None:
    """Bounded queues, bounded messages, heartbeats, and no waiting when the socket closes."""
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.SNDHWM, HIGH_WATER_MARK)
    socket.setsockopt(zmq.RCVHWM, HIGH_WATER_MARK)
    socket.setsockopt(zmq.MAXMSGSIZE, MAX_BODY)
    socket.setsockopt(zmq.HEARTBEAT_IVL, HEARTBEAT_MS)
    socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS)


def readable(socket: zmq.Socket[bytes]) -> bool:
    """Whether a message is there; a poll of one socket costs more."""
    return bool(int(socket.getsockopt(zmq.EVENTS)) & zmq.POLLIN)


def closing(
    owner: object, context: zmq.Context[zmq.Socket[bytes]], *sockets: zmq.Socket[bytes]
) -> Callable[[], object]:
    """What closes the sockets and ends their context, once; it is called when their owner is collected, if not before.

    A context that is collected while one of its sockets is open would wait for that socket for ever. Not called at the
    end of the process, which waits for neither: another thread may still be in a socket.
    """

    # The sockets are held here: the context's own references to them are weak, and cleared when all are collected.
    def close() -> None:
        for socket in sockets:
            socket.close(linger=0)
        context.destroy(linger=0)

    finalizer = weakref.finalize(owner, close)
    finalizer.atexit = False
    return finalizer

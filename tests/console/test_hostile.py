# SPDX-License-Identifier: MIT
"""Clients that take nothing, or too much: the others see on, and who tells never waits."""

from __future__ import annotations

import json
import os
import socket
import time
from pathlib import Path

import pytest

from lrisc_sdr.telemetry.messages import BINS, Begun, Rows, Stage

websockets = pytest.importorskip("websockets")
from websockets.sync.client import connect  # noqa: E402

HANDSHAKE = (
    "GET /live HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
FLOOD = 4_000


def memory(pid: int) -> int:
    """Resident memory of a process `[bytes]`."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def deaf(console) -> socket.socket:
    """A client that opens the stream and then reads nothing, with as small a window as there is."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
    client.connect(("127.0.0.1", console.port))
    client.sendall(HANDSHAKE.format(host=console.host).encode())
    return client


def test_clients_that_read_nothing_keep_nobody_from_seeing(console) -> None:
    console.tell(Begun(run="flood", verb="rx", facts={}))
    clients = [deaf(console) for _ in range(8)]
    try:
        with connect(f"ws://{console.host}/live", origin=f"http://{console.host}", compression=None) as stream:
            levels = os.urandom(64 * BINS)
            before = memory(console.process.pid)
            for i in range(FLOOD):
                console.tell(
                    Rows(run="flood", samples=list(range(64 * i, 64 * i + 64)), rate_sps=1.0, levels=levels),
                    Stage(run="flood", stage="receiving", done=i, total=None),
                )
            seen, deadline = -1, time.monotonic() + 60
            last = Stage(run="flood", stage="receiving", done=FLOOD, total=None)
            while seen < FLOOD:
                assert time.monotonic() < deadline
                console.tell(last)  # what is told in a flood may be lost
                update = json.loads(stream.recv(60))
                seen = update.get("stage", {}).get("done", seen)
            # Eight times 130 MB were told; a client holds no more than an update and its socket's buffer.
            assert memory(console.process.pid) - before < 64 << 20
    finally:
        for client in clients:
            client.close()
    assert console.ask("/")[0] == 200


def test_pictures_that_are_none(console) -> None:
    from lrisc_sdr.telemetry.messages import Picture

    with connect(f"ws://{console.host}/live", origin=f"http://{console.host}", compression=None) as stream:
        bomb = Picture(run="flood", picture_id=1, ok=True, stream="s", final=b"\x89PNG not at all", jscc=b"GIF89a")
        console.tell(Begun(run="flood", verb="rx", facts={}), bomb)
        while "pictures" not in (update := json.loads(stream.recv(60))):
            pass
    (entry,) = [entry for entry in update["pictures"] if entry["picture_id"] == 1]
    assert console.ask(f"/pictures/{entry['key']}/small-final")[0] == 404
    assert console.ask(f"/pictures/{entry['key']}/jscc")[2]["content-type"] == "image/jpeg"
    assert console.ask("/")[0] == 200


def test_garbage_on_the_socket_of_telemetry(console) -> None:
    publisher = console._publisher
    console.tell(Begun(run="flood", verb="rx", facts={}))
    with publisher._lock:
        for content in (b"", b"\xff" * 100, b"\x91" * 5_000, os.urandom(1_000)):
            publisher._send(content)
    console.tell(Begun(run="after", verb="rx", facts={}))
    with connect(f"ws://{console.host}/live", origin=f"http://{console.host}", compression=None) as stream:
        deadline = time.monotonic() + 60
        while json.loads(stream.recv(60)).get("run", {}).get("run") != "after":
            assert time.monotonic() < deadline

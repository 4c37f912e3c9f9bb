# SPDX-License-Identifier: MIT
"""A server in a process of its own under garbage: it answers with an error or closes, lives on, and does not grow."""

from __future__ import annotations

import contextlib
import json
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="this system has no /proc")

CONNECTIONS = 60
GARBAGE_BYTES = 1 << 16
RX, TX = b"cf-ad9361-lpc", b"cf-ad9361-dds-core-lpc"


class Server(NamedTuple):
    """A virtual Pluto and where it listens."""

    process: int
    port: int


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    words = [sys.executable, "-m", "lrisc_sdr.cli", "virtual-pluto", "--port", "0", "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        uri = json.loads(process.stdout.readline())["uris"][0]
        yield Server(process.pid, int(uri.rpartition(":")[2]))
        assert process.poll() is None
        process.kill()
        assert process.stderr.read() == b""


def ask(server: Server, sent: bytes) -> bytes:
    """What is answered until the server closes, which it does at the latest when it has heard everything."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        try:
            client.sendall(sent)
            client.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: client.recv(1 << 16), b""))
        except (BrokenPipeError, ConnectionResetError):
            return b""


def resident_bytes(server: Server) -> int:
    status = Path(f"/proc/{server.process}/status").read_text()
    return 1024 * int(status.split("VmRSS:")[1].split()[0])


def is_alive(server: Server) -> bool:
    return ask(server, b"VERSION\r\n") == b"0.24.virtual\n"


def garbage(rng: random.Random) -> bytes:
    """Lines of nonsense, commands cut short, and values that were not announced."""
    commands = [b"OPEN " + RX + b" 4096 00000003\r\n", b"READBUF " + RX + b" 16384\r\n", b"PRINT\r\n", b"CLOSE " + RX]
    commands += [b"WRITEBUF " + TX + b" 99999999\r\n", b"OPEN " + TX + b" 16777216 00000003\r\n", b"\r\n", b"WRITE x"]
    pieces = [rng.choice(commands) if rng.random() < 0.3 else rng.randbytes(rng.randrange(200)) for _ in range(600)]
    return b"".join(pieces)[:GARBAGE_BYTES]


def test_memory_stays_flat_under_garbage(server: Server) -> None:
    rng = random.Random(0)
    for _ in range(CONNECTIONS // 4):
        ask(server, garbage(rng))
    before = resident_bytes(server)
    for _ in range(CONNECTIONS):
        ask(server, garbage(rng))
    assert is_alive(server)
    assert resident_bytes(server) - before < 4 << 20


def test_a_line_without_end_is_refused_and_not_kept(server: Server) -> None:
    assert ask(server, b"A" * (8 << 20)) in (b"-22\n", b"")
    assert is_alive(server)


def test_a_queue_of_more_than_the_machine_can_hold_is_refused(server: Server) -> None:
    lines = [b"SET " + TX + b" BUFFERS_COUNT 64", b"OPEN " + TX + b" 16000000 00000003", b"SET " + TX]
    lines[2] += b" BUFFERS_COUNT 4"
    assert ask(server, b"\r\n".join([*lines, b""])) == b"0\n-12\n0\n"


def test_values_of_attributes_do_not_add_up(server: Server) -> None:
    value = b"9" * 65_536
    before = resident_bytes(server)
    for k in range(200):
        line = b"WRITE ad9361-phy calib_mode 65536\r\n" if k % 2 else b"WRITE ad9361-phy xo_correction 65536\r\n"
        assert ask(server, line + value) == b"-22\n"
    assert resident_bytes(server) - before < 4 << 20


def test_connections_that_say_nothing_are_bounded_and_leave_room_when_they_go(server: Server) -> None:
    silent = [socket.create_connection(("127.0.0.1", server.port), timeout=20) for _ in range(80)]
    assert silent[-1].recv(1) == b""
    for each in silent:
        each.close()
    deadline_s = time.monotonic() + 20.0
    while not is_alive(server):
        assert time.monotonic() < deadline_s, "nobody can connect any more"


def test_nothing_listens_beyond_this_machine(server: Server) -> None:
    sockets = set()
    for link in Path(f"/proc/{server.process}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # a connection of the test before, closed meanwhile
            sockets.add(link.readlink().name)
    listening = []
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/{server.process}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if f"socket:[{fields[9]}]" in sockets and fields[3] in ("0A", "07"):
                listening.append(fields[1])
    assert listening == [f"0100007F:{server.port:04X}"]  # 127.0.0.1, in the byte order of the machine

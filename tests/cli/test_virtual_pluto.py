# SPDX-License-Identifier: MIT
"""`lrisc virtual-pluto` in a process of its own."""

from __future__ import annotations

import json
import signal
import socket
import time
from collections.abc import Callable
from typing import Any


def test_serves_until_it_is_asked_to_end(start: Callable[..., Any]) -> None:
    command = start("virtual-pluto", "--port", 0, "--radios", 2, "--json")
    deadline = time.monotonic() + 200
    while not command.stdout.endswith("\n"):
        assert command.process.poll() is None, command.stderr
        assert time.monotonic() < deadline
        time.sleep(0.05)
    ports = [int(uri.rpartition(":")[2]) for uri in json.loads(command.stdout)["uris"]]
    for port in ports:
        with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
            client.sendall(b"VERSION\r\n")
            assert client.recv(100).startswith(b"0.24.")
    command.process.send_signal(signal.SIGTERM)
    assert command.wait() == 143


def test_a_taken_port_is_a_hardware_error(start: Callable[..., Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = start("virtual-pluto", "--port", port)
        assert command.wait() == 4
    assert f"port {port} cannot be taken" in command.stderr

# SPDX-License-Identifier: MIT
"""What systemd hears, on a socket like its own."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.service.running import service
from lrisc_sdr.supervisor import Supervisor


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(120)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield listening


def test_ready_alive_and_stopping(manager: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "30000000")
    supervisor = Supervisor()
    supervisor.ready("decoder at x")
    for _ in range(3):  # all within half of the interval
        supervisor.beat()
    supervisor.stopping()
    assert [manager.recv(100) for _ in range(3)] == [b"READY=1\nSTATUS=decoder at x", b"WATCHDOG=1", b"STOPPING=1"]


def test_a_watchdog_of_another_process_is_not_fed(manager: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "1000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getppid()))
    supervisor = Supervisor()
    supervisor.beat()
    supervisor.stopping()
    assert manager.recv(100) == b"STOPPING=1"


def test_without_a_manager_or_with_a_dead_one_nothing_happens(
    manager: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager.close()
    Supervisor().ready("nobody hears it")
    monkeypatch.delenv("NOTIFY_SOCKET")
    Supervisor().ready("nobody hears it")


def test_the_service_says_that_it_is_ready_and_lives(
    manager: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "400000")
    heard: list[bytes] = []
    with service(tmp_path / "s", "--decoder", "null"):
        while sum(word == b"WATCHDOG=1" for word in heard) < 3 or not any(
            word.startswith(b"READY=1") for word in heard
        ):
            heard.append(manager.recv(200))
    assert b"STATUS=decoder at ipc://" in next(word for word in heard if word.startswith(b"READY=1"))
    manager.settimeout(5)
    while (word := manager.recv(200)) != b"STOPPING=1":
        assert word == b"WATCHDOG=1"

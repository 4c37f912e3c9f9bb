# SPDX-License-Identifier: MIT
"""The log of transmissions: whole lines, from many writers, after crashes."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.radio.log import TransmissionLog


def test_lines_are_only_added(tmp_path: Path) -> None:
    path = tmp_path / "state" / "log.jsonl"
    TransmissionLog(path).append("up", {"uri": "ip:127.0.0.1"})
    first = path.read_bytes()
    TransmissionLog(path).append("down", {"bursts": 3})
    assert path.read_bytes().startswith(first)
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [row["event"] for row in rows] == ["up", "down"]
    assert rows[0]["time"].endswith("Z")
    assert rows[1]["bursts"] == 3


def test_a_torn_line_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    log = TransmissionLog(path)
    log.append("up", {})
    path.write_bytes(path.read_bytes() + b'{"time": "2026')
    log.append("down", {})
    lines = path.read_text().splitlines()
    assert len(lines) == 3
    assert json.loads(lines[2])["event"] == "down"


def test_many_writers(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    threads = [
        threading.Thread(target=lambda: [TransmissionLog(path).append("up", {"n": n}) for n in range(20)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([json.loads(line) for line in path.read_text().splitlines()]) == 80


def test_a_log_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="nothing is sent"):
        TransmissionLog(tmp_path / "file" / "log.jsonl").append("up", {})

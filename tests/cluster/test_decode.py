# SPDX-License-Identifier: MIT
"""`lrisc decode --engine ray`, in processes of its own, on a cluster of two nodes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.service.pictures import frames
from benchmarks.service.running import service
from lrisc_sdr.cli import main
from lrisc_sdr.link import Sender

# Two nodes and their processes start anew.
pytestmark = pytest.mark.timeout(900)


def test_pictures_come_back_from_the_cluster(cluster: Any, tmp_path: Path) -> None:
    options = ["--decoder", "null", "--engine", "ray", "--ray-address", cluster.address, "--workers", "2"]
    with service(tmp_path / "s", *options) as running:
        watcher = running.watch()
        with Sender(running.endpoint, timeout_s=200) as sender:
            for _, received in frames(range(20), 64):
                for frame in received:
                    sender.send(frame)
            sender.flush()
        while len(running.results()) < 20:
            running.require_alive()
            watcher.reply(0.2)
        watcher.close()
        lines = running.results()
    assert sorted(line["picture_id"] for line in lines) == list(range(20))
    assert all(line["ok"] and line["model_id"] == "00000000" for line in lines)


def test_an_address_without_the_engine_is_a_mistake(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["decode", "--ray-address", "127.0.0.1:1", "--out", str(tmp_path / "out")]) == 2
    assert "--engine ray" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()

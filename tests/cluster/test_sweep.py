# SPDX-License-Identifier: MIT
"""Campaigns on a Ray cluster of two nodes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lrisc_sdr.campaigns.campaign import Campaign, read_campaign
from lrisc_sdr.campaigns.rows import ROWS
from lrisc_sdr.campaigns.sweep import sweep
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.runs.progress import silent

pytest.importorskip("torch", reason="the smallest system needs the metrics")

# Two nodes and their processes start anew.
pytestmark = pytest.mark.timeout(900)

CAMPAIGN = """
name = "small"
pictures = ["pictures"]
limit = 2
snr_db = [3.0, 14.0]
cbr = ["1/6"]
metrics = ["psnr_db"]

[[systems]]
kind = "ideal"
name = "bound"

[keep]
pictures = ["b"]
snr_db = [14.0]
"""
MEASURED = ("system", "picture", "snr_db", "psnr_db", "failed", "reason", "cbr_frame", "file", "key")


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    folder = tmp_path / "pictures"
    folder.mkdir()
    rows, columns = np.mgrid[0:64, 0:80]
    for name in "abc":
        image = np.stack([rows * 3, columns * 2, rows + columns * ord(name) % 7], axis=-1).clip(0, 255)
        Image.fromarray(image.astype(np.uint8)).save(folder / f"{name}.png")
    path = tmp_path / "small.toml"
    path.write_text(CAMPAIGN)
    return read_campaign(path)


def test_two_nodes_give_the_rows_and_pictures_of_this_one(cluster: Any, campaign: Campaign, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    expected = sweep(campaign, here, 1, silent)
    seen: list[int] = []
    rows = sweep(campaign, there, 2, lambda stage, done, total: seen.append(done), cluster.address)
    assert len(rows) == len(expected) == 4
    chosen = [[{name: row.get(name) for name in MEASURED} for row in each] for each in (rows, expected)]
    assert sorted(chosen[0], key=str) == sorted(chosen[1], key=str)
    assert seen[-1] == 4
    files = [sorted(file.relative_to(each) for file in each.rglob("*.png")) for each in (here, there)]
    assert files[0] == files[1]
    assert len(files[0]) == 2
    assert all((here / file).read_bytes() == (there / file).read_bytes() for file in files[0])
    # What is done is not done again, and an unfinished campaign goes on.
    lines = (there / ROWS).read_text().splitlines(keepends=True)
    (there / ROWS).write_text("".join(lines[:3]) + lines[3][:20])
    assert len(sweep(campaign, there, 1, silent, cluster.address)) == 4
    assert (there / ROWS).read_text().splitlines(keepends=True)[:3] == lines[:3]
    assert json.loads((there / ROWS).read_text().splitlines()[3])["key"] == json.loads(lines[3])["key"]


def test_what_is_wrong_on_a_node_is_said_here(
    cluster: Any, campaign: Campaign, tmp_path: Path, monkeypatch: Any
) -> None:
    # The nodes find no such kind: it was only ever known here.
    from lrisc_sdr.campaigns import systems

    kinds = {**systems.KINDS, "only here": systems.KINDS["ideal"]}
    monkeypatch.setattr(systems, "KINDS", kinds)
    asked = replace(campaign, systems=({"kind": "only here", "name": "bound"},))
    with pytest.raises(ConfigurationError, match="no kind of system is called only here"):
        sweep(asked, tmp_path / "out", 1, silent, cluster.address)


def test_no_cluster_is_one_line(campaign: Campaign, tmp_path: Path, free_port: int) -> None:
    import ray

    ray.shutdown()
    with pytest.raises(ConfigurationError, match="ray start --head"):
        sweep(campaign, tmp_path / "out", 1, silent, f"127.0.0.1:{free_port}")


@pytest.fixture
def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

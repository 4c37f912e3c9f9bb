# SPDX-License-Identifier: MIT
"""The client in plain Python, which knows the wire format from its description only, against the real service."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.service.pictures import frames
from benchmarks.service.running import service

pytest.importorskip("msgpack", reason="msgpack is not installed")

CLIENT = Path(__file__).resolve().parents[2] / "examples" / "plain_client.py"


def fields() -> dict[str, object]:
    ((_, (frame,)),) = frames(range(7, 8), 48)
    header = frame.header
    return {
        "picture_id": header.picture_id, "index": header.index, "count": header.count, "side_bytes": header.side_bytes,
        "side_repetition": header.side_repetition, "snr_db": frame.snr_db, "cfo_hz": 0.0, "sco_ppm": 0.0,
        "evm_db": -10.0, "start_sample": 7, "symbols": [[float(x.real), float(x.imag)] for x in frame.symbols],
        "noise_var": [float(x) for x in frame.noise_var],
    }  # fmt: skip


def test_it_gets_the_result_of_its_picture_and_is_told_what_is_wrong(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(fields()))
    bad.write_text(json.dumps(fields() | {"index": 9}))
    with service(tmp_path / "s", "--decoder", "null") as running:
        runs = [
            subprocess.run(
                [sys.executable, str(CLIENT), running.endpoint, str(file)], capture_output=True, text=True, timeout=200,
                check=False,
            )
            for file in (good, bad)
        ]  # fmt: skip
        lines = running.results()
    assert runs[0].returncode == 0, runs[0].stderr
    result = json.loads(runs[0].stdout)
    assert (result["picture_id"], result["ok"], result["height"], result["width"]) == (7, True, 48, 48)
    assert [(line["stream"], line["digest"]) for line in lines] == [(result["stream"], result["digest"])]
    assert runs[1].returncode == 1
    assert "refused: frame 9 of 1" in runs[1].stderr


def test_it_needs_nothing_of_this_package() -> None:
    tree = ast.parse(CLIENT.read_text())
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert imported == {"hashlib", "json", "pathlib", "secrets", "struct", "sys", "time", "msgpack", "zmq"}
    assert not any(isinstance(node, ast.ImportFrom) for node in ast.walk(tree))

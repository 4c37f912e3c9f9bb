# SPDX-License-Identifier: MIT
"""`lrisc tx`: pictures to a recording, with the options of the encoder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from lrisc_sdr.cli import main
from lrisc_sdr.framing_file import read_frames


@pytest.mark.parametrize("options", [(), ("--roi", "polygon:30,30,120,40,60,130"), ("--mode", "uniform")], ids=str)
def test_a_picture_becomes_a_recording_at_its_rate(options, tiny_model: Path, picture: Path, tmp_path, capsys) -> None:
    words = ["tx", str(picture), "--file", str(tmp_path / "out"), "--model", str(tiny_model), "--cbr", "1/24"]
    assert main([*words, "--told-snr-db", "12", "--json", *options]) == 0
    (row,) = json.loads(capsys.readouterr().out)["pictures"]
    assert row["snr_db_told"] == 12.0
    assert 0.97 / 24 <= row["cbr_frame"] <= 1 / 24
    assert (tmp_path / "out.sigmf-meta").exists()


def test_a_region_that_is_none_is_one_line_and_leaves_nothing(
    tiny_model: Path, picture: Path, tmp_path, capsys
) -> None:
    words = ["tx", str(picture), "--file", str(tmp_path / "out"), "--model", str(tiny_model)]
    assert main([*words, "--roi", "box:1,2,3"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "polygon:" in line
    assert not list(tmp_path.glob("out*"))


def test_frames_for_a_flow_graph(tiny_model: Path, picture: Path, tmp_path, capsys) -> None:
    file = tmp_path / "picture.frames"
    assert main(["tx", str(picture), "--file", str(file), "--model", str(tiny_model), "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["pictures"]
    headers = [frame.header for frame in read_frames(file)]
    assert [header.index for header in headers] == list(range(row["frames_sent"]))
    assert main(["tx", str(picture), "--file", str(file), "--channel", "desk"]) == 2
    assert "before the modem" in capsys.readouterr().err


@pytest.mark.usefixtures("blind")
def test_refined_symbols_fill_the_same_frames(tiny_model: Path, picture: Path, tmp_path, capsys) -> None:
    frames = {}
    for steps in (0, 2):
        file = tmp_path / f"{steps}.frames"
        assert main(["tx", str(picture), "--file", str(file), "--model", str(tiny_model), "--refine", str(steps)]) == 0
        frames[steps] = list(read_frames(file))
    assert [frame.header for frame in frames[0]] == [frame.header for frame in frames[2]]
    assert all(not np.array_equal(a.symbols, b.symbols) for a, b in zip(frames[0], frames[2], strict=True))
    capsys.readouterr()
    assert main(["tx", str(picture), "--file", str(tmp_path / "x.frames"), "--refine", "-1"]) == 2
    assert "--refine" in capsys.readouterr().err

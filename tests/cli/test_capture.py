# SPDX-License-Identifier: MIT
"""`lrisc capture` and `lrisc check` as a user gives them; what they refuse is one line and leaves nothing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lrisc_sdr.capture import open_capture
from lrisc_sdr.capture.live import LiveWriter
from lrisc_sdr.capture.metadata import SegmentSettings, global_fields, segment_fields
from lrisc_sdr.cli import main
from lrisc_sdr.runs.remaking import STARTED

CAPTURES = Path(__file__).resolve().parents[2] / "captures"


def run(*words: object) -> int:
    return main([str(word) for word in words])


def test_cut_merge_thumbnail_and_frame(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk, out = CAPTURES / "desk", tmp_path / "out"
    assert run("capture", "cut", desk, "--from", 0.006, "--to", 0.008, "--out", out) == 0
    assert capsys.readouterr().out == f"{out}.sigmf-meta\n"
    assert open_capture(out).n_samples == 8000
    assert run("capture", "merge", out, desk, "--out", tmp_path / "both") == 0
    assert open_capture(tmp_path / "both").n_samples == 8000 + open_capture(desk).n_samples
    assert run("capture", "thumbnail", desk, "--out", tmp_path / "t.png") == 0
    assert Image.open(tmp_path / "t.png").size == (320, 128)
    assert run("capture", "export-frame", desk, "--frame", 5, "--out", tmp_path / "f.npz") == 0
    assert "picture 1, frame 2 of 3" in capsys.readouterr().err
    with np.load(tmp_path / "f.npz") as frame:
        assert (frame["picture_id"], frame["index"], frame["symbols"].size) == (1, 1, 896)
        assert frame["noise_var"].shape == frame["symbols"].shape
        assert frame["samples"].size == 2880 + 64
        first = int(frame["first_sample"])
        assert np.array_equal(frame["samples"], open_capture(desk).read(first, 2944))
    assert not list(tmp_path.glob(".*"))


def test_the_merged_capture_is_received_as_its_parts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("capture", "merge", CAPTURES / "cut", CAPTURES / "room-drop", "--out", tmp_path / "m") == 0
    capsys.readouterr()
    assert run("check", tmp_path / "m", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert [frame["result"] for frame in document["frames"]] == ["whole", "whole", "whole", "interrupted", "whole"]


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (("capture", "cut", "desk"), 2, "--out"),
        (("capture", "merge", "desk", "--out", "x"), 2, "two captures"),
        (("capture", "cut", "desk", "--from", "9", "--out", "x"), 2, "nothing to cut"),
        (("capture", "cut", "missing", "--out", "x"), 7, "missing.sigmf-meta"),
        (("capture", "export-frame", "desk", "--frame", "7", "--out", "x"), 7, "6 frames"),
        (("capture", "export-frame", "desk", "--waveform", "wifi64", "--out", "x"), 7, "--waveform pluto256"),
        (("capture", "thumbnail", "desk", "--out", "absent/x.png"), 3, "absent/x.png"),
        (("capture", "remake", "a", "b"), 2, "one folder"),
        (("capture", "paint", "desk"), 2, "paint"),
        (("check", "missing"), 7, "missing.sigmf-meta"),
        (("check", "x.cf32"), 7, "x.cf32"),
        (("check", "desk", "--waveform", "wifi63"), 3, "wifi64"),
        (("check", "desk", "--spectrogram", "absent/x.png"), 3, "absent/x.png"),
        (("check", "desk", "--repair"), 7, "nothing is unfinished"),
        (("check", "."), 7, "a folder"),
        (("check", "..", "--repair"), 7, "a folder"),
    ],
)  # fmt: skip
def test_what_is_refused(
    words: tuple[str, ...], code: int, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    for suffix in ("meta", "data"):
        Path(f"desk.sigmf-{suffix}").write_bytes((CAPTURES / f"desk.sigmf-{suffix}").read_bytes())
    assert run(*words) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert complaint in line
    assert sorted(path.name for path in tmp_path.iterdir()) == ["desk.sigmf-data", "desk.sigmf-meta"]


def test_what_a_killed_recorder_left_is_mended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capture = open_capture(CAPTURES / "cut")
    writer = LiveWriter(tmp_path / "live", global_fields("ci16_le", 4e6, "pluto256"))
    writer.begin(segment_fields(0, STARTED, SegmentSettings()))
    writer.write(capture.samples())
    # As a kill leaves it: no end, and half of a sample.
    writer._journal._file.close()
    with (tmp_path / "live.sigmf-data").open("ab") as file:
        file.write(b"\x01")
    assert run("check", tmp_path / "live") == 7
    capsys.readouterr()
    assert run("check", tmp_path / "live", "--repair", "--json") == 0
    captured = capsys.readouterr()
    assert "is whole now" in captured.err
    assert json.loads(captured.out)["funnel"]["payload_ok"] == 2
    mended = open_capture(tmp_path / "live")
    assert mended.stored.raw(0, 10**6) == capture.stored.raw(0, 10**6)


def test_the_table_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", CAPTURES / "room-drop") == 0
    text = capsys.readouterr().out
    for words in ("24,006 (ci16_le)", "1, 1,024 samples lost", "3 headers → 2 whole, 1 interrupted", "picture 0, 2/3"):
        assert words in text

# SPDX-License-Identifier: MIT
"""Every recording in captures/ gives exactly the frames that were sent in it, and can be made again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lrisc_sdr import phy
from lrisc_sdr.capture import open_capture
from lrisc_sdr.capture.annotations import frame_annotation
from lrisc_sdr.cli import main
from lrisc_sdr.runs.remaking import read_expected
from lrisc_sdr.runs.situations import SITUATIONS
from lrisc_sdr.waveform import waveform

FOLDER = Path(__file__).resolve().parents[2] / "captures"
NAMES = sorted(path.name.removesuffix(".sigmf-meta") for path in FOLDER.glob("*.sigmf-meta"))
START_ERROR = 16
"""Multipath and 20 ppm of the clock move a frame by some samples."""

Told = tuple[int, int, int, str]


def expected(name: str) -> list[tuple[Told, int]]:
    """Picture, index, count and result of the frames that must be found, in order of their ends, and their starts."""
    frames = read_expected(FOLDER)["captures"][name]
    found = [frame for frame in frames if frame["result"] != "lost"]
    return [((one["picture_id"], one["index"], one["count"], one["result"]), one["start"]) for one in found]


def told(entry: dict[str, Any]) -> tuple[Told, int]:
    fields = ("lrisc:picture_id", "lrisc:frame_index", "lrisc:frame_count", "lrisc:result")
    picture, index, count, result = (entry[name] for name in fields)
    return (picture, index, count, result), entry["core:sample_start"]


def test_every_situation_is_there() -> None:
    assert NAMES == sorted(SITUATIONS) == sorted(read_expected(FOLDER)["captures"])
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 3_000_000


@pytest.mark.parametrize("chunk_samples", [997, 1 << 18])
@pytest.mark.parametrize("name", NAMES)
def test_the_plain_receiver_finds_exactly_the_frames(name: str, chunk_samples: int) -> None:
    capture = open_capture(FOLDER / name, waveform="pluto256")
    receiver, frames = phy.Receiver(waveform("pluto256")), []
    for chunk in capture.stretches(chunk_samples):
        frames += receiver.flush() if chunk is None else receiver.process(chunk)
    frames += receiver.flush()
    found = [told(frame_annotation(frame, waveform("pluto256"))) for frame in frames]
    wanted = expected(name)
    assert [frame for frame, _ in found] == [frame for frame, _ in wanted]
    for (_, start), (_, sent) in zip(found, wanted, strict=True):
        assert start == pytest.approx(sent, abs=START_ERROR)
    counters = receiver.counters
    assert counters.detected == counters.header_ok == len(wanted)
    assert counters.interrupted == sum(frame[3] == "interrupted" for frame, _ in wanted)
    assert counters.cut == 0


def test_the_sigmf_package_takes_them_without_a_warning(recwarn: pytest.WarningsRecorder) -> None:
    sigmf = pytest.importorskip("sigmf")
    for name in NAMES:
        sigmf.fromfile(str(FOLDER / f"{name}.sigmf-meta")).validate()
    assert not recwarn.list


def test_they_are_made_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Bit for bit with the same versions; other ones of NumPy or torch round a value in thousands the other way."""
    pytest.importorskip("torch")
    from lrisc_sdr.codec import Codec

    model = Codec.from_pretrained("small").model_id
    if read_expected(FOLDER)["model_id"] != model:
        pytest.skip(f"captures/ was made with another model than {model}: lrisc capture remake")
    shutil.copytree(FOLDER, tmp_path / "captures")
    assert main(["capture", "remake", str(tmp_path / "captures")]) == 0
    assert capsys.readouterr().out.count("\n") == len(NAMES)
    assert (tmp_path / "captures" / "expected.json").read_text() == (FOLDER / "expected.json").read_text()
    for name in NAMES:
        old, new = (np.fromfile(place / f"{name}.sigmf-data", "<i2") for place in (FOLDER, tmp_path / "captures"))
        assert old.size == new.size
        apart = np.abs(old.astype(int) - new)
        assert apart.max() <= 1
        assert np.mean(apart) < 0.005


@pytest.mark.parametrize("name", NAMES)
def test_lrisc_check_tells_what_is_in_them(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(FOLDER / name), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    wanted = expected(name)
    frames = [(one["picture_id"], one["index"], one["count"], one["result"]) for one in document["frames"]]
    assert frames == [frame for frame, _ in wanted]
    assert document["funnel"]["payload_ok"] == sum(frame[3] == "whole" for frame in frames)
    assert document["levels"]["clipped_share"] == 0.0
    if name in ("desk", "cut", "interferer"):
        assert document["levels"]["image_dbc"] == pytest.approx(-29, abs=5)
    if wanted:
        low, high = document["occupied_hz"]
        assert high - low == pytest.approx(3.2e6, rel=0.08)
    assert document["gaps"] == ([{"start": 12512, "samples_lost": 1024}] if name == "room-drop" else [])

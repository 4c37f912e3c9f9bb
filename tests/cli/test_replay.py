# SPDX-License-Identifier: MIT
"""`lrisc tx` to a recording, `lrisc replay` from it by either receiver; and recordings that are none."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from lrisc_sdr.capture import open_capture, write_capture
from lrisc_sdr.cli import main
from lrisc_sdr.waveform import waveform


@pytest.fixture
def sent(tiny_model, picture, tmp_path, capsys) -> tuple[Path, dict]:
    """A recording of one picture through a channel with 20 dB, and what `lrisc tx` said of it."""
    file = tmp_path / "sent"
    arguments = ["tx", picture, "--model", tiny_model, "--channel", "desk", "--snr-db", 20, "--file", file, "--json"]
    assert main([str(word) for word in arguments]) == 0
    return file, json.loads(capsys.readouterr().out)


def test_a_recording_holds_its_bursts_and_says_how_they_were_sent(sent) -> None:
    file, document = sent
    capture = open_capture(file, waveform="pluto256")
    assert capture.rate_sps == waveform("pluto256").rate_sps
    (row,) = document["pictures"]
    assert row["frames_sent"] >= 1
    assert capture.n_samples >= row["air_s"] * capture.rate_sps
    assert row["frames_received"] is None
    assert "lrisc replay" in document["notes"]["frames_received"]


def test_a_recording_becomes_the_same_picture_again_by_either_receiver(
    sent, tiny_model, picture, start, tmp_path
) -> None:
    receivers = ["plain"] + ["gnuradio"] * (importlib.util.find_spec("gnuradio") is not None)
    options = ("--model", tiny_model, "--source", picture, "--steps", 1, "--json")
    commands = {
        receiver: start("replay", sent[0], *options, "--engine", receiver, "--out", tmp_path / f"out-{receiver}")
        for receiver in receivers
    }
    pictures = set()
    for receiver, command in commands.items():
        assert command.wait() == 0, command.stderr
        document = json.loads(command.stdout)
        (row,) = document["pictures"]
        assert row["name"] == picture.name
        assert row["frames_received"] == row["frames_sent"] == sent[1]["pictures"][0]["frames_sent"]
        assert row["snr_db_estimated"] == pytest.approx(20, abs=4)
        assert row["psnr_db"] is not None
        assert {field for field, value in row.items() if value is None} <= set(document["notes"])
        out = tmp_path / f"out-{receiver}"
        for name in ("DONE", "metrics.json", "compare/smooth.png"):
            assert (out / name).is_file()
        pictures.add(((out / "final" / "smooth.png").read_bytes(), (out / "jscc" / "smooth.png").read_bytes()))
    assert len(pictures) == 1


def noise(path: Path) -> None:
    rng = np.random.default_rng(3)
    samples = rng.standard_normal((50_000, 2)).astype(np.float32).view(np.complex64)[:, 0]
    write_capture(path, samples, waveform("pluto256").rate_sps, "pluto256")


def test_noise_alone_is_no_recording_of_a_picture(tiny_model, start, tmp_path) -> None:
    noise(tmp_path / "noise")
    options = ("--model", tiny_model, "--out", tmp_path / "run", "--engine", "plain")
    command = start("replay", tmp_path / "noise", *options)
    assert command.wait() == 7, command.stderr
    (line,) = command.stderr.splitlines()
    assert "no burst of waveform pluto256" in line
    assert command.stdout == ""
    assert not list(tmp_path.glob("*run*"))


def truncate(path: Path) -> None:
    data = path.with_name("noise.sigmf-data")
    data.write_bytes(data.read_bytes()[:-8])


def raw(path: Path) -> None:
    shutil.copy(path.with_name("noise.sigmf-data"), path.with_name("noise.cf32"))


@pytest.mark.parametrize(
    ("deed", "options", "code", "complaint"),
    [
        (lambda path: None, {"capture": "missing"}, 7, "missing"),
        (truncate, {}, 7, "copy it again"),
        (lambda path: path.with_name("noise.sigmf-data").write_bytes(b""), {}, 7, "empty"),
        (lambda path: path.with_name("noise.sigmf-meta").write_text("{"), {}, 7, "not SigMF"),
        (lambda path: None, {"--waveform": "wifi64"}, 7, "--waveform pluto256"),
        (lambda path: None, {"--waveform": "wifi63"}, 3, "wifi64"),
        (lambda path: None, {"--out": "noise.sigmf-meta"}, 3, "--out"),
        (lambda path: None, {"--model": "huge"}, 3, "huge"),
        (raw, {"capture": "noise.cf32"}, 3, "--waveform"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_leaves_nothing(
    deed, options, code, complaint, tiny_model, tmp_path, capsys, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    noise(tmp_path / "noise")
    deed(tmp_path / "noise")
    before = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")}
    options = {"--model": str(tiny_model), "--out": "run", **options}
    capture = options.pop("capture", "noise")
    words = [word for pair in options.items() for word in pair]
    assert main(["replay", capture, "--engine", "plain", *words]) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert complaint in line
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")} == before


@pytest.mark.parametrize(
    ("options", "code", "complaint"),
    [
        ({"--file": "missing/sent"}, 3, "--file"),
        ({"--cbr": "2"}, 3, "at most 1"),
        ({"--model": "huge"}, 3, "huge"),
        ({"--channel": "dask"}, 3, "desk"),
        ({"picture": "missing.png"}, 7, "missing.png"),
    ],
)
def test_what_cannot_be_sent_leaves_no_recording(
    options, code, complaint, tiny_model, picture, tmp_path, capsys, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")}
    options = {"--model": str(tiny_model), "--file": "sent", **options}
    name = options.pop("picture", picture.name)
    assert main(["tx", name, *(word for pair in options.items() for word in pair)]) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert complaint in line
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")} == before

# SPDX-License-Identifier: MIT
"""`lrisc tx` to a radio and `lrisc rx` from one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lrisc_sdr.cli import main


def sent(picture: Path, tiny_model: Path, recording: Path) -> None:
    words = ["tx", str(picture), str(picture), "--radio", "file", "--uri", str(recording), "--model", str(tiny_model)]
    assert main([*words, "--cbr", "1/12"]) == 0


def test_pictures_go_through_a_recording(
    picture: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sent(picture, tiny_model, tmp_path / "out")
    capsys.readouterr()
    words = ["rx", "--radio", "file", "--uri", str(tmp_path / "out"), "--model", str(tiny_model), "--steps", "0"]
    words += ["--start", "noise", "--perception", "0.5"]
    folder = tmp_path / "run"
    assert main([*words, "--source", str(picture), "--out", str(folder), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    totals = document["totals"]
    assert totals["pictures_decoded"] == 2
    assert (totals["frames_missing"], totals["buffers_dropped"], totals["reconnects"]) == (0, 0, 0)
    assert document["pictures"][0]["psnr_db"] > 15
    assert len(list((folder / "final").iterdir())) == 2
    config = (folder / "config.toml").read_text()
    assert "[radio_read_back]" in config
    assert 'steps = 0\nstart = "noise"\nperception = 0.5\n' in config
    assert (folder / "DONE").exists()


def test_a_run_ends_when_there_are_enough_pictures(
    picture: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sent(picture, tiny_model, tmp_path / "out.cf32")
    capsys.readouterr()
    words = ["rx", "--radio", "file", "--uri", str(tmp_path / "out.cf32"), "--model", str(tiny_model), "--steps", "0"]
    assert main([*words, "--pictures", "1", "--out", str(tmp_path / "run"), "--json"]) in (0, 6)
    assert json.loads(capsys.readouterr().out)["pictures"][0]["name"] == "00000"


def test_silence_is_an_error_that_says_what_to_look_at(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["rx", "--radio", "loopback", "--duration-s", "0.2", "--model", str(tiny_model)]
    assert main([*words, "--out", str(tmp_path / "run")]) == 6
    assert "no frame of waveform pluto256" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["rx"], 2, "give --radio NAME"),
        (["rx", "--radio", "plutto"], 2, "did you mean pluto"),
        (["rx", "--radio", "file"], 3, "--uri"),
        (["tx"], 2, "give --radio NAME"),
        (["tx", "--file", "x", "--radio", "file"], 2, "not both"),
        (["tx", "--radio", "file", "--uri", "x", "--channel", "desk"], 2, "channel of its own"),
        (["tx", "--radio", "pluto", "--uri", "ip:192.0.2.1"], 5, "--transmit"),
        (["tx", "--radio", "pluto", "--uri", "ip:192.0.2.1", "--transmit"], 5, "not allowed"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_starts(
    words: list[str], code: int, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv("LRISC_ALLOW_LIST", raising=False)
    monkeypatch.chdir(tmp_path)
    assert main(words) == code
    assert message in capsys.readouterr().err

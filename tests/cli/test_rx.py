# SPDX-License-Identifier: MIT
"""`lrisc tx` to a radio and `lrisc rx` from one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lrisc_sdr.cli import main
from lrisc_sdr.errors import ProcessFailed


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


@dataclass
class Elsewhere:
    """A decoder that demands keys, as on another machine: its endpoint, its folder, and the keys."""

    endpoint: str
    folder: Path
    keys: Path


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Elsewhere]:
    keys, folder = tmp_path / "keys", tmp_path / "elsewhere"
    assert main(["keys", "create", "decoder", "radio", "stranger", "--folder", str(keys)]) == 0
    assert main(["keys", "allow", str(keys / "radio.key"), "--folder", str(keys)]) == 0
    command = [sys.executable, "-m", "lrisc_sdr.cli", "decode", "--decoder", "null", "--bind", "tcp://127.0.0.1:*"]
    command += ["--publish", "off", "--out", str(folder), "--key", str(keys / "decoder.key_secret")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        assert process.stderr is not None
        ready = next(line for line in process.stderr if " at tcp://" in line)
        yield Elsewhere(ready.split(" at ")[1].split(",")[0], folder, keys)
        process.terminate()


def remote(elsewhere: Elsewhere, recording: Path, key: str = "radio") -> list[str]:
    words = ["rx", "--radio", "file", "--uri", str(recording), "--decoder", elsewhere.endpoint]
    return [
        *words,
        "--key",
        str(elsewhere.keys / f"{key}.key_secret"),
        "--decoder-key",
        str(elsewhere.keys / "decoder.key"),
    ]


def test_a_decoder_elsewhere_gets_the_frames_of_a_receiver_with_keys(
    elsewhere: Elsewhere, picture: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sent(picture, tiny_model, tmp_path / "out")
    capsys.readouterr()
    folder = tmp_path / "run"
    assert main([*remote(elsewhere, tmp_path / "out"), "--out", str(folder), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["totals"]["pictures_decoded"] == 2
    assert "in the decoder's folder" in document["notes"]["psnr_db"]
    rows = [json.loads(line) for line in (elsewhere.folder / "pictures.jsonl").read_text().splitlines()]
    assert [(row["picture_id"], row["ok"]) for row in rows] == [(0, True), (1, True)]
    assert len({row["stream"] for row in rows}) == 1
    assert f'decoder = "{elsewhere.endpoint}"' in (folder / "config.toml").read_text()


def test_a_receiver_that_is_not_on_the_list_learns_that_nobody_answers(
    elsewhere: Elsewhere, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("lrisc_sdr.runs.remote_decoder.SILENT_S", 2.0)
    (tmp_path / "out.cf32").write_bytes(bytes(8 * 4096))
    words = remote(elsewhere, tmp_path / "out.cf32", "stranger")
    assert main([*words, "--out", str(tmp_path / "run")]) == ProcessFailed.exit_code
    assert "or a key is wrong" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
    assert not (elsewhere.folder / "pictures.jsonl").read_text()


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
        (["rx", "--radio", "file", "--uri", "x", "--key", "k"], 2, "are for --decoder"),
        (["rx", "--radio", "file", "--uri", "x", "--decoder", "ipc://d", "--key", "k"], 2, "go together"),
        (["rx", "--radio", "file", "--uri", "x", "--decoder", "tcp://192.0.2.1:7850"], 3, "or give keys on both"),
        (["rx", "--radio", "file", "--uri", "x", "--decoder", "ipc://d", "--steps", "7"], 2, "not with --decoder"),
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

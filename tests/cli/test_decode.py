# SPDX-License-Identifier: MIT
"""`lrisc decode`: what it says before it serves, and how it ends. What it does is in tests/link/test_service.py."""

from __future__ import annotations

import signal
import time

import pytest

from lrisc_sdr.cli import main


@pytest.mark.parametrize(
    ("options", "code", "complaint"),
    [
        ({"--bind": "tcp://0.0.0.0:7850"}, 3, "not encrypted"),
        ({"--bind": "7850"}, 3, "not an endpoint"),
        ({"--model": "huge"}, 3, "no model huge"),
        ({"--out": "file/out"}, 3, "cannot be written"),
        ({"--steps": "-1"}, 2, "steps"),
        ({"--start": "picture"}, 2, "'jscc', 'noise'"),
        ({"--perception": "-0.1"}, 2, "--perception"),
    ],
)
def test_what_it_cannot_do_is_one_line(options, code, complaint, tiny_model, tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    options = {"--bind": f"ipc://{tmp_path}/decoder", "--model": str(tiny_model), **options}
    assert main(["decode", *(word for pair in options.items() for word in pair)]) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert complaint in line


def test_it_says_where_it_listens_and_an_interrupt_ends_it(tiny_model, start, tmp_path) -> None:
    options = ("--model", tiny_model, "--out", tmp_path / "out", "--jsonl")
    command = start("decode", "--bind", f"ipc://{tmp_path}/decoder", *options)
    while "decoder" not in command.stderr:
        assert command.process.poll() is None
        time.sleep(0.05)
    assert f"ipc://{tmp_path}/decoder" in command.stderr
    command.process.send_signal(signal.SIGINT)
    assert command.wait() == 130
    assert "Traceback" not in command.stderr
    assert not (tmp_path / "decoder").exists()

# SPDX-License-Identifier: MIT
"""`lrisc keys`."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from lrisc_sdr.cli import main


def test_from_new_keys_to_a_list(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    keys = tmp_path / "lrisc" / "keys"
    assert main(["keys", "create", "decoder", "radio"]) == 0
    printed = capsys.readouterr()
    assert printed.out.split() == [str(keys / "decoder.key"), str(keys / "radio.key")]
    assert "stays on this machine" in printed.err
    assert stat.S_IMODE((keys / "radio.key_secret").stat().st_mode) == 0o600
    assert main(["keys", "allow", str(keys / "radio.key")]) == 0
    assert main(["keys", "ls"]) == 0
    lines = capsys.readouterr().out.splitlines()[1:]
    assert [line.split(None, 1)[1] for line in lines] == [
        str(keys / "decoder.key"), str(keys / "radio.key"), f"{keys / 'clients' / 'radio.key'}  allowed"
    ]  # fmt: skip
    secrets = [(keys / f"{name}.key_secret").read_text().split('"')[3] for name in ("decoder", "radio")]
    assert not any(secret in line for secret in secrets for line in lines)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["create"], 2, "at least one name"),
        (["ls", "x"], 2, "takes no names"),
        (["forget", "x"], 2, "forget"),
        (["create", "a/b"], 3, "no name for a key"),
        (["create", "twice", "twice"], 3, "exists"),
        (["allow", "missing.key"], 3, "lrisc keys create"),
        (["create", "x", "--folder", "/proc/nowhere"], 3, "no key can be written"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    arguments: list[str], code: int, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert main(["keys", *arguments]) == code
    error = capsys.readouterr().err.splitlines()
    assert message in error[-1]
    assert all("Traceback" not in line for line in error)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--bind", "tcp://0.0.0.0:7850"], 3, "without keys the link is not encrypted"),
        (["--bind", "tcp://0.0.0.0:7850", "--key", "decoder.key_secret"], 3, "nobody is on the list"),
        (["--bind", "tcp://0.0.0.0:7850", "--key", "decoder.key"], 3, "holds no secret key"),
        (["--key", "none.key_secret"], 3, "is no file of a key"),
        (["--clients", "clients"], 2, "needs --key"),
    ],
)
def test_a_decoder_is_not_reached_from_elsewhere_without_keys_and_a_list(
    arguments: list[str], code: int, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(["keys", "create", "decoder", "--folder", "."]) == 0
    capsys.readouterr()
    assert main(["decode", "--decoder", "null", *arguments]) == code
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not (tmp_path / "decoded").exists()

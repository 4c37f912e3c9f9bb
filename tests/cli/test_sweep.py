# SPDX-License-Identifier: MIT
"""`lrisc sweep` and `lrisc report`, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lrisc_sdr.cli import main

pytest.importorskip("torch", reason="the codec needs torch")

SMOKE = Path(__file__).resolve().parents[2] / "recipes" / "campaigns" / "smoke.toml"


def test_smoke(picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "smoke"
    sweep = ["sweep", "--config", str(SMOKE), "--pictures", str(picture), "--out", str(out), "--json"]
    assert main(sweep) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["totals"]["rows"] == 4
    assert document["totals"]["failed"] == 0
    psnr = {system["name"]: system["results"]["psnr-rgb"] for system in document["systems"]}
    assert all(at_13 > at_4 > 20 for at_4, at_13 in psnr.values())
    rows = (out / "rows.jsonl").read_bytes()
    assert main(sweep) == 0
    assert json.loads(capsys.readouterr().out)["systems"] == document["systems"]
    assert (out / "rows.jsonl").read_bytes() == rows
    assert main(["report", str(out)]) == 0
    assert "LRISC, JSCC" in (out / "report.html").read_text()


def test_lost_pictures_end_with_code_6(picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "c.toml"
    config.write_text(SMOKE.read_text().replace("[4.0, 13.0]", "[-30.0]"))
    arguments = ["sweep", "--config", str(config), "--pictures", str(picture), "--out", str(tmp_path / "out")]
    assert main(arguments) == 6
    assert "2 of 2 pictures failed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["sweep", "--config", "none.toml"], 3, "campaign none.toml cannot be read"),
        (["sweep"], 2, "--config"),
        (["sweep", "--config", str(SMOKE)], 3, "no pictures"),
        (["sweep", "--config", str(SMOKE), "--pictures", "none.png"], 7, "none.png"),
        (["report", "none"], 7, "there is no folder none"),
        (["report"], 2, "folders"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    arguments: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == code
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_a_model_that_is_not_there_is_named(picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "c.toml"
    config.write_text(SMOKE.read_text().replace("steps = [0, 1]", 'steps = [0, 1]\nmodel = "lagre"'))
    assert main(["sweep", "--config", str(config), "--pictures", str(picture), "--out", str(tmp_path / "o")]) == 3
    assert "no model lagre" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()

# SPDX-License-Identifier: MIT
"""`lrisc bench`: one small subject through the command, its document, its table, its plots."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lrisc_sdr.cli import main

FIELDS = {"what", "value", "unit", "goal", "met", "beside"}


def test_quick_header_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "phy", "--quick", "--only", "header", "--json", "--seed", "3"]) == 0
    out, err = capsys.readouterr()
    document = json.loads(out)
    assert err == ""
    assert all(set(row) >= FIELDS for row in document["rows"])
    assert document["rows"][0]["goal"] == "≤ 0.001"
    assert document["rows"][0]["met"] is (document["rows"][0]["value"] <= 0.001)
    assert document["run"]["quick"] is True
    assert document["run"]["seed"] == 3
    assert {"lrisc_sdr", "numpy", "gnuradio", "liquid-dsp"} <= set(document["versions"])

    kept = tmp_path / "kept.json"
    kept.write_text(out)
    assert main(["bench", "phy", "--from", str(kept)]) == 0
    out, _ = capsys.readouterr()
    assert document["rows"][0]["what"][:20] in out
    assert "\x1b" not in out


def test_plots_of_an_earlier_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    row = {"what": "a row", "value": 1.0, "unit": "", "goal": None, "met": None, "beside": {}, "note": "a note"}
    curve = {"plot": "cfo", "panel": "", "name": "ours", "kind": "ours", "x": [0.0, 1.0], "y": [2.0, 1.0]}
    kept = tmp_path / "kept.json"
    kept.write_text(json.dumps({"rows": [row], "curves": [curve], "versions": {}, "run": {}}))
    page = tmp_path / "docs" / "phy.md"
    page.parent.mkdir()
    page.write_text("# Page\n<!-- table -->\n<!-- end of table -->\n")
    assert main(["bench", "phy", "--from", str(kept), "--plots", str(page.parent)]) == 0
    out, err = capsys.readouterr()
    assert "a row" in out
    assert "1 plots" in err
    assert (page.parent / "phy" / "cfo.png").is_file()
    assert json.loads((page.parent / "phy" / "bench.json").read_text()) == json.loads(kept.read_text())
    assert "| a row | 1 |" in page.read_text()
    assert "- a note" in page.read_text()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--only", "headers"], 2, "did you mean 'header'"),
        (["--only", "toast"], 2, "there are speed"),
        (["--from", "nothing.json"], 7, "nothing.json"),
    ],
)
def test_mistakes_are_one_line(arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "phy", *arguments]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert err.count("\n") == 1


def test_a_file_that_is_no_benchmark_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for content in ("[]", "{}", '{"rows": [1]}', "not JSON"):
        path = tmp_path / "other.json"
        path.write_text(content)
        assert main(["bench", "phy", "--from", str(path)]) == 7
        assert "is not the JSON of a benchmark" in capsys.readouterr().err

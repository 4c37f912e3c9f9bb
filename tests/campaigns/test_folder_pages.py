# SPDX-License-Identifier: MIT
"""The reports on the folders of `lrisc train` and `lrisc decode`: made by the command, from what lies there."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from lrisc_sdr.campaigns.report.folder_page import MOST_POINTS, plot
from lrisc_sdr.cli import main
from lrisc_sdr.link.lines import as_json
from lrisc_sdr.link.messages import Result
from lrisc_sdr.pictures import save_png

from .test_report import Page

pytest.importorskip("matplotlib", reason="the report's curves are matplotlib's")
pytest.importorskip("jinja2", reason="the report's page is jinja2's")


def write_log(folder: Path, *rows: dict[str, float]) -> None:
    folder.mkdir(parents=True)
    (folder / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.fixture
def training(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    write_log(
        folder / "codec",
        {"step": 100, "loss": 0.5, "seconds": 1.0},
        {"step": 200, "loss": 0.25, "seconds": 2.0},
        {"step": 200, "held_back_loss": 0.375, "seconds": 2.0},
    )
    (folder / "diffusion").mkdir()
    return folder


def test_a_training_is_one_page_with_its_curves(training: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(training)]) == 0
    assert str(training / "report.html") in capsys.readouterr().err
    page = Page((training / "report.html").read_text())
    assert page.open == []
    assert page.count["svg"] == 1
    assert "not finished" in page.text
    assert [cell.strip() for cell in page.cells][-3:] == ["loss", "0.25", "0.375"]
    (training / "model").mkdir()
    (training / "model" / "README.md").write_text("# mine\n\n3 pictures <b>from</b> a.tar\n")
    assert main(["report", str(training)]) == 0
    page = Page((training / "report.html").read_text())
    assert "not finished" not in page.text
    assert "3 pictures <b>from</b> a.tar" in page.text


def test_a_training_that_goes_on_has_a_report(training: Path) -> None:
    with (training / "codec" / "log.jsonl").open("a") as log:
        log.write('{"step": 300, "lo')
    assert main(["report", str(training)]) == 0
    assert "200 steps" in Page((training / "report.html").read_text()).text


@pytest.mark.parametrize("line", ["{", "[]", '{"loss": 1.0}'])
def test_a_damaged_log_is_one_line(training: Path, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    (training / "codec" / "log.jsonl").write_text(f"{line}\n")
    assert main(["report", str(training)]) == 7
    error = capsys.readouterr().err
    assert "log.jsonl is damaged" in error
    assert len(error.splitlines()) == 1
    assert not (training / "report.html").exists()


def test_a_long_training_is_drawn_as_stretches() -> None:
    drawn = plot("loss", "step", {"training": [(step, 1.0) for step in range(10 * MOST_POINTS)], "none": []})
    assert drawn is not None
    assert MOST_POINTS <= drawn.svg.count("<use") < 2 * MOST_POINTS
    assert [name for _, name in drawn.legend] == ["● training"]
    assert plot("loss", "step", {"training": [(1, 1.0)]}) is None


@pytest.fixture
def decoded(tmp_path: Path) -> Path:
    """Two pictures, the second of which was taken away since, and one that failed."""
    folder = tmp_path / "decoded"
    folder.mkdir()
    picture = np.random.default_rng(1).integers(0, 256, (32, 48, 3), dtype=np.uint8)
    for name in ("00001.png", "00001-jscc.png"):
        save_png(folder / name, picture)
    results = [
        Result(
            picture_id=number, ok=True, height=32, width=48, frames_received=3, frames_sent=4, snr_db=9.5 + number,
            cfo_hz=100.0, decode_s=0.5, picture=f"{number:05}.png", jscc=f"{number:05}-jscc.png", number=number,
        )
        for number in (1, 2)
    ]  # fmt: skip
    results.append(Result(picture_id=3, ok=False, error="no <frame> had side information", number=3))
    (folder / "pictures.jsonl").write_text("".join(as_json(result) + "\n" for result in results))
    return folder


def test_a_decoders_folder_is_one_page(decoded: Path) -> None:
    assert main(["report", str(decoded)]) == 0
    page = Page((decoded / "report.html").read_text())
    assert page.open == []
    assert page.count["img"] == 2 + 1  # and the viewer's own
    assert page.count["svg"] == 3
    assert "2 of 3 results are pictures, 1 failed" in page.text
    assert "no <frame> had side information" in page.text
    assert {"3 of 4", "10.5", "100", "0.50"} <= {cell.strip() for cell in page.cells}


def test_a_decoder_that_has_decoded_nothing_has_a_report(decoded: Path) -> None:
    (decoded / "pictures.jsonl").write_text("")
    assert main(["report", str(decoded)]) == 0
    assert "0 of 0 results" in Page((decoded / "report.html").read_text()).text


def test_a_picture_outside_of_the_folder_is_not_taken(decoded: Path) -> None:
    save_png(decoded.parent / "secret.png", np.zeros((8, 8, 3), dtype=np.uint8))
    row = {"picture_id": 1, "ok": True, "picture": "../secret.png"}
    (decoded / "pictures.jsonl").write_text(json.dumps(row) + "\n")
    assert main(["report", str(decoded)]) == 0
    assert Page((decoded / "report.html").read_text()).count["img"] == 1


def test_what_is_no_run_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "begun" / "codec").mkdir(parents=True)
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "pictures.jsonl").write_text('{"name": "a.png"}\n')
    for name, why in (
        ("nowhere", "there is no folder"),
        ("begun", "has logged nothing yet"),
        ("foreign", "is no result of the decoder"),
    ):
        assert main(["report", str(tmp_path / name)]) == 7
        error = capsys.readouterr().err
        assert why in error
        assert len(error.splitlines()) == 1

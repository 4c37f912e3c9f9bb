# SPDX-License-Identifier: MIT
"""The report of one run: made from what lies in its folder, by the command."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from lrisc_sdr.campaigns.report import is_run, write_run_report
from lrisc_sdr.cli import main
from lrisc_sdr.errors import InputError
from lrisc_sdr.pictures import save_png
from lrisc_sdr.runs.report import PictureRow, Report

from .test_report import Page

pytest.importorskip("matplotlib", reason="the report's curves are matplotlib's")
pytest.importorskip("jinja2", reason="the report's page is jinja2's")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Two pictures that were decoded, and one that was lost; the second is known by its number only."""
    folder = tmp_path / "20260101-loop"
    rows = [
        PictureRow("a<b>.png", 32, 48, 3, 3, 10.0, 9.9, 9.7, 1200.0, psnr_db=27.31, psnr_jscc_db=27.5, decode_s=0.4),
        PictureRow("00001", 32, 48, 4, 3, 10.0, 9.9, 8.7, -300.0, psnr_db=24.0, psnr_jscc_db=24.25, decode_s=0.6),
        PictureRow("lost.png", 32, 48, 3, 0),
    ]
    report = Report(rows, failed=["lost.png"], versions={"lrisc_sdr": "1", "torch": None})
    report.notes["lost.png"] = "not decoded: no frame arrived"
    report.extra_totals = {"frames_detected": 7, "frames_header_ok": 6, "frames_payload_ok": 6}
    rng = np.random.default_rng(3)
    for kind in ("source", "jscc", "final"):
        (folder / kind).mkdir(parents=True)
        for stem in ("a<b>", "00001"):
            save_png(folder / kind / f"{stem}.png", rng.integers(0, 256, (32, 48, 3), dtype=np.uint8))
    save_png(folder / "source" / "lost.png", rng.integers(0, 256, (32, 48, 3), dtype=np.uint8))
    (folder / "metrics.json").write_text(json.dumps(report.document()))
    (folder / "config.toml").write_text('[link]\nmodel = "small"\n')
    return folder


def test_a_run_is_one_page_with_its_pictures_curves_and_figures(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert is_run(run)
    assert main(["report", str(run)]) == 0
    assert "report.html" in capsys.readouterr().err
    page = Page((run / "report.html").read_text())
    assert page.open == []
    assert page.count["img"] == 3 + 3 + 1 + 1  # and the viewer's own
    assert all(link.startswith(("data:image/jpeg", "#")) for link in page.fetched)
    assert page.count["svg"] == 3  # SNR, carrier offset, PSNR: nothing has an LPIPS
    assert "2 of 3 pictures decoded, 1 failed" in page.text
    assert "a<b>.png" in page.text
    for cell in ("27.31", "27.50", "9.7", "1200", "–", "7"):
        assert cell in [text.strip() for text in page.cells], cell
    assert "not decoded: no frame arrived" in page.text
    assert 'model = "small"' in page.text


def test_a_curve_leaves_out_what_is_not_known(run: Path) -> None:
    document = json.loads((run / "metrics.json").read_text())
    document["pictures"][1]["cfo_hz_estimated"] = None
    (run / "metrics.json").write_text(json.dumps(document))
    write_run_report(run, run / "report.html")
    assert Page((run / "report.html").read_text()).count["svg"] == 2


@pytest.mark.parametrize("damage", ["{", "[]", '{"pictures": []}'])
def test_a_damaged_run_is_one_line(run: Path, damage: str) -> None:
    (run / "metrics.json").write_text(damage)
    with pytest.raises(InputError, match="damaged"):
        write_run_report(run, run / "report.html")
    assert not (run / "report.html").exists()


def test_what_is_no_run_is_said(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(tmp_path)]) == 7
    assert "no run and no campaign" in capsys.readouterr().err
    assert main(["report", str(run), str(run)]) == 2
    assert main(["report", str(run), "--reference", "A"]) == 2

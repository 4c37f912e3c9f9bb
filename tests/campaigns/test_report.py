# SPDX-License-Identifier: MIT
"""The page: what it must hold, read as a browser would."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lrisc_sdr.campaigns.points import Place, gather
from lrisc_sdr.campaigns.report import curves, tables, write_report
from lrisc_sdr.campaigns.report.loading import load
from lrisc_sdr.campaigns.rows import ROWS
from lrisc_sdr.errors import ConfigurationError, InputError
from lrisc_sdr.evaluation.statistics import Interval
from lrisc_sdr.pictures import save_png

pytest.importorskip("matplotlib", reason="the report's curves are matplotlib's")
pytest.importorskip("jinja2", reason="the report's page is jinja2's")

Row = Callable[..., dict[str, Any]]
VOID = {"meta", "img", "br", "link", "input"}


class Page(HTMLParser):
    """Elements, ids, texts and everything that a browser would fetch; tags must close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.count: dict[str, int] = {}
        self.ids: list[str] = []
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.cells: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.count[tag] = self.count.get(tag, 0) + 1
        for name, value in attrs:
            assert value is not None or name in ("open", "data-zoom", "data-close"), (tag, name)
            if name == "id":
                self.ids.append(str(value))
            elif name in ("src", "xlink:href", "href", "action", "data", "srcset"):
                (self.links if tag == "a" else self.fetched).append(str(value))
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if "td" in self.open or "th" in self.open:
            self.cells[-1] += data


def write(folder: Path, rows: list[dict[str, Any]]) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / ROWS).write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


@pytest.fixture
def folder(tmp_path: Path, row: Row) -> Path:
    """Three systems, two ratios, three SNRs, four pictures; B is 1 dB better than A, C fails at 1 dB."""
    rows = []
    for number in range(4):
        for snr_db in (1.0, 7.0, 13.0):
            for over in (48, 24):
                for system, gain in (("A & <co>", 0.0), ("B", 1.0), ("C", -1.0)):
                    failed = system == "C" and snr_db == 1.0
                    rows.append(
                        row(
                            system=system, picture=f"p{number}.png", picture_digest=f"d{number}", snr_db=snr_db,
                            told_snr_db=snr_db, cbr=f"1/{over}", cbr_asked=1 / over, cbr_frame=0.99 / over,
                            psnr_db=11.0 if failed else 20.0 + 3 * number + snr_db / 2 + gain, failed=failed,
                            reason="no frame arrived" if failed else None,
                            lpips=0.5 - snr_db / 50 - gain / 100,
                        )
                    )  # fmt: skip
    campaign = write(tmp_path / "campaign", rows)
    image = np.zeros((64, 80, 3), dtype=np.uint8)
    for name in ("sources", "pictures"):
        (campaign / name).mkdir()
    save_png(campaign / "sources" / "d0.png", image)
    for row_ in rows:
        if row_["picture"] == "p0.png" and row_["cbr"] == "1/48" and row_["snr_db"] < 5 and not row_["failed"]:
            row_["file"] = f"pictures/{row_['system'][0]}.png"
            save_png(campaign / row_["file"], image + 9)
    return write(campaign, rows)


@pytest.fixture
def page(folder: Path, tmp_path: Path) -> Page:
    write_report([folder], tmp_path / "report.html", reference="B")
    return Page((tmp_path / "report.html").read_text())


def test_the_page_needs_nothing_beside_it(page: Page) -> None:
    assert page.open == []
    assert all(address.startswith(("data:", "#")) for address in page.fetched)
    assert all(link.removeprefix("#") in page.ids for link in page.links)
    assert "http" not in page.text.replace("http-equiv", "")
    assert len(set(page.ids)) == len(page.ids)


def test_every_metric_has_curves_means_and_differences(page: Page) -> None:
    assert {"psnr_db", "lpips", "pictures", "bill", "failures"} <= set(page.ids)
    assert page.count["svg"] == 2 * (2 + 3)  # two metrics: against SNR at two ratios, against the ratio at three SNRs
    assert "A & <co>" in page.text
    assert page.text.count("Differences to B, picture by picture") == 2
    assert page.text.count("CBR 1/24, awgn, pluto256") == 4


def test_failed_pictures_are_counted_and_shown(page: Page) -> None:
    assert "8 failed" in page.text
    assert sum("4 of 4 failed" in cell for cell in page.cells) >= 2
    assert "no frame arrived" in page.text
    assert "mid-grey" in page.text


def test_pictures_are_in_the_page(page: Page) -> None:
    assert page.count["img"] == 3 + 1  # source, two systems, and the viewer's own; the third failed
    assert sum(address.startswith("data:image/jpeg;base64,") for address in page.fetched) == 3
    assert "failed: no frame arrived" in page.text


def test_means_and_differences_are_those_of_the_rows(folder: Path) -> None:
    loaded = load([folder])
    title, columns = tables.columns_by_ratio(loaded)[-1]
    assert title == "CBR 1/24, awgn, pluto256"
    grid = tables.means(loaded.table, "psnr_db", title, columns, seed=0)
    assert grid.columns == ["1 dB", "7 dB", "13 dB"]
    texts = {name: [cell.text for cell in cells] for _, name, cells in grid.lines}
    assert texts["A & <co>"] == ["25.00", "28.00", "31.00"]
    assert texts["C"][0] == "11.00"
    assert [cell.kind for cell in grid.lines[1][2]] == ["best"] * 3
    grid = tables.differences(loaded.table, "B", "psnr_db", title, columns, seed=0)
    assert [name for _, name, _ in grid.lines] == ["A & <co>", "C"]
    assert [cell.text for cell in grid.lines[0][2]] == ["−1.00"] * 3
    assert {cell.kind for cell in grid.lines[0][2]} == {"worse"}
    grid = tables.differences(loaded.table, "B", "lpips", title, columns, seed=0)
    assert {cell.kind for cell in grid.lines[0][2]} == {"worse"}
    assert grid.lines[0][2][0].text == "+0.010"


def test_the_bill_says_who_took_more_than_was_asked(tmp_path: Path, row: Row) -> None:
    rows = [row(system="A", cbr_frame=1.02 / 48), row(system="B", cbr_frame=None, failed=True, reason="refused")]
    grid = tables.bill(load([write(tmp_path / "c", rows)]))
    cells = dict(zip(tables.BILL, grid.lines[0][2], strict=True))
    assert (cells["above what was asked"].text, cells["above what was asked"].kind) == ("1", "worse")
    assert cells["CBR billed, mean"].detail == "+2.0 %"
    assert [cell.text for cell in grid.lines[1][2]][:6] == ["1/48", "–", "–", "–", "3.0 %", "1"]


def test_a_bound_is_no_competitor(tmp_path: Path, row: Row) -> None:
    rows = [row(system="A", psnr_db=30.0), row(system="B", psnr_db=31.0), row(system="C", psnr_db=40.0, sent=False)]
    loaded = load([write(tmp_path / "c", rows)])
    title, columns = tables.columns_by_ratio(loaded)[0]
    grid = tables.means(loaded.table, "psnr_db", title, columns, seed=0)
    assert [cells[0].kind for _, _, cells in grid.lines] == ["", "best", ""]
    assert loaded.notes == ["C: a bound, what a code at capacity could show; nothing was sent"]


def test_seeds_of_one_picture_are_averaged_first(row: Row) -> None:
    rows = [row(seed=0, psnr_db=10.0), row(seed=1, psnr_db=20.0), row(picture="q.png", psnr_db=40.0)]
    gathered = gather(rows)["A"][Place("awgn", "pluto256", 0.0, 1 / 48, 10.0)]
    assert gathered.by_picture("psnr_db") == {"p.png": 15.0, "q.png": 40.0}
    assert gathered.mean("psnr_db") == 27.5
    assert gathered.pictures == 2


def test_the_newest_of_equal_points_counts_and_the_page_says_so(tmp_path: Path, row: Row) -> None:
    folder = write(tmp_path / "c", [row(psnr_db=1.0), row(psnr_db=2.0, identity="two")])
    loaded = load([folder])
    assert [row_["psnr_db"] for row_ in loaded.rows] == [2.0]
    assert "1 rows are of earlier weights" in loaded.notes[0]


def test_systems_of_several_folders_are_told_apart_where_they_differ(tmp_path: Path, row: Row) -> None:
    one = write(tmp_path / "one", [row(system="A"), row(system="same")])
    two = write(tmp_path / "two", [row(system="A", identity="two"), row(system="same")])
    assert list(load([one, two]).table) == ["A (one)", "same", "A (two)"]


def test_told_errors_have_curves_of_their_own(tmp_path: Path, row: Row) -> None:
    rows = [row(told_snr_db=10.0 + error, psnr_db=30.0 - abs(error)) for error in (-5.0, 0.0, 5.0)]
    write_report([write(tmp_path / "c", rows)], tmp_path / "r.html")
    page = Page((tmp_path / "r.html").read_text())
    assert "against the error of the told SNR" in page.text
    assert page.count["svg"] == 1
    assert {"10 dB, told −5", "10 dB", "10 dB, told +5"} <= set(page.cells)


def test_curves_are_well_formed_and_take_the_pages_colours() -> None:
    value = Interval(2.0, 1.0, 3.0, 9)
    lines = [curves.Curve(n, [1.0, 2.0], [value, value], [0, 1]) for n in range(10)]
    svg = curves.panel(lines, "a < b & c", "x", "y", (0.0, 4.0))
    assert svg == curves.panel(lines, "a < b & c", "x", "y", (0.0, 4.0))
    root = ET.fromstring(svg)
    assert root.attrib["aria-label"] == "a < b & c: y against x"
    assert "width" not in root.attrib
    for colour in ("currentColor", "var(--system-0)", "var(--system-7)"):
        assert colour in svg
    assert "#0a0b" not in svg
    assert curves.INK not in svg


@pytest.mark.parametrize(
    ("reference", "message"), [("A & co", "did you mean 'A & <co>'"), ("zzzz", "there are A")], ids=["near", "far"]
)
def test_an_unknown_reference_is_named(folder: Path, tmp_path: Path, reference: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        write_report([folder], tmp_path / "report.html", reference)


def test_bad_folders_and_targets_are_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no campaign"):
        write_report([tmp_path / "none"], tmp_path / "report.html")
    with pytest.raises(InputError, match="no rows yet"):
        write_report([write(tmp_path / "empty", [])], tmp_path / "report.html")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        write_report([folder], tmp_path / "no folder" / "report.html")

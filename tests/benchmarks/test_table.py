# SPDX-License-Identifier: MIT
from __future__ import annotations

import io
from dataclasses import asdict
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.page import BEGIN, END, bring_up
from benchmarks.rows import Row
from benchmarks.table import HEADINGS, markdown, number, table

ROWS = [
    asdict(Row("speed", 51.26, "Msps", "≥ 3 × peer", True, {"peer": 16.0, "other": None}, "what a reader must know")),
    asdict(Row("errors|all", 2.7e-11, "", "≤ 0.001", False, {}, "what a reader must know")),
    asdict(Row("memory", None, "MiB")),
]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0, "0"),
        (51.26, "51.3"),
        (0.95, "0.95"),
        (2.7e-11, "2.7e-11"),
        (20480.0, "20,480"),
        (-1.5, "-1.5"),
    ],
)
def test_numbers(value: float | None, text: str) -> None:
    assert number(value) == text


def test_markdown_has_a_line_a_row_and_each_note_once() -> None:
    lines = markdown(ROWS).splitlines()
    assert lines[0] == f"| {' | '.join(HEADINGS)} |"
    assert lines[2] == "| speed | 51.3 | Msps | ≥ 3 × peer | yes | peer 16, other – |"
    assert all(line.count("|") == len(HEADINGS) + 1 for line in lines[:5])
    assert lines[5:] == ["", "- what a reader must know"]


def test_table_on_a_terminal() -> None:
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(table(ROWS))
    text = console.export_text()
    assert "51.3" in text
    assert "≥ 3 × peer" in text
    assert "peer 16, other –" in text


def test_page_is_brought_up_between_its_marks_only(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    assert not bring_up(page, "new")
    page.write_text("# Title\n")
    assert not bring_up(page, "new")
    assert page.read_text() == "# Title\n"
    page.write_text(f"# Title\n{BEGIN}\nold\n{END}\nrest\n")
    assert bring_up(page, "new\n")
    assert bring_up(page, "newer\n")
    text = page.read_text()
    assert "old" not in text
    assert "new\n" not in text
    assert text.startswith("# Title\n")
    assert text.endswith("rest\n")
    assert "newer" in text

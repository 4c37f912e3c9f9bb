# SPDX-License-Identifier: MIT
"""The rows of a document as a table: for the terminal, and in Markdown for the documentation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

HEADINGS = ("what", "value", "unit", "goal", "met", "beside")

_MET = {True: "yes", False: "no", None: "–"}


def number(value: float | None) -> str:
    """Three or four digits of a figure; a dash where there is none."""
    if value is None:
        return "–"
    if value == 0.0 or 1e-3 <= abs(value) < 1e6:
        digits = f"{value:.4g}" if abs(value) >= 1000.0 else f"{value:.3g}"
        return f"{float(digits):,.0f}" if abs(value) >= 1000.0 else digits
    return f"{value:.1e}"


def cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The cells of a row of the document, in the order of `HEADINGS`."""
    beside = ", ".join(f"{name} {number(value)}" for name, value in row["beside"].items())
    return row["what"], number(row["value"]), row["unit"], row["goal"] or "–", _MET[row["met"]], beside


def notes(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """What a reader must know, each once, in the order of the rows."""
    return list(dict.fromkeys(row["note"] for row in rows if row["note"]))


def table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """The rows for a terminal."""
    styles = {"yes": "green", "no": "red", "–": "dim"}
    made = Table(box=None, pad_edge=False)
    for heading in HEADINGS:
        made.add_column(heading, justify="right" if heading == "value" else "left", overflow="fold")
    for row in rows:
        what, value, unit, goal, met, beside = cells(row)
        made.add_row(what, value, unit, goal, f"[{styles[met]}]{met}[/]", beside)
    return made


def markdown(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows in Markdown, with the notes below."""
    lines = [f"| {' | '.join(HEADINGS)} |", "|---|---:|---|---|---|---|"]
    lines += [f"| {' | '.join(cell.replace('|', '∣') for cell in cells(row))} |" for row in rows]
    said = notes(rows)
    return "\n".join(lines) + ("\n\n" + "\n".join(f"- {note}" for note in said) if said else "") + "\n"

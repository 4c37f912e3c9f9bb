# SPDX-License-Identifier: MIT
"""The table in a page of the documentation, between two marks."""

from __future__ import annotations

from pathlib import Path

BEGIN, END = "<!-- table -->", "<!-- end of table -->"


def bring_up(page: Path, table: str) -> bool:
    """Put a table in Markdown between the page's marks; whether there is such a page with both marks."""
    if not page.is_file():
        return False
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        return False
    page.write_text(f"{before}{BEGIN}\n\n{table}\n{END}{after}", encoding="utf-8")
    return True

# SPDX-License-Identifier: MIT
"""The folder of `lrisc decode` as one HTML file: its newest pictures, SNR and times of all, and what failed.

OUT/pictures.jsonl ─┐
OUT/*.png ──────────┴─► folder_page.html.jinja ─► report.html
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from lrisc_sdr.campaigns.report.folder_page import Section, plot, read_lines, write_folder_page
from lrisc_sdr.campaigns.report.gallery import Shown, Strip, picture_data
from lrisc_sdr.errors import InputError
from lrisc_sdr.runs.progress import Progress, silent

RESULTS = "pictures.jsonl"
MOST_PICTURES = 50
MOST_LINES = 1_000
FIGURES = (("Es/N0 estimated [dB]", "snr_db"), ("carrier offset [Hz]", "cfo_hz"), ("decoding [s]", "decode_s"))
ABSENT = "–"


def is_decoded(folder: Path) -> bool:
    """Whether a folder holds what the decoder service leaves."""
    return (folder / RESULTS).is_file()


def write_decoder_report(folder: Path, out: Path, progress: Progress = silent) -> None:
    """Make the report of a decoder's folder, of what is in it now.

    Raises:
        InputError: the folder holds no results, or they are damaged.
        ConfigurationError: the file cannot be written.
        MissingExtra: jinja2 or matplotlib is not installed.
    """
    rows = read_lines(folder / RESULTS)
    if not all(isinstance(row.get("picture_id"), int) and isinstance(row.get("ok"), bool) for row in rows):
        raise InputError(f"{folder / RESULTS} is damaged: a line of it is no result of the decoder")
    decoded = [row for row in rows if row["ok"]]
    newest = decoded[: -MOST_PICTURES - 1 : -1]
    strips: list[Strip] = []
    for done, row in enumerate(newest):
        progress("pictures", done, len(newest))
        strips += _strip(folder, row)
    progress("pictures", len(newest), len(newest))
    numbered = list(enumerate(rows, start=1))
    curves = (
        plot(title, "result", {"": [(n, row[name]) for n, row in numbered if row.get(name) is not None]})
        for title, name in FIGURES
    )
    failed = len(rows) - len(decoded)
    sections = [
        Section("Over time", "results in their order", [curve for curve in curves if curve is not None]),
        Section("Pictures", "the newest first; choose one to enlarge it", strips=strips),
        Section(
            "Results",
            f"the last {MOST_LINES}" if len(rows) > MOST_LINES else "",
            columns=("result", "picture", "frames", "Es/N0 [dB]", "CFO [Hz]", "decoding [s]", "failed because"),
            lines=[_line(number, row) for number, row in numbered[-MOST_LINES:]],
        ),
    ]
    summary = f"{len(decoded)} of {len(rows)} results are pictures" + (f", {failed} failed." if failed else ".")
    write_folder_page(folder, "decoder", summary, [section for section in sections if _has_content(section)], out)


def _has_content(section: Section) -> bool:
    return bool(section.figures or section.strips or section.lines)


def _strip(folder: Path, row: dict[str, Any]) -> Sequence[Strip]:
    """JSCC and final picture; nothing where they were taken away since."""
    shown, size = [], (1, 1)
    for title, name in (("JSCC", row.get("jscc")), ("final", row.get("picture"))):
        # A name of the folder, whatever the file says.
        path = folder / Path(str(name)).name
        if name is not None and path.is_file():
            with Image.open(path) as image:
                size = image.size
            shown.append(Shown(title, picture_data(path)))
    return [Strip(str(row.get("picture")), shown, *size)] if shown else []


def _line(number: int, row: dict[str, Any]) -> list[str]:
    received, sent = (
        ABSENT if row.get(f"frames_{name}") is None else row[f"frames_{name}"] for name in ("received", "sent")
    )
    cells = [(row.get("snr_db"), ".1f"), (row.get("cfo_hz"), ".0f"), (row.get("decode_s"), ".2f")]
    return [
        str(number),
        str(row.get("picture") or row["picture_id"]),
        f"{received} of {sent}",
        *(ABSENT if value is None else format(value, form) for value, form in cells),
        "" if row["ok"] else str(row.get("error")),
    ]

# SPDX-License-Identifier: MIT
"""A run of `lrisc loop`, `rx`, `replay` or `tx --duplex` as one HTML file, from what lies in the run's folder.

metrics.json ─► curves, tables ─┐
source/ jscc/ final/ ─► strips ─┼─► run_page.html.jinja ─► report.html
config.toml ────────────────────┘
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from lrisc_sdr import __version__
from lrisc_sdr.campaigns.report.curves import MARKERS, SHAPES, Curve, panel
from lrisc_sdr.campaigns.report.gallery import Shown, Strip, picture_data
from lrisc_sdr.campaigns.report.writing import render, write_page
from lrisc_sdr.errors import InputError
from lrisc_sdr.evaluation.statistics import Interval
from lrisc_sdr.runs.progress import Progress, silent

METRICS, CONFIG = "metrics.json", "config.toml"
MOST_PICTURES = 100
ABSENT = "–"
# Heading, field and form of the table's columns.
COLUMNS = (
    ("frames sent", "frames_sent", "d"),
    ("received", "frames_received", "d"),
    ("Es/N0 told [dB]", "snr_db_told", ".1f"),
    ("Es/N0 true [dB]", "snr_db_true", ".1f"),
    ("Es/N0 estimated [dB]", "snr_db_estimated", ".1f"),
    ("CFO [Hz]", "cfo_hz_estimated", ".0f"),
    ("CBR with headers", "cbr_frame", ".5f"),
    ("PSNR, JSCC [dB]", "psnr_jscc_db", ".2f"),
    ("PSNR, final [dB]", "psnr_db", ".2f"),
    ("MS-SSIM", "ms_ssim", ".4f"),
    ("LPIPS, JSCC", "lpips_jscc", ".3f"),
    ("LPIPS, final", "lpips", ".3f"),
    ("decoding [s]", "decode_s", ".2f"),
)
# Axis, and the lines on it: field and name.
FIGURES = (
    ("Es/N0 [dB]", (("snr_db_told", "told"), ("snr_db_true", "true"), ("snr_db_estimated", "estimated"))),
    ("carrier offset [Hz]", (("cfo_hz_estimated", "estimated"),)),
    ("PSNR [dB]", (("psnr_jscc_db", "JSCC"), ("psnr_db", "final"))),
    ("LPIPS", (("lpips_jscc", "JSCC"), ("lpips", "final"))),
)
FUNNEL = (
    ("sent", "frames_sent"),
    ("bursts detected", "frames_detected"),
    ("header right", "frames_header_ok"),
    ("payload right", "frames_payload_ok"),
    ("received by the decoder", "frames_received"),
)


@dataclass(frozen=True)
class Drawn:
    """One plot: an SVG element, and the colours' numbers and names of its lines."""

    svg: str
    legend: list[tuple[int, str]]


def is_run(folder: Path) -> bool:
    """Whether a folder holds what a run leaves."""
    return (folder / METRICS).is_file() and (folder / CONFIG).is_file()


def write_run_report(folder: Path, out: Path, progress: Progress = silent) -> None:
    """Make the report of a run's folder.

    Raises:
        InputError: the folder holds no run, or a file in it is damaged.
        ConfigurationError: the file cannot be written.
        MissingExtra: jinja2 or matplotlib is not installed.
    """
    try:
        document = json.loads((folder / METRICS).read_text(encoding="utf-8"))
        config = (folder / CONFIG).read_text(encoding="utf-8")
        rows: list[dict[str, Any]] = document["pictures"]
        totals, notes, versions = document["totals"], document["notes"], document["versions"]
    except OSError as error:
        raise InputError(f"{folder} holds no run: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise InputError(f"{folder / METRICS} is damaged: run the command again") from None
    strips = []
    for done, row in enumerate(rows[:MOST_PICTURES]):
        progress("pictures", done, len(rows))
        strip = _strip(folder, row, notes)
        if strip is not None:
            strips.append(strip)
    progress("pictures", len(rows), len(rows))
    columns = [column for column in COLUMNS if any(row.get(column[1]) is not None for row in rows)]
    page = render(
        "run_page.html.jinja",
        title=folder.resolve().name,
        totals=totals,
        strips=strips,
        figures=_figures(rows),
        columns=["picture", *(heading for heading, _, _ in columns)],
        lines=[*(_line(row["name"], row, columns) for row in rows), *_mean(rows, totals, columns)],
        funnel=[(name, totals[field]) for name, field in FUNNEL if totals.get(field) is not None],
        notes=sorted(notes.items()),
        versions=[(name, value) for name, value in versions.items() if value],
        config=config,
        version=__version__,
    )
    write_page(page, out)


def _line(name: str, row: Mapping[str, Any], columns: Sequence[tuple[str, str, str]]) -> tuple[str, list[str]]:
    cells = [ABSENT if row.get(field) is None else format(row[field], form) for _, field, form in columns]
    return name, cells


def _mean(
    rows: Sequence[Mapping[str, Any]], totals: Mapping[str, Any], columns: Sequence[tuple[str, str, str]]
) -> list[tuple[str, list[str]]]:
    """The last line, where there is more than one picture: sums of frames and times, means of the rest."""
    return [_line("all: sums of frames and times, means", totals, columns)] if len(rows) > 1 else []


def _strip(folder: Path, row: Mapping[str, Any], notes: Mapping[str, str]) -> Strip | None:
    """Source, JSCC and final picture, as far as they are there; None where none of them is."""
    shown, sizes = [], []
    for name, kind, fields in (
        ("source", "source", ()),
        ("JSCC", "jscc", (("psnr_jscc_db", "PSNR {:.2f} dB"), ("lpips_jscc", "LPIPS {:.3f}"))),
        ("final", "final", (("psnr_db", "PSNR {:.2f} dB"), ("ms_ssim", "MS-SSIM {:.4f}"), ("lpips", "LPIPS {:.3f}"))),
    ):
        path = _file(folder / kind, row["name"])
        if path is not None:
            with Image.open(path) as image:
                sizes.append(image.size)
            figures = ", ".join(form.format(row[field]) for field, form in fields if row.get(field) is not None)
            shown.append(Shown(name, picture_data(path), figures))
        elif name == "final":
            shown.append(Shown(name, None, reason=notes.get(row["name"], "not decoded")))
    if not sizes:
        return None
    return Strip(row["name"], shown, *sizes[0])


def _file(folder: Path, name: str) -> Path | None:
    """A picture of a row: under its source's name without the ending, or under its number in a capture."""
    for stem in (Path(name).stem, name):
        if (folder / f"{stem}.png").is_file():
            return folder / f"{stem}.png"
    return None


def _figures(rows: Sequence[Mapping[str, Any]]) -> list[Drawn]:
    """A plot of every quantity that at least two pictures have."""
    drawn = []
    for label, lines in FIGURES:
        curves, legend = [], []
        for number, (field, name) in enumerate(lines):
            known = [(place, row[field]) for place, row in enumerate(rows, start=1) if row.get(field) is not None]
            if len(known) > 1:
                values = [Interval(value, value, value, 1) for _, value in known]
                curves.append(Curve(number, [place for place, _ in known], values, [0] * len(known)))
                legend.append((number, f"{SHAPES[MARKERS[number]]} {name}"))
        if curves:
            every = [value.mean for curve in curves for value in curve.y]
            margin = 0.08 * (max(every) - min(every)) or 0.5
            span = (min(every) - margin, max(every) + margin)
            drawn.append(Drawn(panel(curves, label, "picture", label, span), legend))
    return drawn

# SPDX-License-Identifier: MIT
"""What `loop`, `tx` and `replay` share at the terminal: progress, the report, and how a run with losses ends."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from lrisc_sdr import telemetry
from lrisc_sdr.errors import FramesFailed
from lrisc_sdr.runs import progress as watched
from lrisc_sdr.runs.report import PictureRow, Report
from lrisc_sdr.telemetry.messages import Stage

COLUMNS: dict[str, tuple[str, str]] = {
    "frames": ("frames", ""),
    "SNR dB": ("snr_db_estimated", ".1f"),
    "CBR": ("cbr_frame", ".4f"),
    "PSNR dB": ("psnr_db", ".2f"),
    "inside": ("psnr_inside_db", ".2f"),
    "outside": ("psnr_outside_db", ".2f"),
    "JSCC": ("psnr_jscc_db", ".2f"),
    "LPIPS": ("lpips", ".3f"),
    "JSCC ": ("lpips_jscc", ".3f"),
    "decode s": ("decode_s", ".2f"),
}


@contextlib.contextmanager
def progress_bar() -> Iterator[watched.Progress]:
    """A bar on standard error where that is a terminal, nothing in a pipe."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _tell
        return
    text = TextColumn("{task.description}")
    columns = (
        SpinnerColumn(), text, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), "left:", TimeRemainingColumn()
    )  # fmt: skip
    # The time left follows the speed of the last ten minutes: a step of a campaign may take half of one.
    with Progress(*columns, console=console, transient=True, speed_estimate_period=600) as bar:
        tasks: dict[str, TaskID] = {}

        def show(stage: str, done: int, total: int | None) -> None:
            _tell(stage, done, total)
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, completed=done)
            bar.update(tasks[stage], completed=done, total=total)

        yield show


def _tell(stage: str, done: int, total: int | None) -> None:
    if telemetry.wanted():
        telemetry.tell(Stage(run=telemetry.run_name(), stage=stage, done=done, total=total))


def print_report(report: Report, place: Path | None, as_json: bool) -> None:
    """The report on standard output: one JSON document, or a table; where the rest is goes to standard error."""
    if as_json:
        print(json.dumps(report.document(), allow_nan=False, indent=2))
    else:
        console = Console(width=None if sys.stdout.isatty() else 160)
        console.print(_table(report))
        for line in _note_lines(report.notes):
            console.print(line, style="dim", markup=False, highlight=False, soft_wrap=True)
    if place is not None:
        print(f"pictures and metrics are in {place}; 'lrisc report {place}' draws them", file=sys.stderr)


def _note_lines(notes: Mapping[str, str]) -> list[str]:
    """A line a reason, with all that is missing for it."""
    reasons: dict[str, list[str]] = {}
    for what, why in notes.items():
        reasons.setdefault(why, []).append(what)
    return [f"{', '.join(names)}: {why}" for why, names in reasons.items()]


def raise_for_losses(report: Report) -> None:
    """End with exit code 6 where something was lost on the way.

    Raises:
        FramesFailed: a frame or a picture is missing.
    """
    if report.failed:
        names = ", ".join(report.failed[:3]) + (", …" if len(report.failed) > 3 else "")
        raise FramesFailed(
            f"{len(report.failed)} of {len(report.rows)} pictures failed ({names}): the notes say why; "
            "try a higher SNR or another channel"
        )
    if report.frames_lost > 0:
        raise FramesFailed(f"{report.frames_lost} frames were lost; every picture was decoded from those that arrived")


def _table(report: Report) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("picture")
    known = {
        title: (name, form)
        for title, (name, form) in COLUMNS.items()
        if title == "frames" or any(getattr(row, name) is not None for row in report.rows)
    }
    for title in known:
        table.add_column(title, justify="right")
    for row in report.rows:
        table.add_row(row.name, *(_cell(row, name, form) for name, form in known.values()))
    return table


def _cell(row: PictureRow, name: str, form: str) -> str:
    if name == "frames":
        if row.frames_received is None:
            return str(row.frames_sent)
        return f"{row.frames_received}/{row.frames_sent if row.frames_sent is not None else '?'}"
    value = getattr(row, name)
    return "–" if value is None else f"{value:{form}}"

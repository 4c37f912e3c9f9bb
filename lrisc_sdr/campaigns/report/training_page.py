# SPDX-License-Identifier: MIT
"""The folder of `lrisc train` as one HTML file: curves of each stage's log, and the model's card.

OUT/codec/log.jsonl ─────┐
OUT/diffusion/log.jsonl ─┼─► folder_page.html.jinja ─► report.html
OUT/model/README.md ─────┘
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lrisc_sdr.campaigns.report.folder_page import Plot, Section, plot, read_lines, write_folder_page
from lrisc_sdr.errors import InputError
from lrisc_sdr.runs.progress import Progress, silent

LOG = "log.jsonl"
HELD_BACK = "held_back_"
AXES = ("step", "seconds")
CARD = "model/README.md"


def is_training(folder: Path) -> bool:
    """Whether a folder holds the log of a training, of one stage at least."""
    return bool(_logs(folder))


def write_training_report(folder: Path, out: Path, progress: Progress = silent) -> None:
    """Make the report of a training's folder, finished or not.

    Raises:
        InputError: the folder holds no training, or a log is damaged.
        ConfigurationError: the file cannot be written.
        MissingExtra: jinja2 or matplotlib is not installed.
    """
    logs = _logs(folder)
    sections = []
    for done, log in enumerate(logs):
        progress("stages", done, len(logs))
        rows = read_lines(log)
        if not all(isinstance(row.get("step"), int) for row in rows):
            raise InputError(f"{log} is damaged: a line of it has no step")
        sections.append(_section(log.parent.name, rows))
    progress("stages", len(logs), len(logs))
    card = folder / CARD
    finished = card.is_file()
    if finished:
        sections.append(Section("The model", text=card.read_text(encoding="utf-8", errors="replace")))
    ending = "its model is in model/" if finished else "not finished: the same command goes on"
    write_folder_page(folder, "training", f"A training, {ending}.", sections, out)


def _logs(folder: Path) -> list[Path]:
    """The stages' logs in the order in which they began."""
    return sorted(folder.glob(f"*/{LOG}"), key=lambda log: (log.parent.name != "codec", log.parent.name))


def _section(stage: str, rows: Sequence[dict[str, Any]]) -> Section:
    quantities = [name for row in rows for name in row if name not in AXES]
    names = list(dict.fromkeys(name.removeprefix(HELD_BACK) for name in quantities))
    steps = rows[-1]["step"] if rows else 0
    lines = [
        (name, *(_last(rows, prefix + name) for prefix in ("", HELD_BACK)))
        for name in names
    ]  # fmt: skip
    return Section(
        f"Stage {stage}",
        f"{steps} steps",
        [figure for name in names if (figure := _figure(name, rows)) is not None],
        ("last values", "training", "held back"),
        lines,
    )


def _figure(name: str, rows: Sequence[dict[str, Any]]) -> Plot | None:
    fields = {"training": name, "held back": HELD_BACK + name}
    return plot(name, "step", {
        title: [(row["step"], row[field]) for row in rows if isinstance(row.get(field), float)]
        for title, field in fields.items()
    })  # fmt: skip


def _last(rows: Sequence[dict[str, Any]], name: str) -> str:
    return next((f"{row[name]:.4g}" for row in reversed(rows) if isinstance(row.get(name), float)), "–")

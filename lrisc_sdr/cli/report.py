# SPDX-License-Identifier: MIT
"""`lrisc report`: a run or campaigns as one HTML file."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from lrisc_sdr.campaigns.report import (
    is_decoded,
    is_run,
    is_training,
    write_decoder_report,
    write_report,
    write_run_report,
    write_training_report,
)
from lrisc_sdr.campaigns.rows import ROWS
from lrisc_sdr.cli.watching import progress_bar
from lrisc_sdr.errors import InputError, UsageError
from lrisc_sdr.runs.progress import Progress


def report(
    folders: Annotated[
        list[Path], typer.Argument(help="The folder of one run, or folders that 'lrisc sweep' has filled.")
    ],
    out: Annotated[
        Path | None, typer.Option(help="The HTML file.", show_default="report.html in the first folder")
    ] = None,
    reference: Annotated[
        str | None, typer.Option(help="System that the others are compared with.", show_default="the first")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the bootstrap's draws.")] = 0,
) -> None:
    """Draw a run or campaigns in one HTML file that needs no network.

    A run of loop, rx, replay or tx --duplex: pictures side by side, curves over the run, figures, frames. Of train: its
    curves; of decode: its pictures. Campaigns: curves with intervals, tables, differences and pictures; --reference and
    --seed are for them.
    """
    runs = [folder for folder in folders if _writer(folder) is not None]
    if runs and len(folders) > 1:
        raise UsageError(f"{runs[0]} is a run: give it alone; several folders are for campaigns of 'lrisc sweep'")
    if runs and reference is not None:
        raise UsageError("--reference is for campaigns: a run has one system only")
    for folder in folders:
        if folder not in runs and not (folder / ROWS).is_file():
            raise InputError(_nothing(folder))
    target = out or folders[0] / "report.html"
    with progress_bar() as progress:
        writer = _writer(folders[0])
        if writer is not None:
            writer(folders[0], target, progress)
        else:
            write_report(folders, target, reference, seed, progress)
    print(f"the report is {target}", file=sys.stderr)


def _writer(folder: Path) -> Callable[[Path, Path, Progress], None] | None:
    """What draws the one run in a folder; None for a campaign, and where there is none."""
    if (folder / ROWS).is_file():
        return None
    kinds = ((is_run, write_run_report), (is_training, write_training_report), (is_decoded, write_decoder_report))
    return next((write for is_one, write in kinds if is_one(folder)), None)


def _nothing(folder: Path) -> str:
    if not folder.is_dir():
        return f"there is no folder {folder}"
    if (folder / "codec").is_dir():
        return f"{folder}: the training has logged nothing yet"
    return f"{folder} holds no run and no campaign: loop, rx, replay, tx --duplex, decode, train and sweep leave such"

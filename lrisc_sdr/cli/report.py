# SPDX-License-Identifier: MIT
"""`lrisc report`: a run or campaigns as one HTML file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from lrisc_sdr.campaigns.report import is_run, write_report, write_run_report
from lrisc_sdr.campaigns.rows import ROWS
from lrisc_sdr.cli.watching import progress_bar
from lrisc_sdr.errors import InputError, UsageError


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

    A run of loop, rx, replay or tx --duplex: pictures side by side, curves over the run, figures, frames. Campaigns:
    curves with intervals, tables, differences and pictures; --reference and --seed are for them.
    """
    runs = [folder for folder in folders if is_run(folder)]
    if runs and len(folders) > 1:
        raise UsageError(f"{runs[0]} is a run: give it alone; several folders are for campaigns of 'lrisc sweep'")
    if runs and reference is not None:
        raise UsageError("--reference is for campaigns: a run has one system only")
    for folder in folders:
        if folder not in runs and not (folder / ROWS).is_file():
            raise InputError(f"{folder} holds no campaign and no run: loop, rx, replay and sweep make such folders")
    target = out or folders[0] / "report.html"
    with progress_bar() as progress:
        if runs:
            write_run_report(runs[0], target, progress)
        else:
            write_report(folders, target, reference, seed, progress)
    print(f"the report is {target}", file=sys.stderr)

# SPDX-License-Identifier: MIT
"""`lrisc report`: campaigns as one HTML file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from lrisc_sdr.campaigns.report import write_report
from lrisc_sdr.cli.watching import progress_bar


def report(
    campaigns: Annotated[list[Path], typer.Argument(help="Folders that 'lrisc sweep' has filled.")],
    out: Annotated[
        Path | None, typer.Option(help="The HTML file.", show_default="report.html in the first folder")
    ] = None,
    reference: Annotated[
        str | None, typer.Option(help="System that the others are compared with.", show_default="the first")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the bootstrap's draws.")] = 0,
) -> None:
    """Draw campaigns: curves with intervals, tables, differences and pictures in one file that needs no network."""
    target = out or campaigns[0] / "report.html"
    with progress_bar() as progress:
        write_report(campaigns, target, reference, seed, progress)
    print(f"the report is {target}", file=sys.stderr)

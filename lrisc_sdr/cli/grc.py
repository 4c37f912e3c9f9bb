# SPDX-License-Identifier: MIT
"""`lrisc grc`: GNU Radio Companion with the project's blocks."""

from __future__ import annotations

import subprocess
import sys
from typing import Annotated

import typer


def grc(
    graph: Annotated[
        str | None,
        typer.Argument(
            help="A graph of this project by its name, such as loopback, or a .grc file.", show_default="none"
        ),
    ] = None,
) -> None:
    """Open GNU Radio Companion with the blocks of this project found.

    They are in the category [LRISC]. Graphs that send take a file of frames: lrisc tx photo.jpg --file picture.frames
    """
    command = [sys.executable, "-m", "lrisc_sdr.blocks.companion", *([] if graph is None else [graph])]
    raise typer.Exit(subprocess.run(command, check=False).returncode)

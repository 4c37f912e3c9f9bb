# SPDX-License-Identifier: MIT
"""`lrisc spool`: what the decoder has accepted and not finished, and what it has put aside."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from lrisc_sdr.cli import options
from lrisc_sdr.errors import ConfigurationError, UsageError
from lrisc_sdr.link.export import write_export
from lrisc_sdr.link.spool import QUOTA_BYTES, PictureRow, Spool, State
from lrisc_sdr.link.spool.file import NAME


class Action(str, Enum):
    """What can be done with a spool."""

    ls = "ls"
    requeue = "requeue"
    export = "export"


def spool(
    action: Annotated[Action, typer.Argument(help="ls: list; requeue: decode again; export: write frames to a file.")],
    pictures: Annotated[
        list[int] | None, typer.Argument(help="Numbers from `ls`.", show_default="all in quarantine")
    ] = None,
    folder: Annotated[Path, typer.Option("--spool", help="Folder of the spool.")] = Path("decoded/spool"),
    out: Annotated[Path | None, typer.Option(help="export: the file, which must not exist.")] = None,
    remove: Annotated[bool, typer.Option("--remove", help="export: take the pictures out of the spool.")] = False,
    as_json: options.Json = False,
) -> None:
    """Look into a decoder's spool, also while it runs: list what waits, requeue what failed, export frames.

    A picture whose decoding failed three times is in quarantine, with the reason in its row.
    """
    if not (folder / NAME).is_file():
        raise ConfigurationError(f"{folder} holds no spool: name the folder with --spool")
    if action is not Action.export and (out is not None or remove):
        raise UsageError("--out and --remove are for export")
    opened = Spool(folder, quota_bytes=QUOTA_BYTES, serve=False)
    try:
        chosen = pictures or [row.picture for row in opened.pictures(State.QUARANTINED)]
        if action is Action.ls:
            _show(opened, as_json)
        elif action is Action.requeue:
            opened.requeue(chosen)
            print(f"{len(chosen)} pictures wait again", file=sys.stderr)
        else:
            if out is None:
                raise UsageError("export needs --out FILE")
            n = write_export(out, [message for picture in chosen for message in opened.frames(picture)])
            for picture in chosen if remove else ():
                opened.remove(picture)
            print(f"{n} frames of {len(chosen)} pictures are in {out}", file=sys.stderr)
    finally:
        opened.close()


def _show(opened: Spool, as_json: bool) -> None:
    counts = {state.value: n for state, n in opened.counts().items()}
    rows = opened.pictures()
    if as_json:
        document = {"bytes": opened.used_bytes(), "counts": counts, "pictures": [asdict(row) for row in rows]}
        print(json.dumps(document, indent=2))
        return
    table = Table(box=None, pad_edge=False)
    for title in ("number", "picture", "state", "frames", "tries", "kB", "why"):
        table.add_column(title, justify="left" if title in ("state", "why") else "right", overflow="fold")
    for row in rows:
        table.add_row(*_cells(row))
    Console(width=None if sys.stdout.isatty() else 200).print(table)
    print(
        f"{opened.used_bytes() / 1e6:.1f} MB; " + ", ".join(f"{n} {state}" for state, n in counts.items()),
        file=sys.stderr,
    )


def _cells(row: PictureRow) -> tuple[str, ...]:
    return (
        str(row.picture), row.name, row.state.value, f"{row.held}/{row.count}", str(row.tries),
        f"{row.bytes / 1e3:.0f}", row.error or "",
    )  # fmt: skip

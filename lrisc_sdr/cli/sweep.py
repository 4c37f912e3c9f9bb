# SPDX-License-Identifier: MIT
"""`lrisc sweep`: systems × pictures × SNR × CBR × channel × seed, every point through the modem."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lrisc_sdr.campaigns.campaign import read_campaign
from lrisc_sdr.campaigns.points import gather, measured
from lrisc_sdr.campaigns.summary import summarise, write_summary
from lrisc_sdr.campaigns.sweep import sweep as run_sweep
from lrisc_sdr.cli import options
from lrisc_sdr.cli.watching import progress_bar
from lrisc_sdr.errors import FramesFailed
from lrisc_sdr.evaluation.scoring import FIELDS


def sweep(
    config: Annotated[Path, typer.Option(help="Campaign, a TOML file as in recipes/campaigns/.")],
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the campaign; what it holds is not done again.", show_default="runs/NAME"),
    ] = None,
    processes: Annotated[int, typer.Option(min=1, max=256, help="Processes that share the work.")] = 1,
    engine: options.ServiceEngine = options.Engines.process,
    ray_address: options.RayAddress = None,
    pictures: Annotated[
        list[Path] | None, typer.Option(help="Picture or folder in place of the campaign's own; may be repeated.")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Measure systems over pictures, SNRs, rates, channels and seeds, every point through the OFDM modem.

    A stopped campaign goes on where it was; several runs on one folder, on one machine or on several that share its
    disk, share the work. `lrisc report` draws what comes of it.
    """
    campaign = read_campaign(config, pictures or [])
    folder = out or Path("runs") / campaign.name
    with progress_bar() as progress:
        rows = run_sweep(campaign, folder, processes, progress, options.ray_address(engine, ray_address))
    document = summarise(campaign.name, rows)
    write_summary(folder, document)
    if as_json:
        print(json.dumps(document, allow_nan=False, indent=2, ensure_ascii=False))
    else:
        Console(width=None if sys.stdout.isatty() else 160).print(_table(rows))
    print(f"rows and metrics are in {folder}; 'lrisc report {folder}' draws them", file=sys.stderr)
    if failed := document["totals"]["failed"]:
        raise FramesFailed(f"{failed} of {len(rows)} pictures failed and count as mid-grey: their rows say why")


def _table(rows: list[dict[str, Any]]) -> Table:
    """Means over everything, a line a system: a first glance, not a result."""
    names = measured(rows)
    table = Table(box=None, pad_edge=False, title="means over all points", title_justify="left")
    for title in ("system", "pictures", "failed", *(FIELDS[name].label for name in names)):
        table.add_column(escape(title), justify="left" if title == "system" else "right")
    for system, places in gather(rows).items():
        own = [row for rows_ in places.values() for row in rows_.rows]
        means = [[row[name] for row in own if row.get(name) is not None] for name in names]
        cells = [
            f"{sum(values) / len(values):.{FIELDS[name].digits}f}" if values else "–"
            for name, values in zip(names, means, strict=True)
        ]
        table.add_row(escape(system), str(len(own)), str(sum(row["failed"] for row in own)), *cells)
    return table

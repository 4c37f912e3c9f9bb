# SPDX-License-Identifier: MIT
"""The page: everything of a report put into one file."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lrisc_sdr import __version__
from lrisc_sdr.campaigns.points import measured
from lrisc_sdr.campaigns.report import tables
from lrisc_sdr.campaigns.report.curves import COLOURS, MARKERS, SHAPES
from lrisc_sdr.campaigns.report.figures import Figure, figures
from lrisc_sdr.campaigns.report.gallery import strips
from lrisc_sdr.campaigns.report.loading import Loaded, load
from lrisc_sdr.campaigns.report.writing import render, write_page
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.evaluation.scoring import FIELDS
from lrisc_sdr.evaluation.statistics import LEVEL, RESAMPLES
from lrisc_sdr.runs.progress import Progress, silent


@dataclass(frozen=True)
class Part:
    """One metric: its curves, means and differences."""

    field: str
    label: str
    direction: str
    figures: list[Figure]
    means: list[tables.Grid]
    differences: list[tables.Grid]


def write_report(
    folders: Sequence[Path], out: Path, reference: str | None = None, seed: int = 0, progress: Progress = silent
) -> None:
    """Make a report of campaigns' folders.

    Args:
        folders: of one or several campaigns, finished or not.
        out: the HTML file.
        reference: the system that others are compared with; None for the first.
        seed: of the bootstrap.
        progress: told of every metric.

    Raises:
        InputError: a folder holds no campaign.
        ConfigurationError: no system has the reference's name, or the file cannot be written.
        MissingExtra: jinja2 or matplotlib is not installed.
    """
    loaded = load(folders)
    chosen = _reference(loaded, reference)
    names = measured(loaded.rows)
    parts = []
    for done, field in enumerate(names):
        progress("metrics", done, len(names))
        parts.append(_part(loaded, field, chosen, seed))
    progress("metrics", len(names), len(names))
    page = render(
        "page.html.jinja",
        title=", ".join(folder.resolve().name for folder in folders),
        systems=[(number, name, SHAPES[MARKERS[number % len(MARKERS)]]) for number, name in enumerate(loaded.table)],
        colours=COLOURS,
        loaded=loaded,
        pictures=sorted({row["picture"] for row in loaded.rows}),
        failed=sum(row["failed"] for row in loaded.rows),
        reference=chosen,
        parts=parts,
        bill=tables.bill(loaded),
        failures=tables.failures(loaded),
        strips=strips(loaded),
        level=round(100 * LEVEL),
        resamples=RESAMPLES,
        seed=seed,
        version=__version__,
    )
    write_page(page, out)


def _part(loaded: Loaded, field: str, reference: str, seed: int) -> Part:
    metric = FIELDS[field]
    columns = tables.columns_by_ratio(loaded)
    return Part(
        field=field,
        label=metric.label,
        direction="larger is better" if metric.larger_is_better else "smaller is better",
        figures=figures(loaded.table, field, loaded.cbr_labels, seed),
        means=[tables.means(loaded.table, field, title, own, seed) for title, own in columns],
        differences=[tables.differences(loaded.table, reference, field, title, own, seed) for title, own in columns]
        if len(loaded.table) > 1
        else [],
    )


def _reference(loaded: Loaded, wanted: str | None) -> str:
    systems = list(loaded.table)
    if wanted is None:
        return systems[0]
    if wanted not in loaded.table:
        near = difflib.get_close_matches(wanted, systems, 1, cutoff=0.3)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(systems)}"
        raise ConfigurationError(f"no system is called {wanted!r}: {hint}")
    return wanted

# SPDX-License-Identifier: MIT
"""What the reports on a training and on a decoder's folder share: their rows, their plots, their page."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lrisc_sdr import __version__
from lrisc_sdr.campaigns.report.curves import MARKERS, SHAPES, Curve, panel
from lrisc_sdr.campaigns.report.gallery import Strip
from lrisc_sdr.campaigns.report.writing import render, write_page
from lrisc_sdr.errors import InputError
from lrisc_sdr.evaluation.statistics import Interval

MOST_POINTS = 60


@dataclass(frozen=True)
class Plot:
    """An SVG element, and the colours' numbers and names of its lines."""

    svg: str
    legend: list[tuple[int, str]]


@dataclass(frozen=True)
class Section:
    """A part of the page: plots, then a table, pictures and a text, as far as there are any."""

    heading: str
    hint: str = ""
    figures: Sequence[Plot] = ()
    columns: Sequence[str] = ()
    lines: Sequence[Sequence[str]] = ()
    strips: Sequence[Strip] = field(default=())
    text: str = ""


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a file with one a line; a last line that is still being written is left out.

    Raises:
        InputError: the file cannot be read, or a line is no object.
    """
    try:
        body = path.read_bytes()
        rows = [json.loads(line) for line in body[: body.rfind(b"\n") + 1].splitlines()]
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError:
        rows = [None]
    if not all(isinstance(row, dict) for row in rows):
        raise InputError(f"{path} is damaged: a line of it is no JSON object")
    return rows


def plot(title: str, x_label: str, lines: Mapping[str, Sequence[tuple[float, float]]]) -> Plot | None:
    """Lines by their names, each of (x, y); those with one point are left out, and None is a plot without lines.

    What has more than `MOST_POINTS` points is drawn as the means, with the range, of so many stretches.
    """
    curves, legend = [], []
    for number, (name, points) in enumerate(lines.items()):
        if len(points) > 1:
            stretches = _stretches(points)
            x = [sum(x for x, _ in part) / len(part) for part in stretches]
            values = [_spread([y for _, y in part]) for part in stretches]
            curves.append(Curve(number, x, values, [0] * len(x)))
            legend.append((number, f"{SHAPES[MARKERS[number]]} {name}"))
    if not curves:
        return None
    every = [edge for curve in curves for value in curve.y for edge in (value.low, value.high)]
    margin = 0.08 * (max(every) - min(every)) or 0.5
    return Plot(panel(curves, title, x_label, title, (min(every) - margin, max(every) + margin)), legend)


def write_folder_page(folder: Path, kind: str, summary: str, sections: Sequence[Section], out: Path) -> None:
    """Write the page.

    Raises:
        ConfigurationError: the file cannot be written.
        MissingExtra: jinja2 is not installed.
    """
    title = folder.resolve().name
    page = render(
        "folder_page.html.jinja", title=title, kind=kind, summary=summary, sections=sections, version=__version__
    )
    write_page(page, out)


def _stretches(points: Sequence[tuple[float, float]]) -> list[Sequence[tuple[float, float]]]:
    count = min(len(points), MOST_POINTS)
    edges = [len(points) * i // count for i in range(count + 1)]
    return [points[first:last] for first, last in itertools.pairwise(edges)]


def _spread(values: Sequence[float]) -> Interval:
    return Interval(sum(values) / len(values), min(values), max(values), len(values))

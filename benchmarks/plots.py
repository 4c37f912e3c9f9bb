# SPDX-License-Identifier: MIT
"""Plots of a document's curves: ours solid, peers dash-dotted, limits dashed.

Colours are those of Okabe and Ito, which are told apart with every kind of colour vision; markers differ, too.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D1F", "#555555")
MARKERS = "os^Dv<>p"
Curve = Mapping[str, Any]
"""A `rows.Curve` as the document holds it."""

_STYLES = {"ours": "-", "peer": "-.", "limit": "--"}


@dataclass(frozen=True)
class Panel:
    """One part of a plot.

    Attributes:
        y: label of the vertical axis, with its unit.
        log: whether that axis is logarithmic.
        limits: dashed lines.
        low: where the vertical axis begins; None for what the curves need.
        high: where it ends.
    """

    y: str
    log: bool = False
    limits: Sequence[float] = ()
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Plot:
    """How the curves of one name are drawn.

    Attributes:
        title: above all panels.
        x: label of the horizontal axis, with its unit.
        panels: its parts; "" stands for those that are not named.
        bars: bars in place of lines.
    """

    title: str
    x: str
    panels: Mapping[str, Panel]
    bars: bool = False


def draw(document: Mapping[str, Any], folder: Path, plots: Mapping[str, Plot]) -> list[Path]:
    """Draw every plot of which the document has curves into a folder, and return the files.

    Raises:
        ModuleNotFoundError: matplotlib is not installed.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, plot in plots.items():
        curves = [curve for curve in document["curves"] if curve["plot"] == name]
        if not curves:
            continue
        panels = list(dict.fromkeys(curve["panel"] for curve in curves))
        columns = 2 if len(panels) == 4 else len(panels)
        rows = -(-len(panels) // columns)
        figure = Figure(figsize=(max(1.0 + 3.8 * columns, 6.5), 0.6 + 3.4 * rows), layout="constrained")
        FigureCanvasAgg(figure)
        figure.suptitle(plot.title)
        places = [axes for row in figure.subplots(rows, columns, squeeze=False) for axes in row]
        for axes, name_of_panel in zip(places, panels, strict=True):
            chosen = [curve for curve in curves if curve["panel"] == name_of_panel]
            axes.set_xlabel(plot.x)
            axes.set_title(name_of_panel, fontsize=10)
            _panel(axes, plot.panels.get(name_of_panel) or plot.panels[""], chosen, _bars if plot.bars else _lines)
        written.append(folder / f"{name}.png")
        _save(figure, written[-1])
    return written


def _save(figure: Figure, path: Path) -> None:
    """A PNG of at most 128 colours, which is a third as large."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=100)
    with Image.open(drawn) as picture:
        picture.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)


def _panel(axes: Axes, panel: Panel, curves: Sequence[Curve], kind: Callable[[Axes, Sequence[Curve]], None]) -> None:
    axes.set_ylabel(panel.y)
    if panel.log:
        axes.set_yscale("log")
    kind(axes, curves)
    for limit in panel.limits:
        axes.axhline(limit, color="black", linestyle="--", linewidth=0.9, zorder=1)
    if panel.low is not None or panel.high is not None:
        axes.set_ylim(panel.low, panel.high)
    axes.grid(color="0.9", zorder=0)
    axes.set_axisbelow(True)
    axes.legend(fontsize=7)


def _lines(axes: Axes, curves: Sequence[Curve]) -> None:
    marks = cycle(MARKERS)
    for curve, colour in zip(curves, cycle(COLOURS), strict=False):
        y = [float("nan") if value is None else value for value in curve["y"]]
        many = len(y) > 25
        axes.plot(
            curve["x"],
            y,
            label=curve["name"],
            color=colour,
            linestyle=_STYLES[curve["kind"]],
            marker=None if many or curve["kind"] == "limit" else next(marks),
            markersize=4,
            linewidth=1.4,
        )
    axes.locator_params(axis="x", nbins=7)  # more do not fit where numbers of steps have five digits


def _bars(axes: Axes, curves: Sequence[Curve]) -> None:
    width = 0.8 / len(curves)
    places = range(len(curves[0]["x"]))
    for index, (curve, colour) in enumerate(zip(curves, COLOURS, strict=False)):
        height = [0.0 if value is None else value for value in curve["y"]]
        at = [place + (index - (len(curves) - 1) / 2.0) * width for place in places]
        drawn = axes.bar(at, height, width, label=curve["name"], color=colour)
        axes.bar_label(drawn, labels=[f"{value:.3g}" if value else "" for value in height], fontsize=6)
    axes.set_xticks(list(places), [f"{size:g}" for size in curves[0]["x"]])
    axes.margins(y=0.15)

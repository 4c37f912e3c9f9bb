# SPDX-License-Identifier: MIT
"""Curves as SVG that takes its colours from the page, for light and for dark.

matplotlib draws with stand-in colours, which become `currentColor` and the page's variables `--system-0`, `--system-1`…
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lrisc_sdr.errors import MissingExtra
from lrisc_sdr.evaluation.statistics import Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK = "#010203"
COLOURS = 8
MARKERS = "os^Dv<>p"
SHAPES = dict(zip(MARKERS, "●■▲◆▼◀▶⬟", strict=True))
LINES = ("-", "--", ":")
WIDTH_INCH, HEIGHT_INCH = 4.4, 3.2


@dataclass(frozen=True)
class Curve:
    """One system's line.

    Attributes:
        system: its number, which gives it colour, marker and line.
        x: positions.
        y: means and intervals.
        failed: pictures that failed at each position; such a marker is hollow.
    """

    system: int
    x: Sequence[float]
    y: Sequence[Interval]
    failed: Sequence[int]


def system_colour(system: int) -> str:
    """The stand-in colour of a system."""
    return f"#0a0b{0x10 + system % COLOURS:02x}"


def panel(
    curves: Sequence[Curve],
    title: str,
    x_label: str,
    y_label: str,
    y_range: tuple[float, float],
    ticks: Mapping[float, str] | None = None,
) -> str:
    """One plot as an `<svg>` element.

    Args:
        curves: its lines.
        title, x_label, y_label: texts.
        y_range: what the vertical axis shows, the same for neighbours.
        ticks: labels of positions; the axis is then logarithmic.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    try:
        import matplotlib as mpl
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtra("matplotlib", "report") from error
    settings: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": f"{title}|{y_label}|{x_label}", "font.size": 10}
    with mpl.rc_context(settings):
        figure = Figure(figsize=(WIDTH_INCH, HEIGHT_INCH), layout="constrained")
        figure.patch.set_alpha(0)
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        for curve in curves:
            _draw(axes, curve)
        _dress(axes, title, x_label, y_label)
        axes.set_ylim(*y_range)
        if ticks:
            axes.set_xscale("log")
            axes.set_xticks(list(ticks), list(ticks.values()), minor=False)
            axes.minorticks_off()
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return _for_page(text.getvalue(), f"{title}: {y_label} against {x_label}")


def _draw(axes: Axes, curve: Curve) -> None:
    colour = system_colour(curve.system)
    style = LINES[curve.system // COLOURS % len(LINES)]
    marker = MARKERS[curve.system % len(MARKERS)]
    axes.plot(curve.x, [value.mean for value in curve.y], style, color=colour, linewidth=1.6)
    axes.fill_between(
        curve.x, [v.low for v in curve.y], [v.high for v in curve.y], color=colour, alpha=0.13, linewidth=0
    )
    for x, value, failed in zip(curve.x, curve.y, curve.failed, strict=True):
        fill = "none" if failed else colour
        axes.plot([x], [value.mean], marker, color=colour, markerfacecolor=fill, markersize=5)


def _dress(axes: Axes, title: str, x_label: str, y_label: str) -> None:
    axes.set_title(title, color=INK, fontsize=10)
    axes.set_xlabel(x_label, color=INK)
    axes.set_ylabel(y_label, color=INK)
    axes.patch.set_alpha(0)
    axes.grid(True, color=INK, alpha=0.15, linewidth=0.6)
    axes.tick_params(colors=INK)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(INK)


def _for_page(svg: str, label: str) -> str:
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r'(width|height)="[\d.]+pt"', "", svg, count=2)
    svg = re.sub(r' id="[A-Za-z]+[\w.]*_\d+"', "", svg)  # many figures share a page; what is referred to has a hash
    svg = re.sub(r"#0a0b(\w\w)", lambda found: f"var(--system-{int(found[1], 16) - 0x10})", svg)
    svg = svg.replace(INK, "currentColor")
    escaped = label.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return svg.replace("<svg", f'<svg role="img" aria-label="{escaped}"', 1)

# SPDX-License-Identifier: MIT
"""Plots of a document's curves: ours solid, peers dash-dotted, limits dashed.

Colours are those of Okabe and Ito, which are told apart with every kind of colour vision; markers differ, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D1F", "#555555")
MARKERS = "os^Dv<>p"
_STYLES = {"ours": "-", "peer": "-.", "limit": "--"}


@dataclass(frozen=True)
class Plot:
    """How the curves of one name are drawn.

    Attributes:
        title: above all panels.
        x: label of the horizontal axis, with its unit.
        y: label of each panel's vertical axis, with its unit; "" for those that are not named.
        log: panels whose vertical axis is logarithmic; "" for all.
        limits: dashed lines of each panel; "" for all.
        reach: the part of the vertical axis that is shown, of each panel; "" for all.
        bars: bars in place of lines.
    """

    title: str
    x: str
    y: Mapping[str, str]
    log: Sequence[str] = ()
    limits: Mapping[str, Sequence[float]] | None = None
    reach: Mapping[str, tuple[float, float]] | None = None
    bars: bool = False


_SNR = "Es/N0 per carrier [dB]"

PLOTS: dict[str, Plot] = {
    "speed": Plot(
        "Samples per second of one thread", "points of the transform", {"": "Msps"}, log=("frames",), bars=True
    ),
    "detection": Plot(
        "Frames found and read, 256 points", _SNR, {"": "share of frames"}, limits={"detected": (0.9, 0.99)}
    ),
    "header": Plot(
        "Header errors among detected frames", _SNR, {"": "share of headers"}, ("",), {"": (1e-3,)}, {"": (1e-5, 1.0)}
    ),
    "cfo": Plot("Carrier frequency offset, frames of 2,000 symbols", _SNR, {"": "rms error [Hz]"}, log=("",)),
    "snr": Plot(
        "Estimate of Es/N0",
        _SNR,
        {"bias": "bias [dB]", "NMSE": "mean-square error over its CRLB"},
        log=("NMSE",),
        limits={"bias": (-0.1, 0.1), "NMSE": (1.0, 1.2)},
        reach={"bias": (-1.0, 1.0), "NMSE": (0.3, 30.0)},
    ),
    "noise-variance": Plot(
        "Calibration of noise_var",
        _SNR,
        {"": "mean of |ŝ−s|² / noise_var"},
        limits={"": (0.95, 1.0, 1.05)},
        reach={"": (0.8, 1.2)},
    ),
    "latents": Plot(
        "Loss of the latents' SNR against perfect knowledge",
        _SNR,
        {"": "loss [dB]"},
        limits={"": (0.0, 0.5)},
        reach={"": (-0.1, 2.0)},
    ),
    "interferer": Plot(
        "Loss of the other carriers beside an interferer", _SNR, {"": "loss [dB]"}, limits={"": (0.0, 0.5)}
    ),
    "clipping": Plot(
        "Clipping at the transmitter, 256 points",
        "level over the mean power [dB]",
        {"distortion": "signal over distortion [dB]", "peaks": "share of OFDM symbols with a higher peak"},
        log=("peaks",),
    ),
    "memory": Plot("Resident set of one receiver", "stream [s]", {"": "MiB"}),
}


def draw(document: Mapping[str, Any], folder: Path) -> list[Path]:
    """Draw every plot of which the document has curves into a folder, and return the files.

    Raises:
        ModuleNotFoundError: matplotlib is not installed.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, plot in PLOTS.items():
        curves = [curve for curve in document["curves"] if curve["plot"] == name]
        if not curves:
            continue
        panels = list(dict.fromkeys(curve["panel"] for curve in curves))
        figure = Figure(
            figsize=(1.5 + 3.7 * len(panels) + (2.0 if len(panels) == 1 else 0.0), 4.2), layout="constrained"
        )
        FigureCanvasAgg(figure)
        figure.suptitle(plot.title)
        for axes, panel in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
            _panel(axes, plot, panel, [curve for curve in curves if curve["panel"] == panel])
        written.append(folder / f"{name}.png")
        figure.savefig(written[-1], dpi=100)
    return written


def _panel(axes: Axes, plot: Plot, panel: str, curves: Sequence[Mapping[str, Any]]) -> None:
    axes.set_title(panel, fontsize=10)
    axes.set_xlabel(plot.x)
    axes.set_ylabel(plot.y.get(panel, plot.y.get("", "")))
    if panel in plot.log or "" in plot.log:
        axes.set_yscale("log")
    (_bars if plot.bars else _lines)(axes, curves)
    for limit in (plot.limits or {}).get(panel, (plot.limits or {}).get("", ())):
        axes.axhline(limit, color="black", linestyle="--", linewidth=0.9, zorder=1)
    reach = (plot.reach or {}).get(panel, (plot.reach or {}).get(""))
    if reach is not None:
        axes.set_ylim(*reach)
    axes.grid(color="0.9", zorder=0)
    axes.set_axisbelow(True)
    axes.legend(fontsize=7)


def _lines(axes: Axes, curves: Sequence[Mapping[str, Any]]) -> None:
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


def _bars(axes: Axes, curves: Sequence[Mapping[str, Any]]) -> None:
    width = 0.8 / len(curves)
    places = range(len(curves[0]["x"]))
    for index, (curve, colour) in enumerate(zip(curves, COLOURS, strict=False)):
        height = [0.0 if value is None else value for value in curve["y"]]
        at = [place + (index - (len(curves) - 1) / 2.0) * width for place in places]
        drawn = axes.bar(at, height, width, label=curve["name"], color=colour)
        axes.bar_label(drawn, labels=[f"{value:.3g}" if value else "" for value in height], fontsize=6)
    axes.set_xticks(list(places), [f"{size:g}" for size in curves[0]["x"]])
    axes.margins(y=0.15)

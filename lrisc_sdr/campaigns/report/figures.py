# SPDX-License-Identifier: MIT
"""Which curves a report has: a metric against SNR, against the ratio, against the error of the told SNR."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lrisc_sdr.campaigns.points import Gathered, Place, Table
from lrisc_sdr.campaigns.report.curves import Curve, panel
from lrisc_sdr.evaluation.scoring import FIELDS
from lrisc_sdr.evaluation.statistics import Interval, mean_interval

SNR_LABEL = "Es/N0 per carrier [dB]"
CBR_LABEL = "channel bandwidth ratio asked for"
TOLD_LABEL = "told SNR minus the channel's [dB]"


@dataclass(frozen=True)
class Figure:
    """Panels side by side.

    Attributes:
        title: above them.
        field: the metric.
        panels: SVG elements.
        is_open: whether it is shown at once.
    """

    title: str
    field: str
    panels: list[str]
    is_open: bool


@dataclass(frozen=True)
class Axis:
    """One way of cutting the places into panels and lines: both are functions of a place."""

    title: str
    label: str
    panel: Callable[[Place], tuple[float, ...]]
    x: Callable[[Place], float]
    is_ratio: bool = False


def figures(table: Table, field: str, cbr_labels: dict[float, str], seed: int) -> list[Figure]:
    """All figures of one metric, those with more than one position on their axis."""
    places = sorted({place for own in table.values() for place in own})
    intervals = {
        (system, place): interval
        for system, own in table.items()
        for place, rows in own.items()
        if (interval := mean_interval(list(rows.by_picture(field).values()), seed)) is not None
    }
    found = []
    for channel, waveform in sorted({(place.channel, place.waveform) for place in places}):
        here = [place for place in places if (place.channel, place.waveform) == (channel, waveform)]
        told = [place for place in here if place.told_error_db == 0.0]
        where = f"{channel}, {waveform}"
        against_snr = Axis(f"against SNR ({where})", SNR_LABEL, lambda p: (p.cbr_asked,), lambda p: p.snr_db)
        against_cbr = Axis(f"against CBR ({where})", CBR_LABEL, lambda p: (p.snr_db,), lambda p: p.cbr_asked, True)
        against_told = Axis(
            f"against the error of the told SNR ({where})",
            TOLD_LABEL,
            lambda p: (p.cbr_asked, p.snr_db),
            lambda p: p.told_error_db,
        )
        for axis, own in ((against_snr, told), (against_cbr, told), (against_told, here)):
            if len({axis.x(place) for place in own}) > 1:
                found.append(_figure(table, field, axis, own, intervals, cbr_labels))
    return found


def _figure(
    table: Table,
    field: str,
    axis: Axis,
    places: Sequence[Place],
    intervals: dict[tuple[str, Place], Interval],
    cbr_labels: dict[float, str],
) -> Figure:
    metric = FIELDS[field]
    shown = [intervals[system, place] for system in table for place in places if (system, place) in intervals]
    low, high = min(value.low for value in shown), max(value.high for value in shown)
    margin = 0.05 * (high - low) or 0.5
    panels = []
    for cut in sorted({axis.panel(place) for place in places}):
        curves = [
            curve
            for number, system in enumerate(table)
            if (curve := _curve(number, system, table[system], cut, axis, places, intervals)) is not None
        ]
        ticks = cbr_labels if axis.is_ratio else None
        title = _title(cut, axis, cbr_labels)
        panels.append(panel(curves, title, axis.label, metric.label, (low - margin, high + margin), ticks))
    is_open = axis.label == SNR_LABEL and field in ("psnr_db", "lpips")
    return Figure(f"{metric.label} {axis.title}", field, panels, is_open)


def _curve(
    number: int,
    system: str,
    own: dict[Place, Gathered],
    cut: tuple[float, ...],
    axis: Axis,
    places: Sequence[Place],
    intervals: dict[tuple[str, Place], Interval],
) -> Curve | None:
    line = [place for place in places if axis.panel(place) == cut and (system, place) in intervals]
    line.sort(key=axis.x)
    if not line:
        return None
    return Curve(
        number,
        [axis.x(place) for place in line],
        [intervals[system, place] for place in line],
        [own[place].failed for place in line],
    )


def _title(cut: tuple[float, ...], axis: Axis, cbr_labels: dict[float, str]) -> str:
    if axis.is_ratio:
        return f"{cut[0]:g} dB"
    return ", ".join([f"CBR {cbr_labels[cut[0]]}", *(f"{snr_db:g} dB" for snr_db in cut[1:])])

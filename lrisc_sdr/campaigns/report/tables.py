# SPDX-License-Identifier: MIT
"""The tables of a report: means, differences to a reference, the bill, and what failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median

from lrisc_sdr.campaigns.points import Gathered, Place, Table
from lrisc_sdr.campaigns.report.loading import Loaded
from lrisc_sdr.evaluation.scoring import FIELDS
from lrisc_sdr.evaluation.statistics import Interval, mean_interval, paired_difference


@dataclass(frozen=True)
class Cell:
    """One figure.

    Attributes:
        text: the figure.
        detail: below it, smaller.
        failed: pictures that failed, of `pictures`.
        kind: "best" of its column, "better" or "worse" than the reference beyond doubt, or nothing.
    """

    text: str
    detail: str = ""
    failed: int = 0
    pictures: int = 0
    kind: str = ""


@dataclass(frozen=True)
class Grid:
    """A table: a line a system."""

    title: str
    columns: list[str]
    lines: list[tuple[int, str, list[Cell]]]


Column = tuple[str, Place]
MINUS = "−"


def signed(value: float) -> str:
    """A number with its sign, as text."""
    return f"{value:+g}".replace("-", MINUS)


def columns_by_ratio(loaded: Loaded) -> list[tuple[str, list[Column]]]:
    """Places as tables: a title for each channel and ratio, and its columns, one for each SNR and told error."""
    places = sorted({place for own in loaded.table.values() for place in own}, key=_order)
    found = []
    for (channel, waveform, cbr), group in groupby(places, lambda p: (p.channel, p.waveform, p.cbr_asked)):
        columns = [(_column(place), place) for place in group]
        found.append((f"CBR {loaded.cbr_labels[cbr]}, {channel}, {waveform}", columns))
    return found


def means(table: Table, field: str, title: str, columns: Sequence[Column], seed: int) -> Grid:
    """Means over pictures with their intervals; the best of each column, bounds aside, is marked."""
    metric = FIELDS[field]
    values = {
        (system, place): interval
        for system, own in table.items()
        for _, place in columns
        if place in own and (interval := mean_interval(list(own[place].by_picture(field).values()), seed)) is not None
    }
    best = {}
    for _, place in columns:
        there = [
            values[system, place].mean
            for system, own in table.items()
            if (system, place) in values and not own[place].is_bound
        ]
        if len(there) > 1:
            best[place] = max(there) if metric.larger_is_better else min(there)
    lines = []
    for number, (system, own) in enumerate(table.items()):
        cells = []
        for _, place in columns:
            value = values.get((system, place))
            if value is None:
                cells.append(Cell("–"))
                continue
            kind = "best" if best.get(place) == value.mean else ""
            cells.append(_interval_cell(value, metric.digits, own[place], kind))
        lines.append((number, system, cells))
    return Grid(title, [label for label, _ in columns], lines)


def differences(table: Table, reference: str, field: str, title: str, columns: Sequence[Column], seed: int) -> Grid:
    """Means of each picture's difference to the reference system, with their intervals."""
    metric = FIELDS[field]
    lines = []
    for number, (system, own) in enumerate(table.items()):
        if system == reference:
            continue
        cells = []
        for _, place in columns:
            if place not in own or place not in table[reference]:
                cells.append(Cell("–"))
                continue
            pair = own[place].by_picture(field), table[reference][place].by_picture(field)
            value = paired_difference(*pair, seed=seed)
            if value is None:
                cells.append(Cell("–"))
                continue
            kind = ""
            if value.excludes_zero:
                kind = "better" if (value.mean > 0) == metric.larger_is_better else "worse"
            cells.append(_interval_cell(value, metric.digits, own[place], kind, sign="+"))
        lines.append((number, system, cells))
    return Grid(title, [label for label, _ in columns], lines)


BILL = (
    "CBR asked for",
    "CBR billed, mean",
    "largest",
    "above what was asked",
    "side information",
    "failed",
    "encode, median [s]",
    "modem, median [s]",
    "decode, median [s]",
)


def bill(loaded: Loaded) -> Grid:
    """What each system's pictures took of the channel, headers and side information and padding included."""
    lines = []
    for number, (system, own) in enumerate(loaded.table.items()):
        for asked, label in loaded.cbr_labels.items():
            rows = [row for place, gathered in own.items() if place.cbr_asked == asked for row in gathered.rows]
            billed = [row["cbr_frame"] for row in rows if row.get("cbr_frame") is not None]
            if not rows:
                continue
            gathered = Gathered(tuple(rows))
            cells = [Cell(label)]
            if billed:
                over = sum(value > asked * (1 + 1e-9) for value in billed)
                mean = sum(billed) / len(billed)
                cells += [
                    Cell(f"{mean:.5f}", _percent(mean / asked - 1)),
                    Cell(f"{max(billed):.5f}", _percent(max(billed) / asked - 1)),
                    Cell(f"{over}", f"of {len(billed)}", kind="worse" if over else ""),
                ]
            else:
                cells += [Cell("–")] * 3
            share = gathered.mean("side_share")
            cells.append(Cell("–" if share is None else f"{100 * share:.1f} %"))
            cells.append(Cell(f"{gathered.failed}", f"of {len(rows)}", kind="worse" if gathered.failed else ""))
            for stage in ("encode_s", "modem_s", "decode_s"):
                seconds = [row[stage] for row in rows if row.get(stage) is not None]
                cells.append(Cell(f"{median(seconds):.2f}" if seconds else "–"))
            lines.append((number, system, cells))
    return Grid("", list(BILL), lines)


def _percent(share: float) -> str:
    rounded = round(100 * share, 1) + 0.0  # no negative zero
    return f"{rounded:+.1f} %".replace("-", MINUS)


def failures(loaded: Loaded) -> list[tuple[str, str, int]]:
    """System, reason and number of the pictures that failed, the most first."""
    counted = Counter((row["system"], str(row["reason"])) for row in loaded.rows if row["failed"])
    return [(system, reason, count) for (system, reason), count in counted.most_common()]


def _interval_cell(value: Interval, digits: int, rows: Gathered, kind: str, sign: str = "") -> Cell:
    return Cell(
        text=f"{value.mean:{sign}.{digits}f}".replace("-", MINUS),
        detail=f"{value.low:{sign}.{digits}f} … {value.high:{sign}.{digits}f}".replace("-", MINUS) * (value.n > 1),
        failed=rows.failed,
        pictures=len(rows.rows),
        kind=kind,
    )


def _order(place: Place) -> tuple[object, ...]:
    return (place.channel, place.waveform, place.cbr_asked, place.snr_db, place.told_error_db)


def _column(place: Place) -> str:
    told = f", told {signed(place.told_error_db)}" if place.told_error_db else ""
    return f"{place.snr_db:g} dB{told}".replace("-", MINUS)

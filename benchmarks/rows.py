# SPDX-License-Identifier: MIT
"""What a benchmark hands on: rows of a table, curves of plots, and the one document that holds both."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

Beside = Mapping[str, float | None]


@dataclass(frozen=True)
class Row:
    """One figure.

    Attributes:
        what: what was measured, and under which conditions.
        value: the figure; None where it could not be measured.
        unit: its unit; empty for a pure number.
        goal: what it must be, as text that begins with ≥ or ≤; None where nothing was promised.
        met: whether it is; None where there is no goal or no figure.
        beside: peers and limits of the same unit unless a name says otherwise; None where a peer is missing.
        note: what a reader must know, such as why a peer is missing.
    """

    what: str
    value: float | None
    unit: str
    goal: str | None = None
    met: bool | None = None
    beside: Beside = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class Curve:
    """One line of a plot.

    Attributes:
        plot: the plot to which it belongs.
        panel: the part of that plot.
        name: its entry in the legend.
        kind: "ours", "peer" or "limit".
        x: where.
        y: what; None where nothing was measured.
    """

    plot: str
    panel: str
    name: str
    kind: str
    x: Sequence[float]
    y: Sequence[float | None]


@dataclass(frozen=True)
class Measured:
    """What one subject found."""

    rows: Sequence[Row] = ()
    curves: Sequence[Curve] = ()


def at_least(value: float | None, limit: float | None) -> bool | None:
    """Whether a goal "≥" is met; None where either figure is missing."""
    return None if value is None or limit is None else value >= limit


def at_most(value: float | None, limit: float | None) -> bool | None:
    """Whether a goal "≤" is met; None where either figure is missing."""
    return None if value is None or limit is None else value <= limit


def ratio(value: float | None, other: float | None) -> float | None:
    """value / other; None where either is missing."""
    return None if value is None or other is None else value / other


def decibels(power: float) -> float:
    """10 log₁₀ of a power ratio `[dB]`."""
    return 10.0 * math.log10(power)


def document(measured: Measured, versions: Mapping[str, Any], run: Mapping[str, Any]) -> dict[str, Any]:
    """One JSON document: rows, curves, the versions of everything measured, and how the run was made."""
    content = {
        "rows": [asdict(row) for row in measured.rows],
        "curves": [asdict(curve) for curve in measured.curves],
        "versions": dict(versions),
        "run": dict(run),
    }
    cleaned: dict[str, Any] = _rounded(content)
    return cleaned


def _rounded(value: Any) -> Any:
    """Floats with six digits, which is more than any of them is good for; what is not finite is null."""
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(item) for item in value]
    return value

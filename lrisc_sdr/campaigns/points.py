# SPDX-License-Identifier: MIT
"""Rows gathered by system and point: what tables, curves and `metrics.json` are made of.

A picture that failed counts with the scores of a mid-grey picture of its size, which its row has, and is counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import Any

from lrisc_sdr.evaluation.scoring import FIELDS


@dataclass(frozen=True, order=True)
class Place:
    """A point without its seed.

    Attributes:
        channel: name of the preset.
        waveform: name of the waveform.
        told_error_db: by how much the told SNR lies above the channel's `[dB]`.
        cbr_asked: the ratio asked for.
        snr_db: Es/N0 per data carrier of the channel `[dB]`.
    """

    channel: str
    waveform: str
    told_error_db: float
    cbr_asked: float
    snr_db: float


@dataclass(frozen=True)
class Gathered:
    """All rows of one system at one place."""

    rows: tuple[Mapping[str, Any], ...]

    @cached_property
    def pictures(self) -> int:
        """Different pictures."""
        return len({row["picture"] for row in self.rows})

    @property
    def failed(self) -> int:
        """Rows whose picture was lost."""
        return sum(row["failed"] for row in self.rows)

    @property
    def is_bound(self) -> bool:
        """Whether nothing was sent: such a system is no competitor."""
        return not all(row.get("sent", True) for row in self.rows)

    def by_picture(self, field: str) -> dict[str, float]:
        """A field's mean over the seeds, by picture; rows that do not have it are left out."""
        values: defaultdict[str, list[float]] = defaultdict(list)
        for row in self.rows:
            if row.get(field) is not None:
                values[row["picture"]].append(row[field])
        return {picture: fmean(own) for picture, own in values.items()}

    def mean(self, field: str) -> float | None:
        """A field's mean over pictures; None where no row has it."""
        values = self.by_picture(field)
        return fmean(values.values()) if values else None


Table = dict[str, dict[Place, Gathered]]


def gather(rows: Iterable[Mapping[str, Any]]) -> Table:
    """Rows by system, in the order in which the systems come first, and by place, in order."""
    found: dict[str, defaultdict[Place, list[Mapping[str, Any]]]] = {}
    for row in rows:
        place = Place(
            row["channel"],
            row["waveform"],
            round(row["told_snr_db"] - row["snr_db"], 6),
            row["cbr_asked"],
            row["snr_db"],
        )
        found.setdefault(row["system"], defaultdict(list))[place].append(row)
    return {
        system: {place: Gathered(tuple(places[place])) for place in sorted(places)} for system, places in found.items()
    }


def measured(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The metrics' fields that some row has, in their order."""
    there = {name for row in rows for name in FIELDS if row.get(name) is not None}
    return [name for name in FIELDS if name in there]

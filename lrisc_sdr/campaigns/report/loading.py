# SPDX-License-Identifier: MIT
"""Rows of one or several campaigns' folders, as a report takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lrisc_sdr.campaigns.points import Table, gather
from lrisc_sdr.campaigns.rows import read_rows
from lrisc_sdr.campaigns.work import SOURCES
from lrisc_sdr.errors import InputError


@dataclass(frozen=True)
class Loaded:
    """What a report is made from.

    Attributes:
        rows: one for each system, place, picture and seed. `file` and `source` are paths, where the pictures were kept.
        table: the rows gathered.
        notes: what a reader must know about how they came together.
    """

    rows: list[dict[str, Any]]
    table: Table
    notes: list[str]

    @property
    def cbr_labels(self) -> dict[float, str]:
        """Ratios as they were asked for, ascending."""
        labels = {row["cbr_asked"]: row["cbr"] for row in self.rows}
        return {value: labels[value] for value in sorted(labels)}


def load(folders: Sequence[Path]) -> Loaded:
    """Read campaigns' folders; a system that another folder has with other weights is told apart by its folder.

    Raises:
        InputError: a folder holds no campaign, or no rows.
    """
    read = [(folder, read_rows(folder)) for folder in folders]
    latest: dict[tuple[Any, ...], dict[str, Any]] = {}
    replaced = 0
    for folder, rows in read:
        for row in rows:
            name = row["system"]
            if len(folders) > 1 and _differs_elsewhere(name, folder, read):
                name = f"{name} ({folder.resolve().name})"
            same = (name, *(row[field] for field in _PLACE))
            replaced += same in latest and latest[same]["key"] != row["key"]
            latest[same] = {**row, "system": name, **_files(row, folder)}
    if not latest:
        raise InputError(f"{', '.join(map(str, folders))}: no rows yet; 'lrisc sweep' makes them")
    found = list(latest.values())
    notes = []
    if replaced:
        notes.append(
            f"{replaced} rows are of earlier weights, settings or metrics and have a newer one in their place: "
            "they are not shown"
        )
    bounds = sorted({row["system"] for row in found if not row.get("sent", True)})
    if bounds:
        notes.append(f"{', '.join(bounds)}: a bound, what a code at capacity could show; nothing was sent")
    return Loaded(found, gather(found), notes)


_PLACE = ("channel", "waveform", "told_snr_db", "snr_db", "cbr_asked", "seed", "picture", "picture_digest")


def _differs_elsewhere(name: str, folder: Path, read: Sequence[tuple[Path, list[dict[str, Any]]]]) -> bool:
    """Whether another folder has a system of this name that is not the same."""
    own = {row["identity"] for place, rows in read if place == folder for row in rows if row["system"] == name}
    others = {row["identity"] for place, rows in read if place != folder for row in rows if row["system"] == name}
    return bool(others) and others != own


def _files(row: Mapping[str, Any], folder: Path) -> dict[str, Path | None]:
    source = folder / SOURCES / f"{row['picture_digest']}.png"
    kept = folder / row["file"] if row.get("file") else None
    return {
        "file": kept if kept is not None and kept.is_file() else None,
        "source": source if source.is_file() else None,
    }

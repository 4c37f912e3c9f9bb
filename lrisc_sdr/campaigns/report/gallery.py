# SPDX-License-Identifier: MIT
"""Pictures of a report: a strip for each picture and point, the source first, as data that the page carries."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import Image

from lrisc_sdr.campaigns.report.loading import Loaded
from lrisc_sdr.campaigns.report.tables import signed
from lrisc_sdr.evaluation.scoring import FIELDS

JPEG_QUALITY = 92
CAPTION = ("psnr_db", "ms_ssim", "lpips", "lpips_vgg", "dists")


@dataclass(frozen=True)
class Shown:
    """One picture.

    Attributes:
        name: of the system, or "source".
        data: the address of the picture, its data in itself; None where it was lost.
        figures: its metrics, as text.
        reason: why it was lost.
    """

    name: str
    data: str | None
    figures: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Strip:
    """One picture at one point."""

    title: str
    pictures: list[Shown]
    width: int
    height: int


def strips(loaded: Loaded) -> list[Strip]:
    """A strip wherever a picture was kept; systems that lost it there have their place in it."""
    kept: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in loaded.rows:
        if row["source"] is not None:
            where = tuple(row[name] for name in ("picture", "channel", "cbr_asked", "snr_db", "told_snr_db", "seed"))
            kept.setdefault(where, []).append(row)
    order = {system: number for number, system in enumerate(loaded.table)}
    found = []
    for where in sorted(kept):
        rows = sorted(kept[where], key=lambda row: order[row["system"]])
        if not any(row["file"] for row in rows):
            continue
        first = rows[0]
        told = first["told_snr_db"] - first["snr_db"]
        title = f"{first['picture']}: {first['snr_db']:g} dB, CBR {first['cbr']}, {first['channel']}"
        title += f", told {signed(told)} dB" if told else ""
        title += f", seed {first['seed']}" if first["seed"] else ""
        pictures = [Shown("source", picture_data(first["source"])), *(_shown(row) for row in rows if _belongs(row))]
        found.append(Strip(title, pictures, first["width"], first["height"]))
    return found


def _belongs(row: dict[str, Any]) -> bool:
    return row["file"] is not None or bool(row["failed"])


def _shown(row: dict[str, Any]) -> Shown:
    if row["file"] is None:
        return Shown(row["system"], None, reason=str(row["reason"]))
    figures = [
        f"{FIELDS[name].label.split(' [')[0].split(' (')[0]} {row[name]:.{FIELDS[name].digits}f}"
        for name in CAPTION
        if row.get(name) is not None
    ]
    return Shown(row["system"], picture_data(row["file"]), ", ".join(figures))


@lru_cache(maxsize=64)
def picture_data(path: Path) -> str:
    """A picture as JPEG without colour subsampling, which at this quality adds less than any system here."""
    body = io.BytesIO()
    with Image.open(path) as image:
        image.convert("RGB").save(body, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return f"data:image/jpeg;base64,{base64.b64encode(body.getvalue()).decode()}"

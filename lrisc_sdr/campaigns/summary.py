# SPDX-License-Identifier: MIT
"""A campaign in figures: a `metrics.json` a system, in the shape that CompressAI's evaluation prints, and totals.

    {"name": …, "description": …, "results": {"bpp": […], "psnr-rgb": […], "ms-ssim-rgb": […], …}}

All lists run over the same points. A joint code sends no bits: `bpp` are those that an ideal code would carry in the
same channel uses, 3 · CBR · log₂(1 + SNR) a pixel, so that the file plots beside those of image codecs.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lrisc_sdr.campaigns.points import Gathered, Place, gather
from lrisc_sdr.evaluation.scoring import FIELDS
from lrisc_sdr.runs.versions import versions

SUMMARY = "summary.json"
SYSTEMS = "systems"
COMPRESSAI = {"psnr_db": "psnr-rgb", "ms_ssim": "ms-ssim-rgb", "lpips": "lpips-alex"}

Row = Mapping[str, Any]


def summarise(name: str, rows: Sequence[Row]) -> dict[str, Any]:
    """The document of `lrisc sweep --json`."""
    systems = [_system(system, places) for system, places in gather(rows).items()]
    totals = {
        "rows": len(rows),
        "failed": sum(row["failed"] for row in rows),
        "pictures": len({row["picture"] for row in rows}),
        "systems": len(systems),
        **{f"{stage}_s": sum(row.get(f"{stage}_s") or 0.0 for row in rows) for stage in ("modem", "decode", "measure")},
    }
    return {"name": name, "systems": systems, "totals": totals, "versions": versions(None, None)}


def write_summary(folder: Path, document: Mapping[str, Any]) -> None:
    """Write `summary.json` and `systems/NAME/metrics.json`."""
    for system in document["systems"]:
        place = folder / SYSTEMS / slug(system["name"])
        place.mkdir(parents=True, exist_ok=True)
        _write_json(place / "metrics.json", system)
    _write_json(folder / SUMMARY, document)


def slug(name: str) -> str:
    """A name as that of a folder."""
    return re.sub(r"[^\w.+-]+", "-", name).strip("-.") or "system"


def _system(name: str, places: Mapping[Place, Gathered]) -> dict[str, Any]:
    results: dict[str, list[Any]] = {"bpp": [_bits_per_pixel(place, rows) for place, rows in places.items()]}
    for field in FIELDS:
        means = [rows.mean(field) for rows in places.values()]
        if any(mean is not None for mean in means):
            results[COMPRESSAI.get(field, field.replace("_", "-"))] = means
    results["encoding_time"] = [rows.mean("encode_s") for rows in places.values()]
    results["decoding_time"] = [rows.mean("decode_s") for rows in places.values()]
    results["snr_db"] = [place.snr_db for place in places]
    results["told_error_db"] = [place.told_error_db for place in places]
    results["cbr"] = [rows.mean("cbr_frame") for rows in places.values()]
    results["cbr_asked"] = [place.cbr_asked for place in places]
    results["channel"] = [place.channel for place in places]
    results["pictures"] = [rows.pictures for rows in places.values()]
    results["failed"] = [rows.failed for rows in places.values()]
    description = "over OFDM, everything billed; a picture that failed counts as mid-grey"
    return {"name": name, "description": description, "results": results}


def _bits_per_pixel(place: Place, rows: Gathered) -> float | None:
    cbr = rows.mean("cbr_frame")
    return None if cbr is None else 3 * cbr * math.log2(1 + 10 ** (place.snr_db / 10))


def _write_json(path: Path, document: Mapping[str, Any]) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(path)

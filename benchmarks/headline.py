# SPDX-License-Identifier: MIT
"""The headline's figures from campaigns' folders: one JSON file, with intervals, seeds and the kernel distance.

lrisc sweep --config recipes/campaigns/kodak-headline.toml --out runs/kodak-headline --processes 2
python -m benchmarks.headline runs/kodak-headline runs/kodak-channels --out docs/results/headline.json
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from lrisc_sdr.campaigns.points import Gathered, Place, gather, measured
from lrisc_sdr.campaigns.rows import read_rows
from lrisc_sdr.evaluation.statistics import mean_interval
from lrisc_sdr.pictures import load

NAMES = {
    "LRISC, 4 steps": "lrisc",
    "LRISC, 1 step": "lrisc_one_step",
    "LRISC, JSCC": "jscc",
    "LRISC base, 4 steps": "lrisc_base",
    "LRISC base, 1 step": "lrisc_base_one_step",
    "LRISC base, JSCC": "jscc_base",
    "LRISC refined, 1 step": "lrisc_refined",
    "LRISC refined, JSCC": "jscc_refined",
    "DeepJSCC": "deepjscc",
    "DeepJSCC + LPIPS": "deepjscc_lpips",
    "AVIF + LDPC": "avif_ldpc",
}
"""Systems of the campaign, and what the file calls them; others keep their names."""


def headline(folders: Sequence[Path]) -> dict[str, Any]:
    """Means by SNR and system, and their intervals, for every channel and ratio of the campaigns.

    The first campaign's first channel and ratio make the document; the others lie in it under `channel, 1/ratio`, with
    their count of pictures where these conditions are there already.
    """
    documents: dict[str, dict[str, Any]] = {}
    for folder in folders:
        rows = read_rows(folder)
        table = gather(rows)
        fields = measured(rows)
        for _, channel, ratio in sorted(
            {(p.channel != "awgn", p.channel, p.cbr_asked) for p in chain(*table.values())}
        ):
            name = f"{channel}, 1/{round(1 / ratio)}"
            if name in documents:
                name += f", {len({row['picture'] for row in rows})} pictures"
            documents[name] = _document(table, channel, ratio, fields, folder)
    first = next(iter(documents))
    return {"conditions": first, **documents.pop(first), **documents}


def _document(
    table: Mapping[str, Mapping[Place, Gathered]], channel: str, ratio: float, fields: list[str], folder: Path
) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for system, places in table.items():
        mine = {p.snr_db: g for p, g in places.items() if (p.channel, p.cbr_asked) == (channel, ratio)}
        if not mine:
            continue
        document.setdefault("snr_db", list(mine))
        if document["snr_db"] != list(mine):
            raise SystemExit(f"{folder}: {system} is not there at every SNR: let the campaign end first")
        figures: dict[str, Any] = {"failed": [gathered.failed for gathered in mine.values()]}
        for field in fields:
            found = [mean_interval(list(gathered.by_picture(field).values())) for gathered in mine.values()]
            if all(interval is not None for interval in found):
                figures[field] = [round(i.mean, 5) for i in found if i is not None]
                figures[f"{field}_interval"] = [[round(i.low, 5), round(i.high, 5)] for i in found if i is not None]
        if "lpips" in fields:
            figures["lpips_by_seed"] = [_by_seed(gathered, "lpips") for gathered in mine.values()]
        distances = [_kid(gathered, folder) for gathered in tqdm(mine.values(), desc=f"KID of {system}", disable=None)]
        if None not in distances:
            figures["kid"] = distances
        document[NAMES.get(system, system)] = figures
    return document


def _by_seed(gathered: Gathered, field: str) -> list[float]:
    """Mean over the pictures, one figure a seed of the channel."""
    seeds = sorted({row["seed"] for row in gathered.rows})
    return [round(fmean(row[field] for row in gathered.rows if row["seed"] == seed), 5) for seed in seeds]


def _kid(gathered: Gathered, folder: Path) -> float | None:
    """Of the pictures that the campaign has kept, if these are all; one seed of each."""
    from lrisc_sdr.evaluation.kid import kid

    kept = {row["picture"]: row for row in gathered.rows if row.get("file")}
    if len(kept) < gathered.pictures:
        return None
    sources = [_features(folder / "sources" / f"{row['picture_digest']}.png") for row in kept.values()]
    pictures = [_features(folder / row["file"]) for row in kept.values()]
    return round(kid(np.concatenate(sources), np.concatenate(pictures)), 5)


@lru_cache(maxsize=64)  # every system and SNR is compared with the same sources
def _features(path: Path) -> NDArray[np.float64]:
    from lrisc_sdr.evaluation.kid import patch_features

    return patch_features(load(path))


def main() -> None:
    """Read the command line and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", help="what lrisc sweep has filled, the headline's first")
    parser.add_argument("--out", type=Path, required=True, help="the JSON file")
    arguments = parser.parse_args()
    text = json.dumps(headline(arguments.folders), indent=1, ensure_ascii=False, allow_nan=False)
    arguments.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

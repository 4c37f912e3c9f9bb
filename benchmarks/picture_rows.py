# SPDX-License-Identifier: MIT
"""Rows of pictures from a campaign's folder: the source, and what each system made of the middle of it.

python -m benchmarks.picture_rows runs/kodak-headline --pictures kodim04 kodim23 --snr-db 1 10 --out docs/results
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from lrisc_sdr.campaigns.rows import read_rows
from lrisc_sdr.pictures import load, side_by_side
from lrisc_sdr.types import ByteArray

SYSTEMS = (
    "DeepJSCC",
    "DeepJSCC + LPIPS",
    "AVIF + LDPC",
    "LRISC, JSCC",
    "LRISC, 1 step",
    "LRISC base, 1 step",
    "LRISC refined, 1 step",
)


def picture_row(
    rows: list[dict[str, Any]], folder: Path, picture: str, snr_db: float, cbr: str, side: int, out: Path
) -> Path:
    """Draw one row and return its file, `out/PICTURE-SNRdB.png`; above each picture are its PSNR and LPIPS.

    Args:
        rows: of the campaign.
        folder: the campaign's, with the pictures it has kept.
        picture: its name, without an ending.
        snr_db: the channel's `[dB]`.
        cbr: the ratio asked for, as in "1/48".
        side: edge of the square that is cut out of the middle `[pixels]`.
        out: where the file goes.
    """
    wanted = {"snr_db": snr_db, "cbr": cbr, "channel": "awgn", "seed": min(row["seed"] for row in rows)}
    mine = {
        row["system"]: row
        for row in rows
        if row["picture"].startswith(picture) and row.get("file") and wanted.items() <= row.items()
    }
    if not mine:
        raise SystemExit(f"{folder} has kept no picture {picture} at {snr_db:g} dB and {cbr}")
    digest = next(iter(mine.values()))["picture_digest"]
    source = load(folder / "sources" / f"{digest}.png")
    shown = [(f"source\n{snr_db:g} dB, CBR {cbr}", _middle(source, side))]
    for system in SYSTEMS:
        if system in mine:
            row = mine[system]
            label = f"{system}\n{row['psnr_db']:.1f} dB, LPIPS {row['lpips']:.2f}"
            shown.append((label, _middle(load(folder / row["file"]), side)))
    path = out / f"{picture}-{snr_db:g}dB.png"
    side_by_side(path, shown)
    return path


def _middle(image: ByteArray, side: int) -> ByteArray:
    top, left = ((length - side) // 2 for length in image.shape[:2])
    return image[top : top + side, left : left + side]


def main() -> None:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="what lrisc sweep has filled")
    parser.add_argument("--pictures", nargs="+", required=True, help="names, without endings")
    parser.add_argument("--snr-db", nargs="+", type=float, required=True, help="Es/N0 of the channel")
    parser.add_argument("--cbr", default="1/48", help="channel bandwidth ratio")
    parser.add_argument("--side", type=int, default=256, help="edge of the square that is shown, in pixels")
    parser.add_argument("--out", type=Path, required=True, help="folder for the PNG files")
    arguments = parser.parse_args()
    rows = read_rows(arguments.folder)
    arguments.out.mkdir(parents=True, exist_ok=True)
    for picture in arguments.pictures:
        for snr_db in arguments.snr_db:
            path = picture_row(rows, arguments.folder, picture, snr_db, arguments.cbr, arguments.side, arguments.out)
            sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()

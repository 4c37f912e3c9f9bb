# SPDX-License-Identifier: MIT
"""What multipath costs beyond the SNR that it takes.

A campaign asks for a mean Es/N0, of which fading leaves one picture more and the next one less. Every received picture
is compared with white noise at the SNR that it really had, between the campaign's levels on a straight line (below the
lowest level, with the lowest):

    100 (mean d(channel) / mean d_awgn(SNR of that frame) − 1) %

python -m benchmarks.equal_snr runs/kodak-channels --field lpips
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from lrisc_sdr.campaigns.rows import read_rows
from lrisc_sdr.evaluation.scoring import FIELDS

Row = Mapping[str, Any]


def equal_snr(folder: Path, field: str) -> Iterator[str]:
    """Lines of Markdown: for every system and channel the excess over white noise, by the SNR that was asked for.

    Lost pictures have no SNR that was measured, and are left out.

    Raises:
        SystemExit: a picture has no white noise to compare with.
    """
    received = [row for row in read_rows(folder) if not row["failed"] and row.get(field) is not None]
    curves: dict[tuple[str, str], dict[float, list[float]]] = defaultdict(lambda: defaultdict(list))
    rest: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in received:
        if row["channel"] == "awgn":
            curves[row["system"], row["picture"]][row["snr_db_true"]].append(row[field])
        else:
            rest[row["system"], row["channel"]].append(row)
    if any((row["system"], row["picture"]) not in curves for rows in rest.values() for row in rows):
        raise SystemExit(f"{folder} lacks rows of white noise: add awgn to the campaign's channels, or let it end")
    levels: list[float] = sorted({row["snr_db"] for rows in rest.values() for row in rows})
    yield "| SNR asked for, dB | " + " | ".join(f"{level:g}" for level in levels).replace("-", "−") + " | mean |"
    yield "|---" * (len(levels) + 2) + "|"
    for (system, channel), rows in rest.items():
        by_level = [[row for row in rows if row["snr_db"] == level] for level in levels]
        yield _line(f"{system}, {channel}: SNR met", "{:.1f}", [_snr(own) for own in by_level])
        yield _line(f"{system}, {channel}", "{:+.0f} %", [_excess(own, curves, field) for own in by_level])


def _snr(rows: list[Row]) -> float | None:
    return fmean(float(row["snr_db_true"]) for row in rows) if rows else None


def _excess(rows: list[Row], curves: Mapping[tuple[str, str], Mapping[float, list[float]]], field: str) -> float | None:
    """In percent; None where all pictures are lost."""
    if not rows:
        return None
    met, white = [], []
    for row in rows:
        curve = curves[row["system"], row["picture"]]
        places = sorted(curve)
        met.append(row[field])
        white.append(float(np.interp(row["snr_db_true"], places, [fmean(curve[place]) for place in places])))
    return 100 * (fmean(met) / fmean(white) - 1)


def _line(name: str, form: str, values: list[float | None]) -> str:
    found = [value for value in values if value is not None]
    cells = ["–" if value is None else form.format(value).replace("-", "−") for value in (*values, fmean(found))]
    return f"| {name} | {' | '.join(cells)} |"


def main() -> None:
    """Read the command line and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="what lrisc sweep has filled")
    parser.add_argument("--field", default="lpips", choices=list(FIELDS), help="metric")
    arguments = parser.parse_args()
    for line in equal_snr(arguments.folder, arguments.field):
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()

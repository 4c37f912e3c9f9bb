# SPDX-License-Identifier: MIT
"""A campaign's figures as Markdown tables: means by SNR, and paired differences with 95 % intervals.

python -m benchmarks.campaign_tables runs/kodak --fields psnr_db lpips --reference DeepJSCC
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from statistics import fmean

from lrisc_sdr.campaigns.points import Gathered, Place, gather, measured
from lrisc_sdr.campaigns.rows import read_rows
from lrisc_sdr.evaluation.scoring import FIELDS
from lrisc_sdr.evaluation.statistics import Interval, paired_difference

Section = tuple[str, float, float]
"""Channel, ratio and told error."""


def tables(folder: Path, fields: list[str], reference: str | None) -> Iterator[str]:
    """Lines of Markdown.

    Args:
        folder: what `lrisc sweep` has filled.
        fields: names of metrics; empty for all that were measured.
        reference: the system that others are compared with, if any.
    """
    rows = read_rows(folder)
    table = gather(rows)
    chosen = fields or measured(rows)
    sections = sorted({_section(place) for places in table.values() for place in places})
    for section in sections:
        channel, ratio, error = section
        told = f", told {error:+g} dB" if len({s[2] for s in sections}) > 1 else ""
        yield f"### {channel}, CBR 1/{1 / ratio:.0f}{told}\n"
        mine = {
            system: {place.snr_db: gathered for place, gathered in places.items() if _section(place) == section}
            for system, places in table.items()
        }
        yield from _means({system: found for system, found in mine.items() if found}, chosen)
        if reference is not None:
            yield from _differences(mine, chosen, reference)


def _section(place: Place) -> Section:
    return place.channel, place.cbr_asked, place.told_error_db


def _means(systems: Mapping[str, Mapping[float, Gathered]], fields: list[str]) -> Iterator[str]:
    levels = sorted({snr_db for found in systems.values() for snr_db in found})
    yield "| SNR dB | " + " | ".join(f"{level:g}".replace("-", "−") for level in levels) + " | mean |"
    yield "|---" * (len(levels) + 2) + "|"
    for field in fields:
        metric = FIELDS[field]
        yield f"| **{metric.label}** |" + " |" * (len(levels) + 1)
        for system, found in systems.items():
            means = [found[level].mean(field) if level in found else None for level in levels]
            whole = [value for value in means if value is not None]
            if whole:
                cells = ["–" if value is None else f"{value:.{metric.digits}f}" for value in means]
                yield f"| {system} | {' | '.join(cells)} | {fmean(whole):.{metric.digits}f} |"
    lost = {system: [found[level].failed for level in levels if level in found] for system, found in systems.items()}
    for system, counts in lost.items():
        if sum(counts):
            yield f"| {system}: pictures lost | {' | '.join(map(str, counts))} | {sum(counts)} |"
    yield ""


def _differences(systems: Mapping[str, Mapping[float, Gathered]], fields: list[str], reference: str) -> Iterator[str]:
    if reference not in systems:
        raise SystemExit(f"no system {reference!r}: there are {', '.join(systems)}")
    base = systems[reference]
    yield f"| against {reference}, mean over SNRs | " + " | ".join(FIELDS[field].label for field in fields) + " |"
    yield "|---" * (len(fields) + 1) + "|"
    for system, found in systems.items():
        if system != reference and found:
            cells = [_difference(found, base, field) for field in fields]
            yield f"| {system} | {' | '.join(cells)} |"
    yield ""


def _difference(found: Mapping[float, Gathered], base: Mapping[float, Gathered], field: str) -> str:
    common = [level for level in found if level in base]
    values, others = (_by_picture([side[level] for level in common], field) for side in (found, base))
    difference = paired_difference(values, others)
    if difference is None:
        return "–"
    digits = FIELDS[field].digits
    share = 100 * difference.mean / fmean(others.values())
    relative = "" if field.endswith("_db") else f", {share:+.0f} %"
    return _signed(difference, digits).replace("-", "−") + relative.replace("-", "−")


def _by_picture(levels: list[Gathered], field: str) -> dict[str, float]:
    pairs = sorted((name, value) for gathered in levels for name, value in gathered.by_picture(field).items())
    return {name: fmean(value for _, value in own) for name, own in groupby(pairs, key=lambda pair: pair[0])}


def _signed(interval: Interval, digits: int) -> str:
    return f"{interval.mean:+.{digits}f} ({interval.low:+.{digits}f} to {interval.high:+.{digits}f})"


def main() -> None:
    """Read the command line and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="what lrisc sweep has filled")
    parser.add_argument("--fields", nargs="*", default=[], choices=list(FIELDS), help="metrics; all that were measured")
    parser.add_argument("--reference", help="system that the others are compared with")
    arguments = parser.parse_args()
    for line in tables(arguments.folder, arguments.fields, arguments.reference):
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()

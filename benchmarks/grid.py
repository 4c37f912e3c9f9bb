# SPDX-License-Identifier: MIT
"""How much of a decoded picture's error repeats with the decoder's grid of 8 pixels, as no photograph does.

Over the blocks x_k of 8×8 of the source whose grey levels differ least (30 % of all):

    weave = standard deviation over the 64 places of  mean_k (x̃_k − x_k)        [grey levels]

python -m benchmarks.grid runs/kodak-headline
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lrisc_sdr.campaigns.rows import read_rows

Grey = NDArray[np.float64]

EDGE = 8
SMOOTH = 0.3
"""Share of the blocks, the smoothest ones."""


def weave(source: Grey, picture: Grey) -> float:
    """Of one picture.

    Args:
        source, picture: grey levels `[H, W]`.
    """
    true, error = _blocks(source), _blocks(picture - source)
    spread = true.std(axis=(1, 2))
    smooth = error[spread <= np.quantile(spread, SMOOTH)]
    return float(smooth.mean(axis=0).std())


def _blocks(picture: Grey) -> Grey:
    """`[k, 8, 8]`; what is left at the right and at the bottom is left out."""
    rows, columns = (side // EDGE for side in picture.shape)
    cut = picture[: rows * EDGE, : columns * EDGE]
    return cut.reshape(rows, EDGE, columns, EDGE).swapaxes(1, 2).reshape(-1, EDGE, EDGE)


def table(folder: Path) -> Iterator[str]:
    """Lines of Markdown: means over the pictures that the campaign has kept.

    Raises:
        SystemExit: it has kept none.
    """
    found: dict[str, dict[float, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in read_rows(folder):
        if row.get("file"):
            source = _grey(folder / "sources" / f"{row['picture_digest']}.png")
            found[row["system"]][row["snr_db"]].append(weave(source, _grey(folder / row["file"])))
    if not found:
        raise SystemExit(f"{folder} has kept no pictures: say so in the campaign's [keep]")
    levels = sorted({level for values in found.values() for level in values})
    yield "| weave, SNR dB | " + " | ".join(f"{level:g}" for level in levels).replace("-", "−") + " |"
    yield "|---" * (len(levels) + 1) + "|"
    for system, values in found.items():
        cells = [f"{fmean(values[level]):.2f}" if level in values else "–" for level in levels]
        yield f"| {system} | {' | '.join(cells)} |"


def _grey(path: Path) -> Grey:
    with Image.open(path) as image:
        return np.asarray(image.convert("L"), dtype=np.float64)


def main() -> None:
    """Read the command line and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="what lrisc sweep has filled")
    for line in table(parser.parse_args().folder):
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()

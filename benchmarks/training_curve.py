# SPDX-License-Identifier: MIT
"""How a training went, over the steps of runs that followed each other: its losses, also on held-back pictures.

python -m benchmarks.training_curve runs/small-diffusion runs/small-diffusion-continued --out docs/results
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.plots import Panel, Plot, draw
from benchmarks.rows import Curve
from lrisc_sdr.campaigns.report.folder_page import read_lines
from lrisc_sdr.campaigns.report.training_page import HELD_BACK, LOG

MSE_FIELDS = ("mse", "mse_jscc")
"""Errors of pictures in [0, 1], which are drawn as PSNR."""
PANELS = {
    "mse": "PSNR",
    "lpips_vgg": "LPIPS (VGG16)",
    "classifier": "distance in the classifier",
    "opinion": "the adversary's margin",
}
PLOT = Plot(
    "Training of the diffusion decoder",
    "steps",
    {"PSNR": Panel("PSNR [dB]"), "": Panel("mean")},
)


def curves(runs: Sequence[Path], stage: str = "diffusion") -> list[Curve]:
    """What was logged of one stage, as curves over the steps of all runs together.

    Args:
        runs: folders that `lrisc train` has filled, in their order.
        stage: the folder in each.
    """
    found: dict[str, tuple[list[float], list[float]]] = {}
    before = 0
    for run in runs:
        rows = read_lines(run / stage / LOG)
        for row in rows:
            for field, value in row.items():
                x, y = found.setdefault(field, ([], []))
                x.append(before + row["step"])
                y.append(-10.0 * math.log10(value) if field.removeprefix(HELD_BACK) in MSE_FIELDS else value)
        before += int(rows[-1]["step"])
    drawn = []
    for field, panel in PANELS.items():
        for name, label in ((field, "training"), (HELD_BACK + field, "held back")):
            if name in found:
                drawn.append(Curve("training", panel, label, "ours", *found[name]))
    if HELD_BACK + "mse_jscc" in found:
        drawn.append(Curve("training", "PSNR", "held back, JSCC picture", "limit", *found[HELD_BACK + "mse_jscc"]))
    return drawn


def main() -> None:
    """Read the command line and draw `training.png`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+", help="what lrisc train has filled, the first run first")
    parser.add_argument("--out", type=Path, required=True, help="the folder")
    arguments = parser.parse_args()
    draw({"curves": [asdict(curve) for curve in curves(arguments.runs)]}, arguments.out, {"training": PLOT})


if __name__ == "__main__":
    main()

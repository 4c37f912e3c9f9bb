# SPDX-License-Identifier: MIT
"""The plots of the decoder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import plots
from benchmarks.plots import Panel, Plot

PLOTS: dict[str, Plot] = {
    "latency": Plot("One picture at a time", "diffusion steps", {"": Panel("ms", log=True)}),
    "throughput": Plot(
        "Pictures of 256×256, 4 steps", "pictures in a batch", {"": Panel("pictures a second", log=True)}
    ),
}


def draw(document: Mapping[str, Any], folder: Path) -> list[Path]:
    """Draw every plot of which the document has curves, as `benchmarks.plots.draw` does."""
    return plots.draw(document, folder, PLOTS)

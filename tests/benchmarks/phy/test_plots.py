# SPDX-License-Identifier: MIT
from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.phy.plots import PLOTS, draw
from benchmarks.plots import COLOURS
from benchmarks.rows import Curve

pytest.importorskip("matplotlib")


def test_every_plot_is_drawn_and_small(tmp_path: Path) -> None:
    levels = [0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0]
    curves = []
    for name, plot in PLOTS.items():
        panels = [panel for panel in plot.panels if panel] or ["", "another"]
        lines = len(COLOURS) if plot.bars else len(COLOURS) + 2
        for panel in panels:
            for line in range(lines):
                y = [None if line == 0 and x == 5.0 else 0.5 + 0.1 * line for x in levels]
                kind = ("ours", "peer", "limit")[line % 3]
                curves.append(asdict(Curve(name, panel, f"line {line}", kind, levels, y)))
    written = draw({"curves": curves}, tmp_path / "phy")
    assert sorted(path.stem for path in written) == sorted(PLOTS)
    for path in written:
        assert path.stat().st_size < 150_000
        with Image.open(path) as picture:
            assert picture.width >= 500


def test_what_was_not_measured_is_not_drawn(tmp_path: Path) -> None:
    curve = asdict(Curve("cfo", "pluto256", "receiver", "ours", [0.0, 1.0], [3.0, 2.0]))
    assert [path.name for path in draw({"curves": [curve]}, tmp_path)] == ["cfo.png"]
    assert draw({"curves": []}, tmp_path) == []

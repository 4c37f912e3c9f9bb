# SPDX-License-Identifier: MIT
"""The row of the GNU Radio receive block; what is measured is in `block`."""

from __future__ import annotations

from benchmarks.effort import Effort
from benchmarks.rows import Measured, Row, at_least, ratio
from benchmarks.tasks import Task, Work

GOAL = 0.8


def measure(effort: Effort, work: Work) -> Measured:
    """A row for every preset."""
    seconds, repetitions = effort.choose((2.0, 5), (0.3, 1))
    common = {"seconds": seconds, "repetitions": repetitions, "seed": effort.seed}
    tasks = [Task("phy.block:trial", {"waveform": name, **common}, peer=True) for name in effort.presets]
    rows = []
    for name, found in zip(effort.presets, work.run("flowgraph", tasks, alone=True), strict=True):
        share = ratio(found.get("block"), found.get("plain"))
        rows.append(
            Row(
                f"GNU Radio receive block, {name}, of the plain function's speed",
                share,
                "",
                f"≥ {GOAL:g}",
                at_least(share, GOAL),
                {"block, Msps": found.get("block"), "plain function, Msps": found.get("plain")},
                f"GNU Radio: {found['missing']}" if "missing" in found else "",
            )
        )
    return Measured(rows)

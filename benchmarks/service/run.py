# SPDX-License-Identifier: MIT
"""`lrisc bench service`: one document of all subjects."""

from __future__ import annotations

import os
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.rows import Row, at_least, at_most
from benchmarks.service.disk import fsync_s
from benchmarks.service.kills import Survived, survive
from benchmarks.service.scaling import speedup
from benchmarks.service.speed import Speed, measure
from lrisc_sdr.errors import UsageError
from lrisc_sdr.runs.progress import Progress, silent

QUICK = (200, 6)
RATE_GOAL = 1_000.0
P99_GOAL_MS = 20.0
SPEEDUP_GOAL = 1.8
SUBJECTS = ("speed", "kills", "workers")


def run(
    *,
    pictures: int,
    kills: int,
    only: str | None = None,
    quick: bool = False,
    seed: int = 0,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Measure speed and latency of an undisturbed service, have a second one survive kills, and add a worker.

    Returns:
        Rows as of every benchmark, and besides `acknowledged`, `decoded`, `lost`, `decoded_twice`, `different`,
        `kills`, `pictures_per_s`, `p50_s`, `p99_s`, `disk_sync_ms`, `cpu_ms_per_picture`, `cores`, as far as they were
        measured.

    Raises:
        UsageError: `only` names something else.
    """
    if quick:
        pictures, kills = QUICK
    chosen = SUBJECTS if only is None else tuple(only.split(","))
    if unknown := set(chosen) - set(SUBJECTS):
        raise UsageError(f"no subject {', '.join(sorted(unknown))}: there are {', '.join(SUBJECTS)}")
    found: dict[str, Any] = {"cores": os.cpu_count()}
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="lrisc-") as temporary:
        folder = Path(temporary)
        if "speed" in chosen:
            progress("an undisturbed service", 0, None)
            speed = measure(pictures, folder / "speed")
            rows += _speed(speed, fsync_s(folder / "disk"), found)
        if "kills" in chosen:
            survived = survive(pictures, kills, folder / "kills", seed, progress)
            rows += _survived(survived, found)
        if "workers" in chosen:
            progress("one worker, then two", 0, None)
            rows += _speedup(speedup(folder / "workers"), found)
    return found | {"rows": [asdict(row) for row in rows]}


def _speed(speed: Speed, syncs_s: NDArray[np.float64], found: dict[str, Any]) -> list[Row]:
    found |= {"pictures_per_s": speed.pictures_per_s, "p50_s": speed.p50_s, "p99_s": speed.p99_s}
    found["cpu_ms_per_picture"] = speed.cpu_ms
    note = "sender and watcher are on the same cores"
    rate, p99_ms = speed.pictures_per_s, 1e3 * speed.p99_s
    disk_ms = {name: 1e3 * float(np.percentile(syncs_s, q)) for name, q in (("p99", 99), ("p99.9", 99.9))}
    found["disk_sync_ms"] = disk_ms
    beside = {f"the disk's own fdatasync, {name}": value for name, value in disk_ms.items()}
    return [
        Row(
            "pictures of 256×256, nothing decoded",
            rate,
            "1/s",
            f"≥ {RATE_GOAL:g}",
            at_least(rate, RATE_GOAL),
            note=note,
        ),
        Row("processor time of broker and worker for a picture", speed.cpu_ms, "ms"),
        Row("latency at half of that load, median", 1e3 * speed.p50_s, "ms"),
        Row(
            "latency at half of that load, p99",
            p99_ms,
            "ms",
            f"≤ {P99_GOAL_MS:g}",
            at_most(p99_ms, P99_GOAL_MS),
            beside,
        ),
    ]


def _survived(survived: Survived, found: dict[str, Any]) -> list[Row]:
    kills = survived.kills.total()
    for name in ("acknowledged", "decoded", "lost", "decoded_twice", "different"):
        found[name] = getattr(survived, name)
    found |= {"kills": kills, "kills_by_victim": dict(survived.kills)}
    by_victim = ", ".join(f"{n} of {victim}" for victim, n in survived.kills.items())
    return [
        Row(f"acknowledged, in {kills} kills", survived.acknowledged, "", note=f"kills: {by_victim}"),
        Row("of these lost", survived.lost, "", "≤ 0", at_most(survived.lost, 0)),
        Row(
            "results that differ from those without kills",
            survived.different,
            "",
            "≤ 0",
            at_most(survived.different, 0),
        ),
        Row("pictures with two results", survived.decoded_twice, ""),
    ]


def _speedup(value: float, found: dict[str, Any]) -> list[Row]:
    found["two_workers_speedup"] = value
    goal = f"≥ {SPEEDUP_GOAL:g}"
    return [Row("pictures/s of two workers over those of one", value, "", goal, at_least(value, SPEEDUP_GOAL))]

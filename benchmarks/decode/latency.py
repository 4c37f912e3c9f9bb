# SPDX-License-Identifier: MIT
"""How long one picture takes."""

from __future__ import annotations

from dataclasses import asdict
from itertools import product

from benchmarks.decode.devices import MODELS, Device, devices
from benchmarks.effort import Effort
from benchmarks.rows import Curve, Measured, Row, at_most
from benchmarks.tasks import Task, Work

_GOALS = {("cpu", "small"): 1.0, ("cuda", "base"): 0.010}
"""Of 256×256 pixels in four steps, with two threads or a GPU `[s]`."""

_SIZES = ((256, 256), (512, 768))


def measure(effort: Effort, work: Work) -> Measured:
    """Seconds by device, model, size and steps, one picture at a time."""
    steps = effort.choose((0, 1, 2, 4, 8), (0, 4))
    rows, curves = [], []
    for where, model in product(devices(), MODELS):
        for height, width in effort.choose(_SIZES, _SIZES[:1]):
            tasks = [_task(where, model, count, height, width, effort) for count in steps]
            results = work.run("latency", tasks, alone=True)
            seconds = [result["seconds"] for result in results]
            floors = [result["floor"] for result in results]
            panel = f"{model}, {width}×{height} pixels"
            precision = f"{where.name}, {where.precision}"
            curves += [
                Curve("latency", panel, precision, "ours", steps, [1e3 * value for value in seconds]),
                Curve("latency", panel, f"{precision}: floor", "limit", steps, [1e3 * value for value in floors]),
            ]
            for count, value, result in zip(steps, seconds, results, strict=True):
                goal = _goal(where, model) if (count, height, width) == (4, 256, 256) else None
                rows.append(
                    Row(
                        f"{panel}, {count} step{'s' * (count != 1)}, {precision}",
                        1e3 * value,
                        "ms",
                        None if goal is None else f"≤ {1e3 * goal:g}",
                        at_most(value, goal),
                        {"floor": 1e3 * result["floor"], "GFLOP": result["operations"] / 1e9},
                    )
                )
    return Measured(rows, curves)


def _task(where: Device, model: str, steps: int, height: int, width: int, effort: Effort) -> Task:
    arguments = asdict(where)
    del arguments["name"]
    return Task(
        "decode.decoding:decode",
        {
            **arguments,
            "model": model,
            "batch": 1,
            "steps": steps,
            "height": height,
            "width": width,
            "repeats": effort.choose(7, 2),
            "seed": effort.seed,
        },
    )


def _goal(where: Device, model: str) -> float | None:
    if where.device == "cpu" and (where.threads != 2 or where.precision != "float32"):
        return None
    return _GOALS.get((where.device, model))

# SPDX-License-Identifier: MIT
"""How many pictures of 256×256 a second, in batches."""

from __future__ import annotations

from dataclasses import asdict
from itertools import product

from benchmarks.decode.devices import MODELS, devices
from benchmarks.effort import Effort
from benchmarks.rows import Curve, Measured, Row, at_least
from benchmarks.tasks import Task, Work

_SIDE = 256
_STEPS = 4
_BATCHES = {"cpu": (1, 4, 16), "cuda": (1, 8, 32, 128)}
_GOALS = {("cuda", "base"): 500.0}
"""Pictures a second, in the best batch."""


def measure(effort: Effort, work: Work) -> Measured:
    """Pictures a second by device, model and batch."""
    rows, curves = [], []
    for where, model in product(devices(), MODELS):
        arguments = asdict(where) | {"model": model}
        name = f"{arguments.pop('name')}, {where.precision}"
        batches = effort.choose(_BATCHES[where.device], _BATCHES[where.device][:2])
        size = {"steps": _STEPS, "height": _SIDE, "width": _SIDE, "seed": effort.seed}
        tasks = [
            Task("decode.decoding:decode", {**arguments, **size, "batch": batch, "repeats": effort.choose(5, 1)})
            for batch in batches
        ]
        results = work.run("throughput", tasks, alone=True)
        rates = [batch / result["seconds"] for batch, result in zip(batches, results, strict=True)]
        floors = [batch / result["floor"] for batch, result in zip(batches, results, strict=True)]
        curves += [
            Curve("throughput", model, name, "ours", batches, rates),
            Curve("throughput", model, f"{name}: floor", "limit", batches, floors),
        ]
        best = max(range(len(batches)), key=rates.__getitem__)
        goal = _GOALS.get((where.device, model))
        rows.append(
            Row(
                f"{model}, pictures of {_SIDE}×{_SIDE}, {_STEPS} steps, batches of {batches[best]}, {name}",
                rates[best],
                "1/s",
                None if goal is None else f"≥ {goal:g}",
                at_least(rates[best], goal),
                {"floor": floors[best], "matrix rate in TFLOP/s": results[best]["rate"] / 1e12},
            )
        )
    return Measured(rows, curves)

# SPDX-License-Identifier: MIT
"""What a training tells about itself: rows in a file, and to whoever draws curves."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from lrisc_sdr.training.worker import Worker

Scalars = Callable[[int, dict[str, float]], None]


class Log:
    """Means over the steps between two rows; nothing waits for the device before a row is due."""

    def __init__(self, folder: Path, worker: Worker, scalars: Scalars | None) -> None:
        self._path = folder / "log.jsonl"
        self._worker = worker
        self._scalars = scalars
        self._sums: dict[str, Tensor] = {}
        self._count = 0
        self._began = time.monotonic()

    def add(self, logs: dict[str, Tensor]) -> None:
        self._count += 1
        for name, value in logs.items():
            value = value.detach().float()
            self._sums[name] = self._sums[name] + value if name in self._sums else value

    def means(self) -> dict[str, float]:
        """Over the steps and the processes, which then begin anew."""
        means = torch.stack(list(self._sums.values())) / self._count
        self._worker.average([means])
        named = dict(zip(self._sums, means.tolist(), strict=True))
        self._sums, self._count = {}, 0
        return named

    def write(self, step: int, row: dict[str, float]) -> None:
        if not self._worker.first:
            return
        row = {**row, "seconds": time.monotonic() - self._began}
        with self._path.open("a") as log:
            log.write(json.dumps({"step": step, **row}) + "\n")
        if self._scalars is not None:
            self._scalars(step, row)

# SPDX-License-Identifier: MIT
"""How long the disk takes to keep something: what no service is faster than that keeps before it answers."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

WRITES = 1000
BYTES = 1 << 16
"""About what a turn of the broker adds to the log."""
PAUSE_S = 0.002


def fsync_s(folder: Path) -> NDArray[np.float64]:
    """Durations of `fdatasync` after each of `WRITES` writes that take turns in 16 MiB, f64 `[WRITES]` `[s]`."""
    folder.mkdir(parents=True, exist_ok=True)
    took = []
    file = os.open(folder / "written", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        for number in range(WRITES):
            os.pwrite(file, bytes(BYTES), number % 256 * BYTES)
            started = time.perf_counter()
            os.fdatasync(file)
            took.append(time.perf_counter() - started)
            time.sleep(PAUSE_S)
    finally:
        os.close(file)
    return np.array(took)

# SPDX-License-Identifier: MIT
"""Buffers that never reach the host."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray


def drop_starts(interval_samples: float, rng: np.random.Generator) -> Iterator[int]:
    """Yield the first samples of the dropped buffers, one in every interval, anywhere in it: ⌊(k + u_k) · interval⌋."""
    k = 0
    while True:
        yield int((k + rng.random()) * interval_samples)
        k += 1


def kept(first: int, count: int, starts: list[int], drop_samples: int) -> NDArray[np.bool_]:
    """Return which of the samples `first` … `first` + `count` − 1 lie in no dropped buffer, bool `[count]`."""
    keep = np.ones(count, dtype=np.bool_)
    for start in starts:
        keep[max(start - first, 0) : max(start + drop_samples - first, 0)] = False
    return keep

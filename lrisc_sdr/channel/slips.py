# SPDX-License-Identifier: MIT
"""Single samples that a converter's clock domain or a transfer loses or repeats, at instants that no one knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray


def slip_instants(interval_samples: float, rng: np.random.Generator) -> Iterator[tuple[int, int]]:
    """Yield which sample slips, ⌊(k + u_k) · interval⌋, one in every interval, and how often it comes: 0 or 2 times."""
    k = 0
    while True:
        yield int((k + rng.random()) * interval_samples), 2 * int(rng.integers(2))
        k += 1


def copies(first: int, count: int, slips: Mapping[int, int]) -> NDArray[np.intp]:
    """Return how often each of the samples `first` … `first` + `count` − 1 comes, intp `[count]`: once, but for slips.

    Args:
        slips: how often a sample comes, by its position in the stream.
    """
    times = np.ones(count, dtype=np.intp)
    for position, n in slips.items():
        if first <= position < first + count:
            times[position - first] = n
    return times

# SPDX-License-Identifier: MIT
"""Adaptive coding length: from the bits of the entropy model to a rate for every cell.

    K = Σ_i Q(−β · log p(z_i | y))          LRISC (arXiv 2504.21577), the rule of NTSCC with β for η

A cell is a square of 2×2 patches (32×32 pixels); all its patches share one rate. A rate is the number of real
dimensions a
patch may use, from a fixed set: coarse cells and few rates keep the map cheap enough to send.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

RATES = (4, 8, 12, 16, 24, 32, 48, 64, 96, 128)
"""Real dimensions per patch. Never zero: a patch that sends nothing can explode when its surroundings do not explain
it.
"""

CELL = 2
"""Side of a cell `[patches]`."""

PATCHES_PER_CELL = CELL * CELL
_BISECTIONS = 40


def cell_bits(bits: Tensor) -> Tensor:
    """Mean bits of the patches of each cell: `[b, h, w]` → `[b, ceil(h/2), ceil(w/2)]`."""
    return F.avg_pool2d(bits[:, None], CELL, ceil_mode=True, count_include_pad=False)[:, 0]


def quantise(lengths: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Q(·): index of the nearest rate on a logarithmic scale."""
    log_rates = np.log(RATES)
    edges = (log_rates[1:] + log_rates[:-1]) / 2
    levels: NDArray[np.uint8] = np.searchsorted(edges, np.log(np.maximum(lengths, 1e-9))).astype(np.uint8)
    return levels


def symbols_of(levels: NDArray[np.uint8]) -> int:
    """Complex symbols that a map of rate indices takes: half a symbol per real dimension, four patches a cell."""
    return int(np.asarray(RATES)[levels].sum()) * PATCHES_PER_CELL // 2


def allocate(bits: NDArray[np.floating[Any]], symbols: int) -> NDArray[np.uint8]:
    """The map of rate indices, of the shape of `bits`, with the largest β whose total is at most `symbols`.

    When even the lowest rates exceed `symbols`, the lowest rates are returned: the caller compares `symbols_of`.
    """
    weights = np.maximum(np.asarray(bits, dtype=np.float64), 1e-6)
    low, high = np.log(1e-9), np.log(RATES[-1] / weights.min() * 2)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if symbols_of(quantise(np.exp(middle) * weights)) <= symbols:
            low = middle
        else:
            high = middle
    return quantise(np.exp(low) * weights)


def prefix_mask(levels: Tensor, height: int, width: int) -> Tensor:
    """1 where a real dimension is sent: levels `[b, h/2, w/2]` → `[b, max rate, height, width]`, patches as units."""
    rates = torch.tensor(RATES, device=levels.device)[levels.long()]
    rates = rates.repeat_interleave(CELL, dim=1).repeat_interleave(CELL, dim=2)[:, :height, :width]
    dimensions = torch.arange(RATES[-1], device=levels.device)[None, :, None, None]
    return (dimensions < rates[:, None]).float()

# SPDX-License-Identifier: MIT
"""Coding length: from the bits of the entropy model to a rate for every cell.

    K = Σ_i Q(−β · log p(z_i | y))          LRISC (arXiv 2504.21577), the rule of NTSCC with β for η

A cell is a square of 2×2 patches (32×32 pixels); all its patches share one rate. A rate is the number of real
dimensions a patch may use, from a fixed set: coarse cells and few rates keep the map cheap enough to send. Where it is
still too dear, the cells of a block share one rate. β is found for every picture; what its steps leave of the symbols
goes to the cells that a slightly larger β would raise first.
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
_CELL_SYMBOLS = np.asarray(RATES) * PATCHES_PER_CELL // 2
_EDGES = (np.log(RATES[1:]) + np.log(RATES[:-1])) / 2
_BISECTIONS = 40


def cell_bits(bits: Tensor) -> Tensor:
    """Mean bits of the patches of each cell: `[b, h, w]` → `[b, ceil(h/2), ceil(w/2)]`."""
    return F.avg_pool2d(bits[:, None], CELL, ceil_mode=True, count_include_pad=False)[:, 0]


def quantise(lengths: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Q(·): index of the nearest rate on a logarithmic scale."""
    levels: NDArray[np.uint8] = np.searchsorted(_EDGES, np.log(np.maximum(lengths, 1e-9))).astype(np.uint8)
    return levels


def symbols_of(levels: NDArray[np.uint8]) -> int:
    """Complex symbols that a map of rate indices takes: half a symbol per real dimension, four patches a cell."""
    return int(_CELL_SYMBOLS[levels].sum())


def allocate(bits: NDArray[np.floating[Any]], symbols: int) -> NDArray[np.uint8]:
    """The map of rate indices, of the shape of `bits`, with the largest β whose total is at most `symbols`, filled up.

    More bits never get a lower rate. When even the lowest rates exceed `symbols`, they are returned: the caller
    compares `symbols_of`.
    """
    return _allocate(bits, np.ones(bits.shape, dtype=np.int64), symbols)


def allocate_blocks(bits: NDArray[np.floating[Any]], symbols: int, side: int) -> NDArray[np.uint8]:
    """As `allocate` for a map `[h, w]` in which the cells of each block of `side`×`side` share one rate."""
    height, width = bits.shape
    counts = _block_sums(np.ones_like(bits), side)
    blocks = _allocate(_block_sums(bits, side) / counts, counts.astype(np.int64), symbols)
    return spread(blocks, side, height, width)


def spread(blocks: NDArray[np.uint8], side: int, height: int, width: int) -> NDArray[np.uint8]:
    """Give every cell of a map `[height, width]` the rate index of its block."""
    return blocks.repeat(side, axis=0).repeat(side, axis=1)[:height, :width]


def _block_sums(values: NDArray[np.floating[Any]], side: int) -> NDArray[np.float64]:
    height, width = values.shape
    padded = np.pad(values.astype(np.float64), ((0, -height % side), (0, -width % side)))
    sums: NDArray[np.float64] = padded.reshape(padded.shape[0] // side, side, -1, side).sum(axis=(1, 3))
    return sums


def _allocate(bits: NDArray[np.floating[Any]], counts: NDArray[np.int64], symbols: int) -> NDArray[np.uint8]:
    """`counts` are the cells that an entry of `bits` stands for."""
    worth = np.log(np.maximum(np.asarray(bits, dtype=np.float64), 1e-6))
    low, high = np.log(1e-9), np.log(RATES[-1]) - worth.min() + 1
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if (_CELL_SYMBOLS[quantise(np.exp(middle + worth))] * counts).sum() <= symbols:
            low = middle
        else:
            high = middle
    levels = quantise(np.exp(low + worth))
    _fill(levels, worth, counts, symbols - int((_CELL_SYMBOLS[levels] * counts).sum()))
    return levels


def _fill(levels: NDArray[np.uint8], worth: NDArray[np.float64], counts: NDArray[np.int64], symbols: int) -> None:
    """Raise entries rate by rate, in the order in which a growing β would, as long as one fits into `symbols`."""
    edges = np.append(_EDGES, np.inf)
    steps = np.append(np.diff(_CELL_SYMBOLS), symbols + 1)
    while (steps[levels] * counts <= symbols).any():
        for index in np.argsort((edges[levels] - worth).ravel(), kind="stable"):
            cost = int(steps[levels.flat[index]] * counts.flat[index])
            if cost <= symbols:
                levels.flat[index] += 1
                symbols -= cost


SHARES = 256
"""Steps of the share of cells that have the higher of two neighbouring rates in a uniform map."""


def uniform_map(level: int, share: int, height: int, width: int) -> NDArray[np.uint8]:
    """The rate index `level` everywhere, and one more in `share`/`SHARES` of the cells, evenly scattered."""
    rows, columns = np.mgrid[:height, :width].astype(np.uint64)
    # The additive recurrence of the plastic number (R2): any first k of the order are spread over the picture.
    order = ((rows * 3242174889 + columns * 2447445414) & 0xFFFFFFFF).ravel().argsort(kind="stable")
    levels = np.full(height * width, level, dtype=np.uint8)
    levels[order[: height * width * share // SHARES]] += 1
    return levels.reshape(height, width)


def allocate_uniform(height: int, width: int, symbols: int) -> tuple[int, int]:
    """The largest `level` and `share` of a uniform map whose total is at most `symbols`, or else the lowest."""
    low, high = 0, (len(RATES) - 1) * SHARES
    while low < high:
        middle = (low + high + 1) // 2
        if symbols_of(uniform_map(*divmod(middle, SHARES), height, width)) <= symbols:
            low = middle
        else:
            high = middle - 1
    return divmod(low, SHARES)


def prefix_mask(levels: Tensor, height: int, width: int) -> Tensor:
    """1 where a real dimension is sent: levels `[b, h/2, w/2]` → `[b, max rate, height, width]`, patches as units."""
    rates = torch.tensor(RATES, device=levels.device)[levels.long()]
    rates = rates.repeat_interleave(CELL, dim=1).repeat_interleave(CELL, dim=2)[:, :height, :width]
    dimensions = torch.arange(RATES[-1], device=levels.device)[None, :, None, None]
    return (dimensions < rates[:, None]).float()

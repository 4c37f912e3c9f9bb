# SPDX-License-Identifier: MIT
"""The two base graphs of 5G's LDPC codes, and how a code block chooses its graph and lifting size (TS 38.212)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from lrisc_sdr.errors import ConfigurationError

IntArray = NDArray[np.int64]

CRC_BITS = 24
"""Every code block ends in a CRC of so many bits."""

LARGEST_BLOCK = {1: 8448, 2: 3840}
"""K_cb of both base graphs: bits of a code block with its CRC (5.2.2)."""

_PUNCTURED_COLUMNS = 2
_COLUMNS = {1: 68, 2: 52}
_SYSTEMATIC_COLUMNS = {1: 22, 2: 10}
# Table 5.3.2-1: set i has the sizes a·2^j up to 384.
_LIFTING_SETS = tuple(
    tuple(a << j for j in range(8) if a << j <= 384 and (j or a > 1)) for a in (2, 3, 5, 7, 9, 11, 13, 15)
)


@dataclass(frozen=True)
class LiftedGraph:
    """A parity check matrix: row r of blocks says Σ_e x[columns[e]][(z + shifts[e]) mod Z] = 0 for all z < Z.

    Attributes:
        systematic: columns of blocks that hold information, 22 or 10; the first parity block follows them.
        size: Z, the lifting size.
        rows: where each row's edges begin, int64 `[rows + 1]`.
        columns: column of every edge, int64.
        shifts: circular shift of every edge, 0 to Z − 1, int64.
    """

    systematic: int
    size: int
    rows: IntArray
    columns: IntArray
    shifts: IntArray

    @property
    def n_rows(self) -> int:
        """Rows of blocks, 46 or 42."""
        return self.rows.size - 1

    @property
    def n_columns(self) -> int:
        """Columns of blocks, 68 or 52."""
        return self.systematic + self.n_rows

    @property
    def punctured(self) -> int:
        """First bits of a code word that are never sent: two blocks."""
        return _PUNCTURED_COLUMNS * self.size


def choose_graph(n_bits: int, rate: float) -> int:
    """Return the base graph for n_bits of information at a code rate (7.2.2): 2 for the short and the low, else 1."""
    return 2 if n_bits <= 292 or (n_bits <= 3824 and rate <= 0.67) or rate <= 0.25 else 1


def choose_size(graph: int, block_bits: int) -> int:
    """Return Z, the smallest lifting size with K_b · Z ≥ block_bits (5.2.2).

    Raises:
        ConfigurationError: the block is empty or longer than the graph's longest.
    """
    if not 0 < block_bits <= LARGEST_BLOCK[graph]:
        raise ConfigurationError(f"base graph {graph} takes 1 to {LARGEST_BLOCK[graph]} bits a block, not {block_bits}")
    used = 22
    if graph == 2:
        used = 10 if block_bits > 640 else 9 if block_bits > 560 else 8 if block_bits > 192 else 6
    return min(size for sizes in _LIFTING_SETS for size in sizes if used * size >= block_bits)


@cache
def lifted(graph: int, size: int) -> LiftedGraph:
    """The parity check matrix of a base graph and lifting size: shifts are V mod Z."""
    which = next(i for i, sizes in enumerate(_LIFTING_SETS) if size in sizes)
    table = _tables()
    table = table[table[:, 0] == graph]
    rows = np.searchsorted(table[:, 1], np.arange(table[-1, 1] + 2))
    arrays = (rows.astype(np.int64), table[:, 2].copy(), table[:, 3 + which] % size)
    for array in arrays:
        array.flags.writeable = False
    return LiftedGraph(_SYSTEMATIC_COLUMNS[graph], size, *arrays)


@cache
def _tables() -> IntArray:
    """Rows of (graph, row, column, V of sets 0 to 7), in the standard's order."""
    text = (files("lrisc_sdr.baselines") / "base_graphs.csv").read_text(encoding="utf-8")
    return np.array([row for row in csv.reader(text.splitlines()) if not row[0].startswith("#")], dtype=np.int64)

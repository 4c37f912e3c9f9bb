# SPDX-License-Identifier: MIT
"""The rates of a picture that meet its budget, and how the receiver is told of them.

    uniform     2 bytes: a rate index, and the share of cells that have the next one
    adaptive    at least 3 bytes: the coded rate map

What telling takes is missing for the latents, so that the map is found together with its own length.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrisc_sdr.codec import rate_map
from lrisc_sdr.codec.allocation import RATES, allocate_blocks, allocate_uniform, symbols_of, uniform_map
from lrisc_sdr.errors import ConfigurationError, SideInformationLost
from lrisc_sdr.types import ByteArray

MAP_SHARE = 0.04
"""Share of a picture's symbols that its map may take; where it would take more, cells share their rates."""

SLACK = 0.025
"""Share of a picture's symbols that may stay unused."""

_UNIFORM_BYTES = 2
_MAP_BYTES = _UNIFORM_BYTES + 1
_TRIALS = 8


def uniform_rates(height: int, width: int, budget: Callable[[int], int]) -> tuple[ByteArray, bytes]:
    """One rate for a map of `[height, width]` cells, and what tells it; `budget(bytes)` symbols are allowed.

    Two neighbouring rates are mixed in a fixed pattern where one alone would leave symbols.

    Raises:
        ConfigurationError: even the lowest rate exceeds the budget.
    """
    level, share = allocate_uniform(height, width, budget(_UNIFORM_BYTES))
    levels = uniform_map(level, share, height, width)
    if symbols_of(levels) > budget(_UNIFORM_BYTES):
        raise _too_little(levels.size)
    return levels, bytes([level, share])


def adaptive_rates(bits: NDArray[np.floating[Any]], budget: Callable[[int], int]) -> tuple[ByteArray, bytes]:
    """A rate for every cell of `bits` `[h, w]`, and what tells them; `budget(bytes)` symbols are allowed.

    The blocks of cells that share a rate are the smallest whose map takes at most `MAP_SHARE` of `budget(0)`, or else
    those of the shortest map. A picture so small that the steps of its map leave more than `SLACK` gets a uniform rate.

    Raises:
        ConfigurationError: even the lowest rates exceed the budget.
    """
    least = budget(_MAP_BYTES)

    def room(n_bytes: int) -> int:
        # A picture whose side information leaves too little is billed by its latents alone: a longer map earns nothing.
        return budget(n_bytes) if budget(n_bytes) <= least else 0

    chosen: tuple[ByteArray, bytes] | None = None
    for side in rate_map.SIDES:
        fitting = _fit(bits, side, room)
        if fitting is not None and (chosen is None or len(fitting[1]) < len(chosen[1])):
            chosen = fitting
        if chosen is not None and budget(0) - room(len(chosen[1])) <= MAP_SHARE * budget(0):
            break
    if chosen is None or _unused(chosen, room) > SLACK * budget(0):
        height, width = bits.shape
        uniform = uniform_rates(height, width, budget)
        if chosen is None or _unused(uniform, budget) < _unused(chosen, room):
            return uniform
    return chosen


def read_rates(side: bytes, height: int, width: int) -> ByteArray:
    """The map u8 `[height, width]` in cells that the bytes tell.

    Raises:
        SideInformationLost: they tell none.
    """
    if len(side) == _UNIFORM_BYTES:
        level, share = side
        if level >= len(RATES) or (level == len(RATES) - 1 and share):
            raise SideInformationLost("the rate is not one that this codec sends")
        return uniform_map(level, share, height, width)
    return rate_map.decode(side, height, width)


def _fit(bits: NDArray[np.floating[Any]], side: int, budget: Callable[[int], int]) -> tuple[ByteArray, bytes] | None:
    """The largest allocation that fits together with its own map: a longer map leaves fewer symbols."""
    best: tuple[ByteArray, bytes] | None = None

    def attempt(symbols: int) -> tuple[bool, int]:
        """Whether so many symbols fit together with their map, and how long that is."""
        nonlocal best
        levels = allocate_blocks(bits, symbols, side)
        coded = rate_map.encode(levels, side).ljust(_MAP_BYTES, b"\0")
        fits = symbols_of(levels) <= budget(len(coded))
        if fits and (best is None or symbols_of(levels) > symbols_of(best[0])):
            best = levels, coded
        return fits, len(coded)

    assumed = max(bits.size // (4 * side * side), _MAP_BYTES)
    for _ in range(_TRIALS):
        fits, length = attempt(budget(assumed))
        if fits and budget(length) == budget(assumed):
            return best
        assumed = length if fits else max(assumed, length) + 1
    # The map is longer with the symbols that its shorter form would leave: what lies between?
    if best is not None:
        least, most = symbols_of(best[0]), budget(len(best[1]))
        for eighths in range(7, 0, -1):
            if attempt(least + (most - least) * eighths // 8)[0]:
                break
    return best


def _unused(rates: tuple[ByteArray, bytes], budget: Callable[[int], int]) -> int:
    """Symbols that were allowed and are not taken."""
    return budget(len(rates[1])) - symbols_of(rates[0])


def _too_little(cells: int) -> ConfigurationError:
    lowest = symbols_of(np.zeros(cells, dtype=np.uint8))
    return ConfigurationError(f"this picture takes at least {lowest} symbols with this model: ask for a higher CBR")

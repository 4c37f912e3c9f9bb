# SPDX-License-Identifier: MIT
"""Entropy coding of the rate map: a range coder with adaptive statistics in the context of two neighbours.

Cells may share their rate with a block of neighbours; how large the blocks are is coded first. Then every block's index
is coded given the mean of its left and upper neighbours. The statistics start from a two-sided geometric shape around
that mean and learn from what was already coded. All weights are integers, so that both ends of the link compute the
same probabilities on any machine.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrisc_sdr.codec.allocation import RATES, spread
from lrisc_sdr.errors import MissingExtra, SideInformationLost

try:
    import constriction
except ImportError as error:  # pragma: no cover - the extra brings it
    raise MissingExtra("constriction", "codec") from error

SIDES = (1, 2, 4)
"""Sides of the blocks of cells that share a rate `[cells]`."""

_LEVELS = len(RATES)
_CONTEXTS = 2 * _LEVELS - 1
_LEARNING = 24
"""Weight of one observed cell, against a prior of about 64."""


def _prior() -> NDArray[np.int64]:
    """Integer weights `[context, level]`: 32·2^(−|level − context/2|) and at least 1."""
    centre = np.arange(_CONTEXTS)[:, None] / 2
    distance = np.abs(np.arange(_LEVELS)[None, :] - centre)
    return np.maximum((32 * 2.0**-distance).astype(np.int64), 1)


class _Statistics:
    """Adaptive weights and the context of the next cell."""

    def __init__(self) -> None:
        self.weights = _prior()

    def context(self, levels: NDArray[np.uint8], row: int, column: int) -> int:
        above = int(levels[row - 1, column]) if row else None
        left = int(levels[row, column - 1]) if column else None
        if above is None and left is None:
            return _LEVELS - 1
        return (left if left is not None else above or 0) + (above if above is not None else left or 0)

    def model(self, context: int) -> constriction.stream.model.Categorical:
        weights = self.weights[context]
        return constriction.stream.model.Categorical(weights / weights.sum(), perfect=False)

    def learn(self, context: int, level: int) -> None:
        self.weights[context, level] += _LEARNING


def _side_model() -> constriction.stream.model.Categorical:
    return constriction.stream.model.Categorical(np.full(len(SIDES), 1 / len(SIDES)), perfect=False)


def encode(levels: NDArray[np.uint8], side: int = 1) -> bytes:
    """Rate indices u8 `[h, w]`, each below `len(RATES)`, to bytes; each block of `side`×`side` cells has one."""
    statistics = _Statistics()
    encoder = constriction.stream.queue.RangeEncoder()
    encoder.encode(SIDES.index(side), _side_model())
    blocks = levels[::side, ::side]
    for row, column in np.ndindex(*blocks.shape):
        context = statistics.context(blocks, row, column)
        encoder.encode(int(blocks[row, column]), statistics.model(context))
        statistics.learn(context, int(blocks[row, column]))
    words: bytes = encoder.get_compressed().astype("<u4").tobytes()
    # The coder pads to words of 32 bits with zeros, which the decoder assumes anyway.
    return words.rstrip(b"\0")


def decode(coded: bytes, height: int, width: int) -> NDArray[np.uint8]:
    """Bytes back to rate indices u8 `[height, width]` in cells.

    Raises:
        SideInformationLost: the bytes are no rate map of that size.
    """
    if len(coded) > 4 + height * width:
        raise SideInformationLost(f"a rate map of {height}x{width} cells cannot take {len(coded)} bytes")
    padded = coded + b"\0" * (-len(coded) % 4)
    decoder = constriction.stream.queue.RangeDecoder(np.frombuffer(padded, dtype="<u4").astype(np.uint32))
    statistics = _Statistics()
    try:
        side = SIDES[int(decoder.decode(_side_model()))]
        blocks = np.zeros((-(-height // side), -(-width // side)), dtype=np.uint8)
        for row, column in np.ndindex(*blocks.shape):
            context = statistics.context(blocks, row, column)
            blocks[row, column] = int(decoder.decode(statistics.model(context)))
            statistics.learn(context, int(blocks[row, column]))
    except AssertionError as error:  # constriction's word for data that no encoder writes
        raise SideInformationLost("the rate map is not one that this codec writes") from error
    return spread(blocks, side, height, width)

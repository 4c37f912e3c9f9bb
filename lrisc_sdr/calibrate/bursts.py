# SPDX-License-Identifier: MIT
"""Bursts that both ends know."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrisc_sdr import phy
from lrisc_sdr.types import ComplexArray, Frame, FrameHeader, ReceivedFrame
from lrisc_sdr.waveform import Waveform

GAP_SAMPLES = 2048
SIDE_BYTES = 12
SEED = 6


@dataclass(frozen=True)
class Bursts:
    """A train of bursts with silence around each.

    Attributes:
        symbols: of every frame, c64 `[n_symbols]`, QPSK.
        bursts: the samples of every frame, c64, unit mean power.
        samples: the train, c64 `[n]`.
        picture_id: by which the train is known from others.
    """

    symbols: tuple[ComplexArray, ...]
    bursts: tuple[ComplexArray, ...]
    samples: ComplexArray
    picture_id: int

    def own(self, frames: list[ReceivedFrame]) -> list[ReceivedFrame]:
        """Those frames that are of this train, each once."""
        found = {f.header.index: f for f in frames if f.header.picture_id == self.picture_id}
        return [found[index] for index in sorted(found) if found[index].symbols.size == self.symbols[index].size]


def known_bursts(waveform: Waveform, count: int, n_symbols: int) -> Bursts:
    """Make a train of `count` bursts of `n_symbols` each, always the same."""
    rng = np.random.default_rng((SEED, count, n_symbols))
    picture_id = int(rng.integers(1 << 16))
    symbols, bursts = [], []
    for index in range(count):
        quadrants = rng.integers(4, size=n_symbols)
        symbols.append(np.exp(0.5j * np.pi * (quadrants + 0.5)).astype(np.complex64))
        header = FrameHeader(picture_id, index, count, n_symbols, SIDE_BYTES, 1)
        bursts.append(phy.transmit(Frame(header, symbols[-1]), waveform))
    gap = np.zeros(GAP_SAMPLES, dtype=np.complex64)
    pieces = [piece for burst in bursts for piece in (gap, burst)]
    return Bursts(tuple(symbols), tuple(bursts), np.concatenate([*pieces, gap]), picture_id)

# SPDX-License-Identifier: MIT
"""Where the stream has slipped by a few samples: the pilots behind a loss, under every delay near the old one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lrisc_sdr.compiled import compiled
from lrisc_sdr.phy.pilots import Pilots, measure
from lrisc_sdr.phy.rows import Signal, Track, read_rows
from lrisc_sdr.phy.trend import State
from lrisc_sdr.types import ComplexArray
from lrisc_sdr.waveform import Waveform

PROBE = 8
"""Symbols behind a loss that are searched for the pilots."""

_SLIP_SHARE = 0.7  # of the pilots' amplitude: under wrong delays it is at most 0.56
_SLIP_STRENGTH = 40.0  # coherent SNR of the symbols behind a slip from which it counts as found


class Line(NamedTuple):
    """Phase at the pilots' centre and delay at `row`, and how they go on."""

    row: int
    phase: float
    turn: float
    delay: float
    drift: float

    def at(self, row: int) -> Line:
        """The same line at another row."""
        rows = row - self.row
        return Line(row, self.phase + rows * self.turn, self.turn, self.delay + rows * self.drift, self.drift)


def search(
    signal: Signal,
    found: Track,
    rows: slice,
    line: Line,
    pilots: Pilots,
    waveform: Waveform,
) -> tuple[float, float] | None:
    """The slip `[samples]` after which the pilots are there again in `rows`, and the turn that came with it `[rad]`.

    None if they are not, or not certainly.
    """
    if line.row < 0 or rows.stop <= rows.start or is_weak(pilots, rows):
        return None
    ahead = line.at(rows.start - 1)
    read_rows(signal, found, rows, State(ahead.delay, ahead.drift, 0.0, 0.0, 0.0), pilots, waveform)
    slip, turned, share = _best_slip(found.cells[rows], pilots, ahead, waveform.cp_samples // 2)
    return (slip, turned) if share > _SLIP_SHARE else None


def is_weak(pilots: Pilots, rows: slice) -> bool:
    """Whether the pilots of `rows`, of one at the least, are too few to be found in their noise."""
    return bool(max(rows.stop - rows.start, 1) * pilots.power < _SLIP_STRENGTH * pilots.noise_var)


def resumed(line: Line, row: int, slip: tuple[float, float], before: tuple[State, State]) -> tuple[State, State]:
    """Phase and delay at `row`, behind a slip."""
    ahead = line.at(row)
    turn_var, drift_var = before[0].slope_var, before[1].slope_var
    phase = State(ahead.phase + slip[1], ahead.turn, 1.0, 0.0, turn_var)
    return phase, State(ahead.delay + slip[0], ahead.drift, 0.1, 0.0, drift_var)


@compiled
def _best_slip(cells: ComplexArray, pilots: Pilots, line: Line, reach: int) -> tuple[float, float, float]:
    """Return the slip within ± `reach` samples that brings most of the pilots back, its turn, and their share.

    `line` is that of one row before the first.
    """
    phase, turn, delay, drift = line.phase, line.turn, line.delay, line.drift
    best_slip, best_turned, best = 0.0, 0.0, 0.0
    turned = np.empty(pilots.slope.size, dtype=np.complex128)
    for slip in range(-reach, reach + 1):
        total = 0j
        for m in range(len(cells)):
            at = phase + turn * (m + 1), delay + slip + drift * (m + 1)
            total += measure(cells[m], at[0], at[1], pilots, turned)[0] / len(cells)
        if abs(total) > best:
            best_slip, best_turned, best = float(slip), float(np.angle(total)), abs(total)
    return best_slip, best_turned, best

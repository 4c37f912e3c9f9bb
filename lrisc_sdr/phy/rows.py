# SPDX-License-Identifier: MIT
"""The symbols after a preamble, demodulated, and what is found out about each."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lrisc_sdr.compiled import compiled
from lrisc_sdr.phy.demodulation import demodulate
from lrisc_sdr.phy.layout import FloatVector
from lrisc_sdr.phy.pilots import Pilots, read_cells
from lrisc_sdr.phy.trend import State
from lrisc_sdr.types import ComplexArray
from lrisc_sdr.waveform import IntArray, Waveform


class Signal(NamedTuple):
    """Where a burst lies in samples.

    Attributes:
        samples: c64 `[n]`.
        first: first sample of the first window after the preamble.
        frequency: carrier frequency offset `[rad/sample]`.
    """

    samples: ComplexArray
    first: int
    frequency: float


class Track(NamedTuple):
    """The symbols after the preamble, demodulated, and what is known about phase and timing of each.

    Attributes:
        spectrum: transformed windows, c64 `[rows, n_fft]`; only usable rows have a meaning.
        cells: Y X* h* of the pilots with phase and delay taken away; mean |h|²; c64 `[rows, n_pilots]`.
        phase: φ_m at the pilots' centre, f64 `[rows]` `[rad]`.
        phase_var: error variance of `phase`, f64 `[rows]` `[rad²]`.
        delay: d_m, f64 `[rows]` `[samples]`.
        delay_var: error variance of `delay`, f64 `[rows]` `[samples²]`.
        moved: a_m, int64 `[rows]` `[samples]`.
        usable: whether the pilots were there, bool `[rows]`.
        line: mean changes from symbol to symbol of the phase at carrier zero `[rad]` and of the delay `[samples]`, and
            over how many symbols they were measured, f64 `[3]`.
    """

    spectrum: ComplexArray
    cells: ComplexArray
    phase: FloatVector
    phase_var: FloatVector
    delay: FloatVector
    delay_var: FloatVector
    moved: IntArray
    usable: NDArray[np.bool_]
    line: FloatVector


def empty_track(rows: int, waveform: Waveform) -> Track:
    """Room for `rows` symbols, none of them usable as yet."""
    phase, phase_var, delay, delay_var = np.zeros((4, rows))
    return Track(
        np.empty((rows, waveform.n_fft), dtype=np.complex64),
        np.empty((rows, waveform.n_pilots), dtype=np.complex64),
        phase,
        phase_var,
        delay,
        delay_var,
        np.zeros(rows, dtype=np.int64),
        np.zeros(rows, dtype=np.bool_),
        np.zeros(3),
    )


def read_rows(signal: Signal, found: Track, rows: slice, delay: State, pilots: Pilots, waveform: Waveform) -> None:
    """Demodulate `rows` where a line from `delay`, one row before them, puts their windows."""
    nominal, last = signal.first + rows.start * waveform.symbol_samples, signal.samples.size - waveform.n_fft
    spectrum, moved = found.spectrum[rows], found.moved[rows]
    starts = _windows(nominal, waveform.symbol_samples, last, delay, moved)
    demodulate(signal.samples, starts, signal.frequency, spectrum)
    signs = waveform.pilots(rows.start, len(moved))
    read_cells(spectrum, signs, moved, pilots, found.cells[rows])


@compiled
def _windows(nominal: int, symbol: int, last: int, delay: State, moved: IntArray) -> IntArray:
    """First sample of every row's window, int64 `[rows]`, and by how much it was `moved`, along a line from `delay`."""
    starts = np.empty_like(moved)
    for m in range(moved.size):
        moved[m] = round(delay.level + delay.slope * (m + 1))
        starts[m] = min(max(nominal + m * symbol + moved[m], 0), last)
    return starts

# SPDX-License-Identifier: MIT
"""A waveform as the receiver's inner loops want it: bins of the transform, phase slopes, the preamble."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lrisc_sdr.types import ComplexArray, FloatArray
from lrisc_sdr.waveform import IntArray, Waveform

FloatVector = NDArray[np.float64]
IndexArray = NDArray[np.uint32]


class Layout(NamedTuple):
    """Where everything lies in a transformed window, and constants: a named tuple, which compiled functions take.

    Attributes:
        used: bin of each used carrier, ascending in frequency, u32 `[n_used]`; all indices are unsigned, so that
            compiled loops need not look for negative ones.
        pilots: bin of each pilot, u32 `[n_pilots]`.
        nulls: bin of each null carrier, u32.
        data_columns: `Waveform.data_columns`, u32 `[n_data]`.
        pilot_columns: `Waveform.pilot_columns`, u32 `[n_pilots]`.
        slope: -2πk/N of each used carrier, its phase for one sample of delay, f64 `[n_used]`.
        pilot_slope: the same of each pilot, f64 `[n_pilots]`.
        pilots_above: the pilots' carriers above zero, ascending, int64 `[n_pilots / 2]`.
        white: ones, the noise profile without an interferer, f64 `[n_used]`.
        preamble: what the preamble's symbol carries, c64 `[n_used]`.
        signs: the preamble's signs s_j, f32 `[preamble_symbols]`.
        n_fft: N.
        symbol_samples: T.
        clipped: `Waveform.clip_distortion`.
    """

    used: IndexArray
    pilots: IndexArray
    nulls: IndexArray
    data_columns: IndexArray
    pilot_columns: IndexArray
    slope: FloatVector
    pilot_slope: FloatVector
    pilots_above: IntArray
    white: FloatVector
    preamble: ComplexArray
    signs: FloatArray
    n_fft: int
    symbol_samples: int
    clipped: float


@cache
def layout(waveform: Waveform) -> Layout:
    """Return the waveform's `Layout`."""
    slope = waveform.used_carriers * (-2.0 * np.pi / waveform.n_fft)
    return Layout(
        used=(waveform.used_carriers % waveform.n_fft).astype(np.uint32),
        pilots=(waveform.pilot_carriers % waveform.n_fft).astype(np.uint32),
        nulls=(waveform.null_carriers % waveform.n_fft).astype(np.uint32),
        data_columns=waveform.data_columns.astype(np.uint32),
        pilot_columns=waveform.pilot_columns.astype(np.uint32),
        slope=slope,
        pilot_slope=slope[waveform.pilot_columns],
        pilots_above=waveform.pilot_carriers[waveform.n_pilots // 2 :].copy(),
        white=np.ones(waveform.n_used),
        preamble=waveform.preamble_carriers.copy(),
        signs=np.array(waveform.preamble_signs, dtype=np.float32),
        n_fft=waveform.n_fft,
        symbol_samples=waveform.symbol_samples,
        clipped=waveform.clip_distortion,
    )

# SPDX-License-Identifier: MIT
"""A frame to its burst: preamble, header and payload on data carriers, pilots."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from lrisc_sdr import coding
from lrisc_sdr.clipping import clipping_gain
from lrisc_sdr.compiled import compiled
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.phy.modulation import modulate, synthesise
from lrisc_sdr.types import ComplexArray, FloatArray, Frame
from lrisc_sdr.waveform import IntArray, Waveform

_BLOCK_SAMPLES = 16384
"""OFDM symbols are transformed so many at a time that they stay in the processor's cache: 128 KiB."""


def transmit(frame: Frame, waveform: Waveform) -> ComplexArray:
    """Return the burst of one frame, c64 `[waveform.frame_samples(frame.header.n_symbols)]`.

    The mean power is 1 per sample for symbols of unit mean power, plus the power of the distortion where the waveform
    clips (see `Waveform`). Carriers left over in the last OFDM symbol carry `Waveform.padding`, so that its power is
    that of the others. The preamble is never clipped.

    Raises:
        ConfigurationError: the frame holds another number of symbols than its header says.
    """
    n_symbols = frame.header.n_symbols
    if frame.symbols.shape != (n_symbols,):
        raise ConfigurationError(f"the frame holds {frame.symbols.shape} symbols, its header says {n_symbols}")
    layout = _layout(waveform)
    rows = waveform.payload_ofdm_symbols(n_symbols)
    end = coding.HEADER_SYMBOLS + n_symbols
    stream = np.empty((rows, waveform.n_data), dtype=np.complex64)
    flat = stream.reshape(-1)
    flat[: coding.HEADER_SYMBOLS] = coding.encode_header(frame.header)
    flat[coding.HEADER_SYMBOLS : end] = frame.symbols
    flat[end:] = waveform.padding[: flat.size - end]
    pilots = waveform.pilots(0, rows)

    lead = waveform.preamble_symbols
    samples = np.empty((lead + rows, waveform.symbol_samples), dtype=np.complex64)
    samples[:lead] = layout.preamble
    height = max(1, _BLOCK_SAMPLES // waveform.n_fft)
    block = np.empty((min(height, rows), waveform.n_fft), dtype=np.complex64)
    for first in range(0, rows, height):
        part = slice(first, first + height)
        spectrum = block[: min(height, rows - first)]
        _place(spectrum, stream[part], layout.data_bins, pilots[part], layout.pilot_bins)
        synthesise(spectrum, samples[lead + first : lead + first + height], layout.amplitude, layout.limit)
    return samples.reshape(-1)


@dataclass(frozen=True)
class _Layout:
    """What all bursts of a waveform share.

    Attributes:
        preamble: its samples, c64 `[preamble_symbols, symbol_samples]`.
        data_bins: the data carriers in FFT order, int64 `[n_data]`.
        pilot_bins: the pilots in FFT order, int64 `[n_pilots]`.
        amplitude: of a symbol in the sum over carriers: 1/√K makes unit power, 1/α restores what clipping takes.
        limit: largest magnitude of a sample after the preamble, g/α.
    """

    preamble: ComplexArray
    data_bins: IntArray
    pilot_bins: IntArray
    amplitude: float
    limit: float


@cache
def _layout(waveform: Waveform) -> _Layout:
    gain = clipping_gain(waveform.clip_ratio)
    signs = np.array(waveform.preamble_signs, dtype=np.float32)
    return _Layout(
        preamble=modulate(np.outer(signs, waveform.preamble_carriers), waveform).reshape(len(signs), -1),
        data_bins=waveform.data_carriers % waveform.n_fft,
        pilot_bins=waveform.pilot_carriers % waveform.n_fft,
        amplitude=1.0 / (math.sqrt(waveform.n_used) * gain),
        limit=waveform.clip_ratio / gain,
    )


@compiled
def _place(
    spectrum: ComplexArray, data: ComplexArray, data_bins: IntArray, pilots: FloatArray, pilot_bins: IntArray
) -> None:
    """Fill c64 `[rows, n_fft]` with c64 `[rows, n_data]`, f32 `[rows, n_pilots]` and zeros."""
    for row in range(len(spectrum)):
        bins = spectrum[row]
        bins[:] = 0.0
        for i in range(data_bins.size):
            bins[data_bins[i]] = data[row, i]
        for i in range(pilot_bins.size):
            bins[pilot_bins[i]] = pilots[row, i]

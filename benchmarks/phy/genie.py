# SPDX-License-Identifier: MIT
"""A receiver that knows everything but data and noise: the limit of every other one, on the same samples.

    ŝ_mk = Y_mk e^{−j2πk δ_m / N} / H_k        Y_m from the samples turned back by the true carrier phase

δ_m is by how much the window of symbol m, which begins at a whole sample, lies late of the symbol's true first sample,
taken in the window's middle. Within a window the transmitter's clock still runs away by ε N samples, so that carriers
disturb each other by (π k ε)²/3; a genie that also resamples, y(t / (1 + ε)), has no such disturbance.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.phy.signals import Sent
from lrisc_sdr.channel.carrier import carrier_cycles, rotate
from lrisc_sdr.channel.clock import LOOK_AHEAD, LOOK_BACK, interpolate
from lrisc_sdr.coding import HEADER_SYMBOLS
from lrisc_sdr.types import ComplexArray
from lrisc_sdr.waveform import IntArray, Waveform


def preamble(sent: Sent, samples: ComplexArray, waveform: Waveform) -> ComplexArray:
    """The preamble's symbols without their signs and values, h plus noise, c64 `[preamble_symbols, n_used]`."""
    values = _spectra(sent, samples, waveform, 0, waveform.preamble_symbols)[:, waveform.used_carriers]
    signs = np.array(waveform.preamble_signs, dtype=np.float32)
    undone: ComplexArray = values * signs[:, None] * np.conj(waveform.preamble_carriers) / waveform.carrier_amplitude
    return undone.astype(np.complex64)


def latents(sent: Sent, samples: ComplexArray, waveform: Waveform, resampled: bool = False) -> ComplexArray:
    """Estimates of the frame's symbols, c64 `[n_symbols]`.

    Args:
        sent: the truth.
        samples: `sent.samples` with noise and whatever else, c64.
        waveform: the frame's waveform.
        resampled: undo the clock offset before the transforms.
    """
    n_symbols = sent.frame.header.n_symbols
    rows = waveform.payload_ofdm_symbols(n_symbols)
    values = _spectra(sent, samples, waveform, waveform.preamble_symbols, rows, resampled)[:, waveform.data_carriers]
    gain = sent.response(waveform.n_fft)[waveform.data_carriers] * np.float32(waveform.carrier_amplitude)
    stream: ComplexArray = (values / gain).reshape(-1).astype(np.complex64)
    return stream[HEADER_SYMBOLS : HEADER_SYMBOLS + n_symbols]


def clock_noise(sent: Sent, waveform: Waveform) -> float:
    """Noise over signal that the clock offset makes of other carriers, mean over the data carriers: (π k ε)²/3."""
    return float(np.mean((np.pi * sent.sco * waveform.data_carriers) ** 2) / 3.0)


def own_noise(sent: Sent, waveform: Waveform) -> float:
    """Noise over signal that is in a frame's samples without any noise, as the genie sees it.

    That of clipping and `clock_noise`, and of other symbols where the filter that moves a signal between samples is
    longer than the prefix.
    """
    error = np.abs((latents(sent, sent.samples, waveform) - sent.frame.symbols).astype(np.complex128)) ** 2
    power = gain(sent, waveform)
    return float(np.sum(error * power) / np.sum(power))


def carriers(n_symbols: int, waveform: Waveform) -> IntArray:
    """The signed carrier of each of a frame's symbols, int64 `[n_symbols]`."""
    every = np.tile(waveform.data_carriers, waveform.payload_ofdm_symbols(n_symbols))
    return every[HEADER_SYMBOLS : HEADER_SYMBOLS + n_symbols]


def gain(sent: Sent, waveform: Waveform) -> NDArray[np.float64]:
    """|H|² of the carrier of each of the frame's symbols, f64 `[n_symbols]`."""
    response = sent.response(waveform.n_fft)[carriers(sent.frame.header.n_symbols, waveform)].astype(np.complex128)
    power: NDArray[np.float64] = (response * response.conj()).real
    return power


def _spectra(
    sent: Sent, samples: ComplexArray, waveform: Waveform, first: int, rows: int, resampled: bool = False
) -> ComplexArray:
    """Unitary transforms of symbols `first` to `first + rows`, phase and delay taken away, c64 `[rows, n_fft]`."""
    n_fft = waveform.n_fft
    cycles = carrier_cycles(0, samples.size, waveform.rate_sps, sent.cfo_hz, sent.drift_hz_per_s)
    still = rotate(samples, -cycles)
    start, sco = sent.start, sent.sco
    if resampled and sco:
        count = int((samples.size - LOOK_AHEAD - LOOK_BACK - 1) * (1.0 + sco))
        still = interpolate(still, LOOK_BACK + np.arange(count) / (1.0 + sco))
        start, sco = (start - LOOK_BACK) * (1.0 + sco), 0.0
    order = first + np.arange(rows)
    true: NDArray[np.float64] = start + (order * waveform.symbol_samples + waveform.cp_samples) / (1.0 + sco)
    begins: IntArray = np.rint(true - waveform.cp_samples // 4).astype(np.int64)
    windows = np.lib.stride_tricks.sliding_window_view(still, n_fft)[begins]
    late = (begins - true) * (1.0 + sco) + 0.5 * n_fft * sco
    turn = np.exp(-2j * np.pi * np.outer(late, np.fft.fftfreq(n_fft)))
    spectra: ComplexArray = np.fft.fft(windows, axis=1, norm="ortho") * turn
    return spectra

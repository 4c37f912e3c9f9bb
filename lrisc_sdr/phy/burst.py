# SPDX-License-Identifier: MIT
"""One burst from its samples: first the preamble and the header, which tells the length, then the frame."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from lrisc_sdr import coding
from lrisc_sdr.compiled import compiled
from lrisc_sdr.phy.channel_estimation import ChannelEstimate, estimate, header_smoother, refined
from lrisc_sdr.phy.demodulation import demodulate
from lrisc_sdr.phy.equalisation import equalise
from lrisc_sdr.phy.layout import Layout, layout
from lrisc_sdr.phy.noise import Noise, estimate_noise
from lrisc_sdr.phy.pilots import read_cells
from lrisc_sdr.phy.ramp import ramp
from lrisc_sdr.phy.rows import Track
from lrisc_sdr.phy.taps import Smoother
from lrisc_sdr.phy.tracking import MOST_PPM, Start, Stretch, followed, smoothed, started, track
from lrisc_sdr.types import ComplexArray, FloatArray, FrameHeader, ReceivedFrame
from lrisc_sdr.waveform import IntArray, Waveform


@dataclass(frozen=True)
class Burst:
    """A verified preamble in the stream.

    Attributes:
        start: sample of the stream at which the preamble begins, on the first path.
        frequency: carrier frequency offset `[rad/sample]`.
    """

    start: int
    frequency: float


class Opened(NamedTuple):
    """What preamble and header have told.

    Attributes:
        header: the header.
        channel: the channel in the preamble's middle.
        start: where tracking begins.
    """

    header: FrameHeader
    channel: ChannelEstimate
    start: Start


def margin_samples(waveform: Waveform) -> int:
    """Samples that `read_headers` and `read_frame` want before the burst's start."""
    return waveform.cp_samples


def header_samples(waveform: Waveform) -> int:
    """Samples from the burst's start that hold preamble and header."""
    return (waveform.preamble_symbols + waveform.header_ofdm_symbols) * waveform.symbol_samples


def drift_samples(n_samples: int, waveform: Waveform) -> int:
    """By how much a burst of nominally `n_samples` may be longer: its echoes and its sampling clock."""
    return waveform.cp_samples + int(n_samples * MOST_PPM * 1e-6)


def read_headers(samples: Sequence[ComplexArray], bursts: Sequence[Burst], waveform: Waveform) -> list[Opened | None]:
    """Read preambles and headers; None where the CRC is wrong. All samples begin `margin_samples` before their bursts.

    All bursts go through each step before the next: its code and tables then stay in the processor's caches.
    """
    lead, places, starts = waveform.preamble_symbols, layout(waveform), _first_windows(waveform)
    spectra = np.empty((len(bursts), len(starts), waveform.n_fft), dtype=np.complex64)
    for given, burst, spectrum in zip(samples, bursts, spectra, strict=True):
        demodulate(given, starts, burst.frequency, spectrum)
    channels = [estimate(spectrum[:lead], waveform) for spectrum in spectra]
    signs = waveform.pilots(0, waveform.header_ofdm_symbols)
    read = [
        _header_symbols(spectrum[lead:], signs, channel, places)
        for spectrum, channel in zip(spectra, channels, strict=True)
    ]
    length = coding.HEADER_SYMBOLS
    headers = [coding.decode_header(symbols[:length], noise_var[:length]) for symbols, noise_var, _ in read]
    opened: list[Opened | None] = []
    for header, channel, spectrum, (_, _, turns) in zip(headers, channels, spectra, read, strict=True):
        if header is None:
            opened.append(None)
        else:
            # Now that it is known what the header was, it tells as much of the channel as the preamble.
            smooth = header_smoother(channel, waveform)
            sent = coding.encode_header(header)
            opened.append(Opened(header, *_restarted(channel, sent, spectrum[lead:], turns, signs, places, smooth)))
    return opened


def read_frame(samples: ComplexArray, burst: Burst, opened: Opened, waveform: Waveform) -> tuple[ReceivedFrame, bool]:
    """Demodulate the whole frame; the second value says whether its pilots were there throughout.

    `samples` begin `margin_samples` before the burst, c64. Offsets are positive where the transmitter's carrier lies
    above the receiver's and its clock is the faster one: one crystal that drives both gives them the same sign.
    """
    header, channel, start = opened
    rows = waveform.payload_ofdm_symbols(header.n_symbols)
    tracked, last = track(samples, _first_window(waveform), burst.frequency, start, rows, waveform)
    snr, evm, symbols, noise_var, response = _frame_symbols(tracked, last, channel, start, layout(waveform))
    payload = slice(coding.HEADER_SYMBOLS, coding.HEADER_SYMBOLS + header.n_symbols)
    turn, drift, _ = tracked.line
    frame = ReceivedFrame(
        header=header,
        symbols=symbols[payload],
        noise_var=noise_var[payload],
        snr_db=10.0 * math.log10(snr),
        cfo_hz=(burst.frequency + turn / waveform.symbol_samples) * waveform.rate_sps / (2.0 * math.pi),
        sco_ppm=-drift / waveform.symbol_samples * 1e6,
        evm_db=10.0 * math.log10(evm),
        channel=response,
        start_sample=burst.start,
    )
    return frame, bool(tracked.usable.all())


def _first_window(waveform: Waveform) -> int:
    """First sample of the first transform window: a quarter of the prefix is left to paths before the one that was
    found, and to filters' ringing."""
    return margin_samples(waveform) + waveform.cp_samples - waveform.cp_samples // 4


@cache
def _first_windows(waveform: Waveform) -> IntArray:
    """First samples of the preamble's and the header's windows, int64 `[rows]`."""
    order = np.arange(waveform.preamble_symbols + waveform.header_ofdm_symbols)
    return _first_window(waveform) + order * waveform.symbol_samples


@compiled
def _header_symbols(
    spectrum: ComplexArray, signs: FloatArray, channel: ChannelEstimate, places: Layout
) -> tuple[ComplexArray, FloatArray, ComplexArray]:
    """Track and equalise the header's windows, c64 `[rows, n_fft]`, with the noise that the preamble has shown.

    Returns the symbols, their noise variances, and what took phase and delay out of every row, c64 `[rows, n_used]`.
    """
    start, rows = started(channel, places), len(spectrum)
    phase, phase_var, delay, delay_var = np.zeros(rows), np.zeros(rows), np.zeros(rows), np.zeros(rows)
    cells, moved = np.empty(signs.shape, dtype=np.complex64), np.zeros(rows, dtype=np.int64)
    usable, line = np.zeros(rows, dtype=np.bool_), np.zeros(3)
    tracked = Track(spectrum, cells, phase, phase_var, delay, delay_var, moved, usable, line)
    read_cells(spectrum, signs, moved, start.pilots, cells)
    followed(tracked, start.pilots, start.before, (0, 0, rows, rows))
    smoothed(tracked, start.pilots, Stretch(0, rows, start.before))
    noise = Noise(channel.noise_var, np.ones(rows), 1.0, 1.0)
    symbols, noise_var = equalise(channel, tracked, noise, start.pilots, places)
    turns = np.empty((rows, places.used.size), dtype=np.complex64)
    for m in range(rows):
        ramp(phase[m] - start.pilots.centre * delay[m], delay[m], places.n_fft, turns[m])
    return symbols, noise_var, turns


@compiled
def _restarted(
    channel: ChannelEstimate,
    header: ComplexArray,
    spectrum: ComplexArray,
    turns: ComplexArray,
    signs: FloatArray,
    places: Layout,
    smooth: Smoother,
) -> tuple[ChannelEstimate, Start]:
    """The channel from preamble and header, and where tracking begins with it: see `refined`."""
    channel = refined(channel, header, spectrum, turns, signs, places, smooth)
    return channel, started(channel, places)


@compiled
def _frame_symbols(
    tracked: Track, last: Stretch, channel: ChannelEstimate, start: Start, places: Layout
) -> tuple[float, float, ComplexArray, FloatArray, ComplexArray]:
    """Smooth the last stretch of a frame and equalise all of it.

    Returns Es/N0 and the squared error vector magnitude, both linear; the symbols and their noise variances; and the
    channel's response to a unit wave, c64 `[n_fft]` in FFT order.
    """
    smoothed(tracked, start.pilots, last)
    noise = estimate_noise(channel, tracked, start.pilots, places)
    symbols, noise_var = equalise(channel, tracked, noise, start.pilots, places)
    response = np.zeros(places.n_fft, dtype=np.complex64)
    for k in range(places.used.size):
        response[places.used[k]] = channel.response[k] * np.float32(np.sqrt(places.used.size / places.n_fft))
    return noise.snr, noise.evm, symbols, noise_var, response

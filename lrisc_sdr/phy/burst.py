# SPDX-License-Identifier: MIT
"""One burst from its samples: first the header, which tells the length, then the frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrisc_sdr import coding
from lrisc_sdr.phy.channel_estimation import ChannelEstimate, estimate
from lrisc_sdr.phy.equalisation import equalise
from lrisc_sdr.phy.modulation import demodulate
from lrisc_sdr.phy.noise import Noise, estimate_noise
from lrisc_sdr.phy.tracking import Track, track
from lrisc_sdr.types import ComplexArray, FloatArray, FrameHeader, ReceivedFrame
from lrisc_sdr.waveform import Waveform

TIMING_PPM = 100.0
"""Sampling clock offset for which samples are kept beyond a burst's nominal end `[parts per million]`."""


@dataclass(frozen=True)
class Burst:
    """A verified preamble in the stream.

    Attributes:
        start: sample of the stream at which the preamble begins, on the first path.
        frequency: carrier frequency offset `[rad/sample]`.
    """

    start: int
    frequency: float


def margin_samples(waveform: Waveform) -> int:
    """Samples that `read_header` and `read_frame` want before the burst's start."""
    return waveform.cp_samples


def header_samples(waveform: Waveform) -> int:
    """Samples from the burst's start that hold preamble and header."""
    return (waveform.preamble_symbols + waveform.header_ofdm_symbols) * waveform.symbol_samples


def drift_samples(n_samples: int, waveform: Waveform) -> int:
    """By how much a burst of nominally `n_samples` may be longer: its echoes and its sampling clock."""
    return waveform.cp_samples + int(n_samples * TIMING_PPM * 1e-6)


def read_header(samples: ComplexArray, burst: Burst, waveform: Waveform) -> FrameHeader | None:
    """Decode the header; None if its CRC is wrong. `samples` begin `margin_samples` before the burst, c64."""
    _, _, _, symbols, noise_var = _demodulated(samples, burst, waveform.header_ofdm_symbols, waveform)
    return coding.decode_header(symbols[: coding.HEADER_SYMBOLS], noise_var[: coding.HEADER_SYMBOLS])


def read_frame(
    samples: ComplexArray, burst: Burst, header: FrameHeader, waveform: Waveform
) -> tuple[ReceivedFrame, bool]:
    """Demodulate the whole frame; the second value says whether its pilots were there to the end.

    `samples` begin `margin_samples` before the burst, c64. Offsets are positive where the transmitter's carrier lies
    above the receiver's and its clock is the faster one: one crystal that drives both gives them the same sign.
    """
    rows = waveform.payload_ofdm_symbols(header.n_symbols)
    channel, tracked, noise, symbols, noise_var = _demodulated(samples, burst, rows, waveform)
    payload = slice(coding.HEADER_SYMBOLS, coding.HEADER_SYMBOLS + header.n_symbols)
    frequency = burst.frequency + (channel.turn + tracked.turn) / waveform.symbol_samples
    response = np.zeros(waveform.n_fft, dtype=np.complex64)
    response[waveform.used_carriers] = channel.response / np.float32(waveform.carrier_amplitude)
    frame = ReceivedFrame(
        header=header,
        symbols=symbols[payload],
        noise_var=noise_var[payload],
        snr_db=noise.snr_db,
        cfo_hz=frequency * waveform.rate_sps / (2.0 * np.pi),
        sco_ppm=-tracked.drift / waveform.symbol_samples * 1e6,
        evm_db=noise.evm_db,
        channel=response,
        start_sample=burst.start,
    )
    return frame, tracked.coherent == rows


def _demodulated(
    samples: ComplexArray, burst: Burst, rows: int, waveform: Waveform
) -> tuple[ChannelEstimate, Track, Noise, ComplexArray, FloatArray]:
    # A quarter of the prefix is left to paths before the one that was found, and to filters' ringing.
    first = margin_samples(waveform) + waveform.cp_samples - waveform.cp_samples // 4
    starts = first + np.arange(waveform.preamble_symbols) * waveform.symbol_samples
    preamble = demodulate(samples, starts, burst.frequency, waveform)[:, waveform.used_carriers]
    channel = estimate(preamble, waveform)
    # The channel's phase is that of the preamble's middle, under the carrier offset that is now better known.
    frequency = burst.frequency + channel.turn / waveform.symbol_samples
    middle = float(starts.mean())
    channel = channel.turned((frequency - burst.frequency) * middle)
    tracked = track(samples, first, frequency, channel, rows, waveform)
    noise = estimate_noise(channel, tracked, waveform)
    symbols, noise_var = equalise(channel, tracked, noise, waveform)
    return channel, tracked, noise, symbols, noise_var

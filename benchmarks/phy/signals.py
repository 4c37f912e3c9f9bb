# SPDX-License-Identifier: MIT
"""What the benchmarks send: frames of Gaussian latents, impairments whose truth is known, noise."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lrisc_sdr.channel.carrier import carrier_cycles, rotate
from lrisc_sdr.channel.clock import LOOK_AHEAD, LOOK_BACK, interpolate
from lrisc_sdr.channel.frontend import add_image
from lrisc_sdr.channel.multipath import convolve, draw_taps
from lrisc_sdr.channel.noise import add_noise
from lrisc_sdr.channel.spec import ChannelSpec
from lrisc_sdr.phy import transmit
from lrisc_sdr.types import ComplexArray, Frame, FrameHeader
from lrisc_sdr.waveform import Waveform

FLAT = "flat"
CHANNELS = {
    FLAT: ChannelSpec(),
    "8 taps": ChannelSpec(n_taps=8, tap_decay_db=3.0, rice_db=3.0),
    "desk": ChannelSpec(n_taps=3, tap_decay_db=6.0, rice_db=10.0, image_dbc=-28.0),
}
"""Media of the benchmarks; noise and offsets are set by each of them."""

BATCH = 64
"""Frames in one stream; at most 256, so that the header's index tells them apart."""


def gaussian(count: int, rng: np.random.Generator) -> ComplexArray:
    """Circular complex Gaussian values of unit variance, c64 `[count]`."""
    return add_noise(np.zeros(count, dtype=np.complex64), 1.0, rng)


def batches(frames: int) -> Iterator[int]:
    """Sizes of streams that hold `frames` frames altogether."""
    for first in range(0, frames, BATCH):
        yield min(BATCH, frames - first)


def gaussian_frame(index: int, n_symbols: int, rng: np.random.Generator) -> Frame:
    """A frame of latents as an encoder's are: Gaussian, unit power."""
    return Frame(FrameHeader(1, index, 256, n_symbols, 40, 2), gaussian(n_symbols, rng))


def stream(waveform: Waveform, frames: int, n_symbols: int, rng: np.random.Generator) -> ComplexArray:
    """Frames back to back, c64."""
    return np.concatenate([transmit(gaussian_frame(i % 256, n_symbols, rng), waveform) for i in range(frames)])


@dataclass(frozen=True)
class Sent:
    """One frame after the medium, without noise, and the truth about it.

    Attributes:
        frame: what was sent.
        samples: c64, with silence before and after.
        taps: the medium's impulse response, c64.
        start: sample at which the preamble begins, not an integer.
        sco: how much faster the transmitter's clock runs, not in ppm.
        cfo_hz: carrier offset at the first sample `[Hz]`.
        drift_hz_per_s: its change `[Hz/s]`.
    """

    frame: Frame
    samples: ComplexArray
    taps: ComplexArray
    start: float
    sco: float
    cfo_hz: float
    drift_hz_per_s: float

    def response(self, n_fft: int) -> ComplexArray:
        """The medium's frequency response in FFT order, c64 `[n_fft]`."""
        return np.fft.fft(self.taps, n_fft).astype(np.complex64)


def send(
    frame: Frame,
    waveform: Waveform,
    spec: ChannelSpec,
    rng: np.random.Generator,
    sco_ppm: float = 0.0,
    drift_hz_per_s: float = 0.0,
    cfo_hz: float | None = None,
) -> Sent:
    """A frame through taps, image, sampling clock and carrier offset, in this order; no noise.

    Unlike in `Channel`, carrier and clock offset are independent. Noise comes after: `received`.

    Args:
        frame: what to send.
        waveform: how.
        spec: taps and image; its other figures are not used.
        rng: of taps, phases, offset and the position between two samples.
        sco_ppm: sampling clock offset `[parts per million]`.
        drift_hz_per_s: change of the carrier offset `[Hz/s]`.
        cfo_hz: carrier offset; None draws it from ±60 kHz or ± what the waveform allows.
    """
    lead = waveform.symbol_samples + int(rng.integers(waveform.symbol_samples))
    burst = transmit(frame, waveform)
    margin = lead + LOOK_BACK
    samples = np.zeros(burst.size + 2 * margin + LOOK_AHEAD, dtype=np.complex64)
    samples[margin : margin + burst.size] = burst
    phase = float(rng.uniform(0.0, 2.0 * math.pi))
    if spec.image_dbc is not None:
        samples = add_image(samples, _image_gain(spec.image_dbc, phase))
    taps = np.ones(1, dtype=np.complex64)
    if spec.n_taps:
        taps = draw_taps(spec.n_taps, spec.tap_decay_db, spec.rice_db, rng)
        samples, _ = convolve(samples, taps, np.zeros(taps.size - 1, dtype=np.complex64))
    sco = sco_ppm * 1e-6
    start = float(margin)
    if sco:
        first = LOOK_BACK + rng.random()
        count = int((samples.size - LOOK_AHEAD - first - 1.0) / (1.0 + sco))
        samples = interpolate(samples, first + np.arange(count) * (1.0 + sco))
        start = (margin - first) / (1.0 + sco)
    if cfo_hz is None:
        most = min(60e3, waveform.max_cfo_hz)
        cfo_hz = float(rng.uniform(-most, most))
    samples = rotate(samples, carrier_cycles(0, samples.size, waveform.rate_sps, cfo_hz, drift_hz_per_s))
    return Sent(frame, samples, taps, start, sco, cfo_hz, drift_hz_per_s)


def received(samples: ComplexArray, spec: ChannelSpec, variance: float, rng: np.random.Generator) -> ComplexArray:
    """What a receiver gets of c64 `[n]`: noise of `variance` per sample, and then its own mirror image."""
    noisy = add_noise(samples, variance, rng)
    phase = float(rng.uniform(0.0, 2.0 * math.pi))
    return noisy if spec.image_dbc is None else add_image(noisy, _image_gain(spec.image_dbc, phase))


def _image_gain(level_dbc: float, phase: float) -> complex:
    """Transmitter and receiver each make half of the image's power, with phases that no one knows."""
    return complex(math.sqrt(0.5) * 10.0 ** (level_dbc / 20.0) * np.exp(1j * phase))

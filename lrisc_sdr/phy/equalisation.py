# SPDX-License-Identifier: MIT
"""Unbiased equalisation, with the noise variance of every symbol.

    ŝ = Y e^{-j(φ - 2πk d/N)} / ĥ        noise_var = (σ² + σ_h²) / |ĥ|² + Var φ + (2πk/N)² Var d

σ_h² is the error variance of the channel estimate, seen through a symbol of unit power; phase and timing errors turn a
symbol and add their variances. All are constant over a burst but for the excess of single symbols.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from lrisc_sdr.phy.channel_estimation import ChannelEstimate, carrier_phase
from lrisc_sdr.phy.noise import Noise
from lrisc_sdr.phy.tracking import Track
from lrisc_sdr.types import ComplexArray, FloatArray
from lrisc_sdr.waveform import Waveform

_STEPS = 256
"""Delays are taken away in steps of 1/256 sample: at the band's edge that errs by 0.003 rad rms, -51 dB."""

_LARGEST_DELAY = 2


@cache
def _slopes(waveform: Waveform) -> ComplexArray:
    """Phase slopes e^{+j2πkd/N} for d in steps of 1/256 sample from -2 to 2, c64 `[1025, n_data]`."""
    delays = np.arange(-_LARGEST_DELAY * _STEPS, _LARGEST_DELAY * _STEPS + 1) / _STEPS
    phase = np.outer(delays, carrier_phase(waveform)[waveform.data_columns])
    slopes: ComplexArray = np.exp(-1j * phase).astype(np.complex64)
    return slopes


def equalise(
    channel: ChannelEstimate, track: Track, noise: Noise, waveform: Waveform
) -> tuple[ComplexArray, FloatArray]:
    """Return estimates of the transmitted symbols, c64 `[rows · n_data]`, and their noise variances, f32 likewise.

    Symbols after the pilots were lost are 0 with an infinite variance.
    """
    data = waveform.data_columns
    response = channel.response[data].astype(np.complex128)
    power = np.maximum(np.abs(response) ** 2, 1e-20)
    limit = _LARGEST_DELAY * _STEPS
    step = np.clip(np.rint(track.delay * _STEPS), -limit, limit).astype(np.int64) + limit
    symbols = track.data * _slopes(waveform)[step]
    symbols *= (np.conj(response) / power).astype(np.complex64)
    symbols *= np.exp(-1j * track.phase).astype(np.complex64)[:, None]
    fixed = (noise.noise_var + channel.error_var[data]) / power
    turned = track.phase_var + carrier_phase(waveform)[data] ** 2 * track.delay_var
    variance = np.empty(symbols.shape, dtype=np.float32)
    variance[:] = fixed + turned
    disturbed = np.flatnonzero(noise.excess > 1.0)
    variance[disturbed] = np.outer(noise.excess[disturbed], fixed) + turned
    symbols[track.coherent :] = 0.0
    variance[track.coherent :] = np.inf
    return symbols.reshape(-1), np.maximum(variance, np.float32(1e-12)).reshape(-1)

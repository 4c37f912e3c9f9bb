# SPDX-License-Identifier: MIT
"""Equalisation, with the noise variance of every symbol.

    ŝ = Y e^{-j(φ - 2πk d/N)} g,   g = ĥ* / (|ĥ|² + σ_h²)
    noise_var = |g|² (σ² p e + σ_h²) + (1 - g ĥ)² + c + Var φ + (2πk/N - b̄)² Var d

g is the inverse of a channel that is known but for an error of variance σ_h²: it minimises E|g h - 1|². Where the
channel is known, ŝ is unbiased; in a fade as deep as the error, where 1/ĥ would be any number, it is shrunk towards 0.
σ² p e is the noise of that carrier (profile p) in that symbol (excess e), σ_h² counts as seen through a symbol of unit
power, and c is the transmitter's clipping; phase and timing errors turn a symbol and add their variances, the delay's
about the pilots' centre b̄, where the phase was measured.
"""

from __future__ import annotations

import numpy as np

from lrisc_sdr.compiled import compiled
from lrisc_sdr.phy.channel_estimation import ChannelEstimate
from lrisc_sdr.phy.layout import Layout
from lrisc_sdr.phy.noise import Noise
from lrisc_sdr.phy.pilots import Pilots
from lrisc_sdr.phy.ramp import ramp
from lrisc_sdr.phy.rows import Track
from lrisc_sdr.types import ComplexArray, FloatArray


@compiled
def equalise(
    channel: ChannelEstimate, track: Track, noise: Noise, pilots: Pilots, places: Layout
) -> tuple[ComplexArray, FloatArray]:
    """Return estimates of the transmitted symbols, c64 `[rows · n_data]`, and their noise variances, f32 likewise.

    Symbols in which the pilots were lost are 0 with an infinite variance.
    """
    columns, usable = places.data_columns, track.usable
    n_data, n_used = columns.size, places.used.size
    edge = n_used // 2
    symbols = np.empty((usable.size, n_data), dtype=np.complex64)
    variance = np.empty((usable.size, n_data), dtype=np.float32)
    inverse, factors = np.empty(n_used, dtype=np.complex64), np.empty(n_used, dtype=np.complex64)
    equalised = np.empty(n_used, dtype=np.complex64)
    thermal, fixed, skew = (
        np.empty(n_data, dtype=np.float32),
        np.empty(n_data, dtype=np.float32),
        np.empty(n_data, dtype=np.float32),
    )
    for k in range(n_used):
        power = channel.response[k].real ** 2 + channel.response[k].imag ** 2
        inverse[k] = np.conj(channel.response[k]) / (power + channel.error_var[k] + np.float32(1e-20))
    for i in range(n_data):
        k = columns[i]
        gain = inverse[k].real ** 2 + inverse[k].imag ** 2
        shrunk = 1.0 - (inverse[k] * channel.response[k]).real
        thermal[i] = noise.noise_var * channel.profile[k] * gain
        fixed[i] = channel.error_var[k] * gain + shrunk**2 + places.clipped
        skew[i] = (places.slope[k] - pilots.centre) ** 2
    # Phase and delay were weighed with the preamble's noise variance; they scale with what is known of it now.
    scale = (noise.noise_var + places.clipped * pilots.power / pilots.bins.size) / pilots.noise_var
    for m in range(usable.size):
        sent, told, row = symbols[m], variance[m], track.spectrum[m]
        if not usable[m]:
            sent[:] = 0.0
            told[:] = np.inf
            continue
        ramp(track.phase[m] - pilots.centre * track.delay[m], track.delay[m] - track.moved[m], row.size, factors)
        below, above = row[row.size - edge :], row[1 : edge + 1]
        for k in range(edge):
            equalised[k] = below[k] * (factors[k] * inverse[k])
        upper, factor, gain = equalised[edge:], factors[edge:], inverse[edge:]
        for k in range(edge):
            upper[k] = above[k] * (factor[k] * gain[k])
        for i in range(n_data):
            sent[i] = equalised[columns[i]]
        excess, turned = np.float32(noise.excess[m]), np.float32(track.phase_var[m] * scale)
        skewed = np.float32(track.delay_var[m] * scale)
        for i in range(n_data):
            told[i] = max(thermal[i] * excess + fixed[i] + turned + skew[i] * skewed, np.float32(1e-12))
    return symbols.reshape(-1), variance.reshape(-1)

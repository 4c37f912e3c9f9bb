# SPDX-License-Identifier: MIT
"""The channel from the preamble, and what it leaves over.

The mean over the R symbols A = mean_j s_j Y_j X* is the channel's response with noise of variance σ²/R; its taps
(`taps`) give ĥ = S A. Before, a turn and a delay from one symbol to the next are taken out, which a residual carrier
offset and the sampling clock make. The residual gives the noise, also what a mirror image adds to all symbols alike,
which differences of symbols miss:

    Σ_jk |s_j Y_jk X*_k - ĥ_k|² = σ² [(R - 1) K + K - 2 tr S + tr S²] for white noise.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from lrisc_sdr.coding import HEADER_SYMBOLS
from lrisc_sdr.compiled import compiled
from lrisc_sdr.phy.colour import noise_profile, stands_out
from lrisc_sdr.phy.layout import FloatVector, Layout, layout
from lrisc_sdr.phy.ramp import ramp
from lrisc_sdr.phy.taps import Smoother, smoothed, smoother, weighted_smoother
from lrisc_sdr.types import ComplexArray, FloatArray
from lrisc_sdr.waveform import Waveform

SCO_PPM = 30.0
"""Rms sampling clock offset that is expected before anything is known `[parts per million]`."""


class ChannelEstimate(NamedTuple):
    """The channel during the preamble.

    Attributes:
        response: ĥ, c64 `[n_used]`, gain of a unit symbol on its carrier in the unitary transform.
        error_var: error variance of ĥ, f32 `[n_used]` `[the transform's units]`.
        noise_var: σ² of one carrier without interference `[the transform's units]`.
        profile: p, noise of each carrier relative to `noise_var`, f64 `[n_used]`; 1 where there is no interferer.
        degrees: complex degrees of freedom behind `noise_var`.
        turn: phase that remained from one symbol to the next `[rad]`; ĥ is the channel in the preamble's middle.
        drift: delay that remained from one symbol to the next, a sampling clock's offset `[samples]`.
        drift_var: variance of `drift` `[samples²]`.
        seen: A, c64 `[n_used]`.
        scatter: Σ_jk |s_j Y_jk X*_k - A_k|² / p_k.
    """

    response: ComplexArray
    error_var: FloatArray
    noise_var: float
    profile: FloatVector
    degrees: float
    turn: float
    drift: float
    drift_var: float
    seen: ComplexArray
    scatter: float


def header_smoother(channel: ChannelEstimate, waveform: Waveform) -> Smoother:
    """The smoother for the mean over preamble and header in the noise that the preamble has shown."""
    if channel.profile is layout(waveform).white:
        return _white_header_smoother(waveform)
    return _header_smoother(waveform, channel.profile)


@cache
def _white_header_smoother(waveform: Waveform) -> Smoother:
    return _header_smoother(waveform, layout(waveform).white)


def _header_smoother(waveform: Waveform, profile: FloatVector) -> Smoother:
    """The noise of the mean is less where more symbols were averaged."""
    counts = np.full(waveform.n_used, float(waveform.preamble_symbols))
    counts[waveform.pilot_columns] += waveform.header_ofdm_symbols
    sent = np.resize(waveform.data_columns, HEADER_SYMBOLS)
    np.add.at(counts, sent, 1.0)
    return weighted_smoother(waveform, profile * waveform.preamble_symbols / counts)


@compiled
def refined(
    channel: ChannelEstimate,
    header: ComplexArray,
    spectrum: ComplexArray,
    turns: ComplexArray,
    signs: FloatArray,
    places: Layout,
    smooth: Smoother,
) -> ChannelEstimate:
    """The estimate from preamble and header, once it is known what the header was.

    Args:
        channel: from the preamble alone.
        header: what was sent, c64 `[HEADER_SYMBOLS]`, unit power.
        spectrum: the header's transformed windows, c64 `[rows, n_fft]` in FFT order.
        turns: factors that take phase and delay of every row away, c64 `[rows, n_used]`.
        signs: the header's pilots, f32 `[rows, n_pilots]`.
        places: the waveform's layout.
        smooth: what `header_smoother` returned.
    """
    symbols, n_used, n_data = places.signs.size, places.used.size, places.data_columns.size
    sums, counts = channel.seen * np.float32(symbols), np.full(n_used, np.float32(symbols))
    energy, weight = channel.scatter, 1.0 / channel.profile
    expected = np.empty(n_used, dtype=np.complex64)
    for k in range(n_used):
        energy += symbols * (channel.seen[k].real ** 2 + channel.seen[k].imag ** 2) * weight[k]
        expected[k] = np.conj(channel.response[k]) * np.float32(weight[k])
    values = np.empty(n_used, dtype=np.complex64)
    for m in range(len(spectrum)):
        row, turned, count = spectrum[m], turns[m], min(n_data, header.size - m * n_data)
        along = 0j
        for i in range(count):
            k = places.data_columns[i]
            values[k] = row[places.used[k]] * turned[k] * np.conj(header[m * n_data + i])
            along += expected[k] * values[k]
        for p in range(places.pilot_columns.size):
            k = places.pilot_columns[p]
            values[k] = row[places.used[k]] * turned[k] * signs[m, p]
            along += expected[k] * values[k]
        # All of the row together know its phase against the preamble better than the pilots alone.
        back = np.complex64(np.exp(-1j * np.angle(along)))
        for i in range(count + places.pilot_columns.size):
            k = places.data_columns[i] if i < count else places.pilot_columns[i - count]
            value = values[k] * back
            sums[k] += value
            counts[k] += np.float32(1.0)
            energy += (value.real**2 + value.imag**2) * weight[k]
    mean = sums / counts
    response, fit = smoothed(mean, channel.noise_var / symbols, smooth)
    total = 0.0
    for k in range(n_used):
        apart = mean[k] - response[k]
        total += counts[k]
        energy += counts[k] * (apart.real**2 + apart.imag**2) * weight[k]
        energy -= counts[k] * (mean[k].real ** 2 + mean[k].imag ** 2) * weight[k]
    # Turn and drift of the preamble, and phase and delay of every row, took one real degree of freedom each.
    degrees = total - n_used + fit.degrees - 1.0 - len(spectrum)
    noise_var = energy / degrees
    return ChannelEstimate(
        response,
        fit.leverage * np.float32(noise_var / symbols),
        noise_var,
        channel.profile,
        degrees,
        channel.turn,
        channel.drift,
        channel.drift_var,
        mean,
        energy,
    )


def estimate(spectrum: ComplexArray, waveform: Waveform) -> ChannelEstimate:
    """Estimate from the preamble's transformed windows, c64 `[preamble_symbols, n_fft]` in FFT order."""
    places = layout(waveform)
    channel, roughness, is_white = estimated(spectrum, places, smoother(waveform))
    if is_white:
        return channel
    profile = noise_profile(roughness, waveform.preamble_symbols - 1)
    return estimated(spectrum, places, weighted_smoother(waveform, profile))[0]


@compiled
def estimated(spectrum: ComplexArray, places: Layout, smooth: Smoother) -> tuple[ChannelEstimate, FloatVector, bool]:
    """The estimate for noise of the smoother's profile.

    Also returns what `colour` looks at, of every carrier Σ_j |deviation from the symbols' mean|², f64 `[n_used]`, and
    whether that is white noise.
    """
    responses = np.empty((places.signs.size, places.used.size), dtype=np.complex64)
    prior_var = (SCO_PPM * 1e-6 * places.symbol_samples) ** 2
    turn, drift = _aligned(spectrum, places, smooth.profile, prior_var, responses)
    mean, roughness = _spread(responses)
    channel = _fitted(responses, mean, roughness, smooth, places.slope, (turn, drift, prior_var))
    return channel, roughness, not stands_out(roughness, places.signs.size - 1)[0].any()


@compiled
def _aligned(
    spectrum: ComplexArray, places: Layout, profile: FloatVector, prior_var: float, responses: ComplexArray
) -> tuple[float, float]:
    """Fill `responses`, c64 `[symbols, n_used]`, with s_j Y_j X* as seen in the preamble's middle.

    Without modulation all symbols are the channel's response; what differs is a turn and a delay from one to the next,
    and noise. Products of neighbours, whose noises are independent, tell turn `[rad]` and drift `[samples]`, which are
    returned; the drift is the maximum a posteriori for a prior of variance `prior_var`: few symbols alone say little.
    """
    symbols, n_used = responses.shape
    for j in range(symbols):
        row, values = spectrum[j], responses[j]
        for k in range(n_used):
            values[k] = row[places.used[k]] * np.conj(places.preamble[k]) * places.signs[j]
    products, squares = np.zeros(n_used, dtype=np.complex64), np.zeros(n_used, dtype=np.float32)
    for j in range(1, symbols):
        early, late = responses[j - 1], responses[j]
        for k in range(n_used):
            products[k] += np.conj(early[k]) * late[k]
            squares[k] += early[k].real ** 2 + early[k].imag ** 2 + late[k].real ** 2 + late[k].imag ** 2
    for k in range(n_used):
        weight = np.float32(1.0 / profile[k])
        products[k] *= weight
        squares[k] *= weight
    total = np.sum(products)
    turn = float(np.angle(total))
    back, centre, power = np.exp(-1j * turn), 0.0, 1e-30
    for k in range(n_used):
        along = max((products[k] * back).real, 0.0)
        power += along
        centre += along * places.slope[k]
    centre /= power
    gradient, curvature, noise = 0.0, 0.0, 1e-12 * power
    for k in range(n_used):
        seen, apart = products[k] * back, places.slope[k] - centre
        gradient += apart * seen.imag
        curvature += apart**2 * max(seen.real, 0.0)
        noise += squares[k] - 2.0 * seen.real
    # Across, the sum of neighbouring products has the variance |h|² σ²: that of the outermost symbols' noise.
    noise_var = noise / (2.0 * n_used * (symbols - 1))
    drift = gradient / (curvature + noise_var / ((symbols - 1) * prior_var))
    factors = np.empty(n_used, dtype=np.complex64)
    for j in range(symbols):
        order = j - 0.5 * (symbols - 1)
        ramp(order * (turn - centre * drift), order * drift, spectrum.shape[1], factors)
        responses[j] *= factors
    return turn - centre * drift, drift


@compiled
def _fitted(
    responses: ComplexArray,
    mean: ComplexArray,
    roughness: FloatVector,
    smooth: Smoother,
    slope: FloatVector,
    before: tuple[float, float, float],
) -> ChannelEstimate:
    """Fit the channel, and what turn and drift the first guess `before`, with the drift's prior variance, has left."""
    symbols, n_used = responses.shape
    weight, rough = 1.0 / smooth.profile, 0.0
    for k in range(n_used):
        rough += roughness[k] * weight[k]
    response, fit = smoothed(mean, rough / (symbols * (symbols - 1) * n_used), smooth)
    power, centre, energy = 1e-30, 0.0, 0.0
    for k in range(n_used):
        gain = (response[k].real ** 2 + response[k].imag ** 2) * weight[k]
        power += gain
        centre += gain * slope[k]
        apart = mean[k] - response[k]
        energy += (roughness[k] + symbols * (apart.real**2 + apart.imag**2)) * weight[k]
    centre /= power
    # Turn and drift took one real degree of freedom each.
    degrees = (symbols - 1) * n_used + fit.degrees - 1.0
    noise_var = energy / degrees
    curvature, expected = 0.0, np.empty(n_used, dtype=np.complex64)
    for k in range(n_used):
        curvature += (slope[k] - centre) ** 2 * (response[k].real ** 2 + response[k].imag ** 2) * weight[k]
        expected[k] = np.conj(response[k]) * np.float32(weight[k])
    more, gradient, lever = 0.0, 0.0, 0.0
    for j in range(symbols):
        order, values = j - 0.5 * (symbols - 1), responses[j]
        along, aside, across = 0.0, 0.0, 0.0
        for k in range(n_used):
            product = expected[k] * values[k]
            along += product.real
            aside += product.imag
            across += (slope[k] - centre) * product.imag
        more += order * float(np.arctan2(aside, along))
        gradient += order * across
        lever += order * order
    turn, drift, prior_var = before
    information = 2.0 * lever * curvature / (noise_var + 1e-12 * power)
    drift_var = 1.0 / (information + 1.0 / prior_var)
    further = drift_var * (information * gradient / (lever * curvature + 1e-30) - drift / prior_var)
    turn += more / lever - centre * further
    error_var = fit.leverage * np.float32(noise_var / symbols)
    return ChannelEstimate(
        response, error_var, noise_var, smooth.profile, degrees, turn, drift + further, drift_var, mean, rough
    )


@compiled
def _spread(responses: ComplexArray) -> tuple[ComplexArray, FloatVector]:
    """Mean over the symbols, c64 `[n_used]`, and Σ_j |deviation from it|², f64 `[n_used]`."""
    symbols, n_used = responses.shape
    mean, roughness = np.zeros(n_used, dtype=np.complex64), np.zeros(n_used)
    for j in range(symbols):
        values = responses[j]
        for k in range(n_used):
            mean[k] += values[k] * np.float32(1.0 / symbols)
    for j in range(symbols):
        values = responses[j]
        for k in range(n_used):
            apart = values[k] - mean[k]
            roughness[k] += apart.real**2 + apart.imag**2
    return mean, roughness

# SPDX-License-Identifier: MIT
"""Noise variance and SNR of a burst, and symbols with more noise than the rest.

Three estimates of σ², each an average over its complex degrees of freedom, hence each χ² with variance σ⁴/degrees:

 - the preamble's residual after the L-tap channel (`channel_estimation`);
 - the pilots' residual after channel, phase and timing;
 - the null carriers' power, which knows nothing of what the signal itself causes (mirror image, phase noise) nor of
   filters at the band's edge: it counts only where it agrees with the other two within three deviations.

They are averaged by degrees of freedom (`fitting.pooled`). The transmitter's clipping adds c |h|², c known from the
waveform, to every carrier after the preamble; it is taken out of the measurements, and counts as noise in the SNR

    1/ρ = σ² / mean |h|² + c.

Decision-directed and blind estimates do not work here: a latent has no constellation, and its kurtosis is a noise's.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lrisc_sdr.compiled import compiled
from lrisc_sdr.phy.channel_estimation import ChannelEstimate
from lrisc_sdr.phy.fitting import DISAGREEMENT, pooled
from lrisc_sdr.phy.layout import FloatVector, IndexArray, Layout
from lrisc_sdr.phy.pilots import Pilots, variances
from lrisc_sdr.phy.rows import Track
from lrisc_sdr.types import ComplexArray, FloatArray

LOCAL_SYMBOLS = 8
"""Symbols over which the pilots' residual is averaged in search of interference."""

LOCAL_DEVIATIONS = 5.0
"""Deviations above which that average counts as interference, not chance."""


class Noise(NamedTuple):
    """What is known about the noise of a burst.

    Attributes:
        noise_var: σ² of one carrier, where there is no interference.
        excess: noise of every symbol relative to `noise_var`, f64 `[rows]`, at least 1.
        snr: Es/N0 per data carrier, mean over the carriers, linear.
        evm: squared error vector magnitude of the equalised pilots, linear.
    """

    noise_var: float
    excess: FloatVector
    snr: float
    evm: float


@compiled
def estimate_noise(channel: ChannelEstimate, track: Track, pilots: Pilots, places: Layout) -> Noise:
    """Combine the estimates over the symbols in which the pilots were there."""
    usable, clipped = track.usable, places.clipped
    n_pilots = pilots.bins.size
    # A residual is the noise and the channel estimate's error, less what phase and timing were fitted to: one complex
    # number of all pilots' constant error, and a part of every symbol's common phase.
    known, power = 0.0, 1e-30
    for p in range(n_pilots):
        gain = pilots.response[p].real ** 2 + pilots.response[p].imag ** 2
        power += gain / n_pilots
        error_var = channel.error_var[places.pilot_columns[p]] * (1.0 - 1.0 / n_pilots)
        known += (error_var + clipped * gain) * pilots.weight[p] / n_pilots
    squares, powers = _residuals(track.spectrum, track.cells, usable, pilots, places.nulls)
    there = max(np.count_nonzero(usable), 1)
    fitted = min(np.sum(track.phase_var * usable) / there / variances(pilots)[0], 1.0)
    share = 1.0 - fitted / (2.0 * n_pilots)
    noise_var, degrees = channel.noise_var, channel.degrees
    relative = squares / (share * noise_var + known + 1e-30)
    excess = _local_excess(relative, usable, LOCAL_SYMBOLS, LOCAL_DEVIATIONS / np.sqrt(n_pilots))
    quiet, pilot_var, null_var = 0, 0.0, 0.0
    for m in range(usable.size):
        if usable[m] and excess[m] <= 1.0:
            quiet += 1
            pilot_var += squares[m]
            null_var += powers[m]
    if quiet:
        noise_var, degrees = pooled(noise_var, degrees, (pilot_var / quiet - known) / share, float(quiet * n_pilots))
        null_degrees = float(quiet * max(places.nulls.size, 1))
        # What clipping spreads falls off slowly beyond the band.
        null_var = null_var / quiet - clipped * power
        if abs(null_var - noise_var) < DISAGREEMENT * noise_var * np.sqrt(1.0 / degrees + 1.0 / null_degrees):
            noise_var = (noise_var * degrees + null_var * null_degrees) / (degrees + null_degrees)
    noise_var = max(noise_var, 1e-30)
    signal, interference = _means(channel.response, channel.error_var, channel.profile, places.data_columns)
    total = noise_var * interference + clipped * signal
    evm = float(np.sum(squares)) / there / power if usable.any() else 1.0
    return Noise(noise_var, excess, max(signal / total, 1e-3), max(evm, 1e-30))


@compiled
def _means(
    response: ComplexArray, error_var: FloatArray, profile: FloatVector, columns: IndexArray
) -> tuple[float, float]:
    """Mean over the data carriers of |h|², less its estimate's error, and of the noise profile."""
    signal, interference = 0.0, 0.0
    for k in columns:
        signal += response[k].real ** 2 + response[k].imag ** 2 - error_var[k]
        interference += profile[k]
    return signal / columns.size, interference / columns.size


@compiled
def _residuals(
    spectrum: ComplexArray, cells: ComplexArray, usable: NDArray[np.bool_], pilots: Pilots, nulls: IndexArray
) -> tuple[FloatVector, FloatVector]:
    """Mean squared deviation of every row's pilots from what was sent, relative to the noise profile, and mean power of
    its null carriers, f64 `[rows]` each; zero where the row is not usable."""
    squares, powers = np.zeros(len(cells)), np.zeros(len(cells))
    for m in range(len(cells)):
        if not usable[m]:
            continue
        for p in range(pilots.bins.size):
            gain = np.abs(pilots.response[p]) + 1e-15
            apart = cells[m, p] / gain - gain
            squares[m] += (apart.real**2 + apart.imag**2) * pilots.weight[p] / pilots.bins.size
        row, power = spectrum[m], np.float32(0.0)
        for i in range(nulls.size):
            power += row[nulls[i]].real ** 2 + row[nulls[i]].imag ** 2
        powers[m] = power / nulls.size
    return squares, powers


@compiled
def _local_excess(relative: FloatVector, usable: NDArray[np.bool_], size: int, deviations: float) -> FloatVector:
    """Noise of every symbol relative to the burst's, f64 `[rows]`; 1 where chance explains it.

    An average over `size` symbols stands out above 1 + `deviations` / √size; all of its symbols then have it.
    """
    rows = relative.size
    excess = np.ones(rows)
    if not usable.any():
        return excess
    local = np.zeros(rows)
    for m in range(rows):
        low, high = max(m - size // 2, 0), min(m + size - size // 2, rows)
        count, total = 0, 0.0
        for i in range(low, high):
            if usable[i]:
                count += 1
                total += relative[i]
        local[m] = total / count if count else 1.0
    limit = max(np.median(local[usable]), 1.0) * (1.0 + deviations / np.sqrt(min(size, rows)))
    for m in range(rows):
        if local[m] > limit and usable[m]:
            for i in range(max(m - size // 2, 0), min(m + size - size // 2, rows)):
                excess[i] = max(excess[i], local[m])
    return excess

# SPDX-License-Identifier: MIT
"""Noise variance and SNR of a burst, and symbols with more noise than the rest.

Three estimates of σ², each an average over its complex degrees of freedom, hence each χ² with variance σ⁴/degrees:

 - the preamble's residual after the L-tap channel (`channel_estimation`);
 - the pilots' residual after channel, phase and timing;
 - the null carriers' power, which knows nothing of what the signal itself causes (mirror image, phase noise, clipping)
   nor of filters at the band's edge: it counts only where it agrees with the other two within three deviations.

They are averaged by degrees of freedom (`fitting.pooled`).
Decision-directed and blind estimates do not work here: a latent has no constellation, and its kurtosis is a noise's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.ndimage
from numpy.typing import NDArray

from lrisc_sdr.phy.channel_estimation import ChannelEstimate
from lrisc_sdr.phy.fitting import DISAGREEMENT, pooled
from lrisc_sdr.phy.tracking import Track
from lrisc_sdr.waveform import Waveform

LOCAL_SYMBOLS = 8
"""Symbols over which the pilots' residual is averaged in search of interference."""

LOCAL_DEVIATIONS = 5.0
"""Deviations above which that average counts as interference, not chance."""


@dataclass(frozen=True)
class Noise:
    """What is known about the noise of a burst.

    Attributes:
        noise_var: σ² of one carrier, where there is no interference.
        excess: noise of every symbol relative to `noise_var`, f64 `[rows]`, at least 1.
        snr_db: Es/N0 per data carrier, mean over the carriers `[dB]`.
        evm_db: error vector magnitude of the equalised pilots `[dB]`.
    """

    noise_var: float
    excess: NDArray[np.float64]
    snr_db: float
    evm_db: float


def estimate_noise(channel: ChannelEstimate, track: Track, waveform: Waveform) -> Noise:
    """Combine the estimates over the symbols before the pilots were lost."""
    columns = waveform.pilot_columns
    power = np.abs(channel.response[columns].astype(np.complex128)) ** 2 + 1e-30
    error = (track.pilots[: track.coherent].astype(np.complex128) - power) / np.sqrt(power)
    squares = np.abs(error) ** 2
    # A residual is the noise and the channel estimate's error, less what phase and timing were fitted to: one complex
    # number of all pilots' constant error, and a part of every symbol's common phase.
    n_pilots = waveform.n_pilots
    error_var = channel.error_var[columns].astype(np.float64) * (1.0 - 1.0 / n_pilots)
    share = 1.0 - track.fitted / (2.0 * n_pilots)
    relative = squares / (share * channel.noise_var + error_var + 1e-30)
    excess = _local_excess(relative, len(track.phase))
    quiet = excess[: track.coherent] <= 1.0
    noise_var, degrees = channel.noise_var, channel.degrees
    pilot_degrees = float(np.count_nonzero(quiet)) * n_pilots
    if pilot_degrees:
        pilot_var = float(np.mean(squares[quiet] - error_var)) / share
        noise_var, degrees = pooled(noise_var, degrees, pilot_var, pilot_degrees)
        null_degrees = float(np.count_nonzero(quiet)) * len(waveform.null_carriers)
        null_var = float(track.null_energy[: track.coherent][quiet].sum()) / max(null_degrees, 1.0)
        if abs(null_var - noise_var) < DISAGREEMENT * noise_var * np.sqrt(1.0 / degrees + 1.0 / max(null_degrees, 1.0)):
            noise_var = (noise_var * degrees + null_var * null_degrees) / (degrees + null_degrees)
    data = waveform.data_columns
    signal = float(np.mean(np.abs(channel.response[data].astype(np.complex128)) ** 2))
    signal -= float(channel.error_var[data].mean())
    snr = max(signal, 1e-3 * noise_var + 1e-30) / max(noise_var, 1e-30)
    evm = float(np.mean(squares) / np.mean(power)) if track.coherent else 1.0
    return Noise(noise_var, excess, 10.0 * float(np.log10(snr)), 10.0 * float(np.log10(max(evm, 1e-30))))


def _local_excess(relative: NDArray[np.float64], rows: int) -> NDArray[np.float64]:
    """Noise of every symbol relative to the burst's, f64 `[rows]`; 1 where chance explains it."""
    excess = np.ones(rows)
    coherent, n_pilots = relative.shape
    if coherent:
        size = min(LOCAL_SYMBOLS, coherent)
        local = scipy.ndimage.uniform_filter1d(relative.mean(axis=1), size, mode="nearest")
        median = float(np.median(local))
        limit = max(median, 1.0) * (1.0 + LOCAL_DEVIATIONS / np.sqrt(size * n_pilots))
        disturbed = scipy.ndimage.maximum_filter1d(local, size, mode="nearest")
        excess[:coherent] = np.where(disturbed > limit, disturbed, 1.0)
    return excess

# SPDX-License-Identifier: MIT
"""The frequency of an unmodulated carrier in noise.

The largest bin of a windowed transform tells it to a bin; the phases of short blocks, turned back by that frequency,
then lie on a line whose slope is the rest (S. A. Tretter, "Estimating the frequency of a noisy sinusoid by linear
regression", IEEE Trans. Inf. Theory 31(6), 1985, of blocks in place of samples).
"""

from __future__ import annotations

import numpy as np

from lrisc_sdr.errors import FramesFailed
from lrisc_sdr.types import ComplexArray

BLOCKS = 64
LEAST_DB = 15.0
"""A carrier's bin over the spectrum's median: white noise reaches 13 dB in 2^20 bins."""
GUARD = 2e-4
"""Neither the receiver's own direct current nor its skirts are the carrier `[cycles/sample]`."""


def carrier_frequency(samples: ComplexArray) -> float:
    """Return the frequency of the strongest carrier `[cycles/sample]`, from -0.5 to 0.5.

    Args:
        samples: c64 `[n]`, 4,096 or more.

    Raises:
        FramesFailed: there is no carrier.
    """
    n = samples.size
    windowed = (samples - samples.mean()) * np.hanning(n)
    power = np.abs(np.fft.fft(windowed)) ** 2
    frequencies = np.fft.fftfreq(n)
    power[np.abs(frequencies) < max(GUARD, 4.0 / n)] = 0.0
    strongest = int(np.argmax(power))
    if power[strongest] < 10.0 ** (LEAST_DB / 10.0) * np.median(power):
        raise FramesFailed("no carrier stands out of the noise: check --carrier-hz, the gain and the antenna")
    # Between the bins: the parabola through the logarithms of three of a Hann window is right to 0.02 bins.
    below, at, above = (np.log(power[(strongest + k) % n] + 1e-30) for k in (-1, 0, 1))
    coarse = float(frequencies[strongest] + 0.5 * (below - above) / (below - 2.0 * at + above) / n)
    length = n // BLOCKS
    turned = (samples * np.exp(-2j * np.pi * coarse * np.arange(n)))[: BLOCKS * length]
    phases = np.unwrap(np.angle(turned.reshape(BLOCKS, length).sum(axis=1)))
    slope = np.polyfit(np.arange(BLOCKS, dtype=np.float64), phases, 1)[0]
    return coarse + float(slope) / (2.0 * np.pi * length)

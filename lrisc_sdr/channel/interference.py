# SPDX-License-Identifier: MIT
"""Another transmitter in the band: Gaussian noise of a flat, band-limited spectrum.

    i[n] = √(S/g) e^(j 2π c n) (w ∗ v)[n]        w white, E[|w|²] = 1, v an elliptic low-pass of half the bandwidth

g is the filter's mean power gain within |f| ≤ B/2, so that the density within the band is S on average: S is the
variance per sample that white noise of that density would have, and S · B the interferer's power in its band.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.signal import ellip, sosfilt, sosfreqz

from lrisc_sdr.channel.carrier import rotate
from lrisc_sdr.types import ComplexArray

_ORDER = 10
_RIPPLE_DB = 0.1
_STOP_DB = 60.0  # reached 4 % of the bandwidth beyond the band's edges
_SETTLING = 60.0  # the filter's memory, over 1 / bandwidth

State = NDArray[np.complex128]
"""What the filter remembers, c128 `[5, 2]`."""


@cache
def _sections(bandwidth: float) -> NDArray[np.float64]:
    """The low-pass as second-order sections, f64 `[5, 6]`, with a mean power gain of 1 within the band."""
    sections: NDArray[np.float64] = ellip(_ORDER, _RIPPLE_DB, _STOP_DB, bandwidth, output="sos")
    _, gain = sosfreqz(sections, np.linspace(0.0, math.pi * bandwidth, 1024))
    sections[0, :3] /= np.sqrt(np.mean(np.abs(gain) ** 2))
    sections.flags.writeable = False
    return sections


def start_state(bandwidth: float, rng: np.random.Generator) -> State:
    """Return the filter's state before the first sample of an interferer that has been there for long."""
    _, state = _filtered(int(_SETTLING / bandwidth), bandwidth, rng, np.zeros((_ORDER // 2, 2), dtype=np.complex128))
    return state


def interference(
    first: int, count: int, centre: float, bandwidth: float, density: float, rng: np.random.Generator, state: State
) -> tuple[ComplexArray, State]:
    """Return samples `first` … `first` + `count` − 1 of the interferer, c64 `[count]`, and the state after them.

    Args:
        first: position of the first sample in the stream.
        count: how many samples.
        centre: c, of the band `[cycles/sample]`.
        bandwidth: B `[cycles/sample]`, above 0 and below 1; what lies beyond ± ½ folds, as all that is sampled.
        density: S, the variance per sample of white noise with the interferer's density.
        rng: two draws a sample, in order: chunks give the same as the whole.
        state: from `start_state`, or from the samples before these.
    """
    noise, state = _filtered(count, bandwidth, rng, state)
    cycles = (first + np.arange(count, dtype=np.float64)) * centre
    return rotate((math.sqrt(density) * noise).astype(np.complex64), cycles), state


def _filtered(count: int, bandwidth: float, rng: np.random.Generator, state: State) -> tuple[State, State]:
    if count == 0:
        return np.zeros(0, dtype=np.complex128), state
    white = rng.standard_normal(2 * count).view(np.complex128) * math.sqrt(0.5)
    out, state = sosfilt(_sections(bandwidth), white, zi=state)
    return out, state

# SPDX-License-Identifier: MIT
"""What Es/N0 has to be at known steps of attenuation, where nobody knows it at any of them.

    1/ρ_i = n 10^{a_i/10} + e

n is the noise at attenuation 0 over the signal; e is what both radios add in proportion to the signal: images, phase
noise, clipping. Both follow from least squares of the relative error, n and e at least 0.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

LEAST_SHARE = 1e-3
"""A ceiling 30 dB above the best estimate is none."""


def expected_snr_db(
    attenuation_db: Sequence[float], estimated_db: Sequence[float]
) -> tuple[NDArray[np.float64], float | None]:
    """Return Es/N0 as the steps have it, f64 `[n]` `[dB]`, and the ceiling 1/e `[dB]`; None: there is none to see.

    Args:
        attenuation_db: a_i, two or more different ones `[dB]`.
        estimated_db: what the receiver estimated `[dB]`.
    """
    steps = 10.0 ** (np.asarray(attenuation_db, dtype=np.float64) / 10.0)
    snr = 10.0 ** (np.asarray(estimated_db, dtype=np.float64) / 10.0)
    (noise, own), _ = nnls(np.stack([steps * snr, snr], axis=1), np.ones(steps.size))
    inverse = noise * steps + own
    shown = own * float(snr.max()) > LEAST_SHARE
    expected: NDArray[np.float64] = -10.0 * np.log10(inverse)
    return expected, -10.0 * float(np.log10(own)) if shown else None

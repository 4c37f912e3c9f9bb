# SPDX-License-Identifier: MIT
"""Noise that is not white: which carriers of a preamble have more of it, and how much.

Of carrier k, the deviations D_k of the R symbols of the preamble from their mean hold R - 1 degrees of freedom of its
noise, whatever the channel is. Averages of D over neighbours that chance does not explain are an interferer's; from
then on, each carrier has the noise of its neighbourhood.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrisc_sdr.compiled import compiled
from lrisc_sdr.phy.layout import FloatVector

NEIGHBOURS = 4
"""Carriers on either side over which deviations are averaged."""

DEVIATIONS = 8.0
"""Deviations above which an average is not chance; in white noise, one preamble in 10⁵ has one at the most."""

EVIDENCE = 25.0
"""A single carrier stands out where the exponent of its probability in white noise is larger than this."""


def noise_profile(roughness: FloatVector, degrees: int) -> FloatVector:
    """Return the noise of each carrier relative to the median carrier's, f64 `[n_used]`.

    Args:
        roughness: D, f64 `[n_used]`.
        degrees: R - 1, complex degrees of freedom of each.
    """
    loud, quiet = stands_out(roughness, degrees)
    near = _local_mean(loud.astype(np.float64), NEIGHBOURS) > 0.0
    # At an interferer's edge the noise falls by decades from one carrier to the next.
    local = np.where(near, _local_mean(roughness, 1), _local_mean(roughness, NEIGHBOURS))
    profile: FloatVector = np.maximum(local / (degrees * quiet), 0.25)
    return profile


@compiled
def stands_out(roughness: FloatVector, degrees: int) -> tuple[NDArray[np.bool_], float]:
    """Which carriers have more noise than chance explains, bool `[n_used]`, and the noise of the others."""
    local, samples = _local_mean(roughness, NEIGHBOURS), degrees * (2 * NEIGHBOURS + 1)
    # The median of a gamma variable of shape a is about 1 - 1/(3a) of its mean.
    quiet = np.median(local) / (1.0 - 1.0 / (3.0 * samples)) / degrees
    loud = np.zeros(roughness.size, dtype=np.bool_)
    among, alone = quiet * (degrees + degrees * DEVIATIONS / np.sqrt(samples)), quiet * (degrees + EVIDENCE)
    for k in range(roughness.size):
        loud[k] = quiet > 0.0 and (local[k] > among or roughness[k] > alone)
    return loud, float(quiet)


@compiled
def _local_mean(values: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """Mean over up to `reach` neighbours on either side, f64 `[n]`."""
    size = values.size
    running = np.zeros(size + 1)
    for i in range(size):
        running[i + 1] = running[i] + values[i]
    means = np.empty(size)
    for i in range(size):
        low, high = max(i - reach, 0), min(i + reach + 1, size)
        means[i] = (running[high] - running[low]) / (high - low)
    return means

# SPDX-License-Identifier: MIT
"""A waveform of 128 points in half of pluto256's bandwidth.

Its preamble's seed is the best of 2,000 tried: a peak-to-average ratio of 4.8 dB. Its pilots lie at uneven distances.
"""

from __future__ import annotations

from lrisc_sdr.waveform import Waveform

NARROW128 = Waveform(
    name="narrow128",
    n_fft=128,
    cp_samples=16,
    rate_sps=2e6,
    edge_carrier=51,
    pilots_above=(4, 13, 27, 38, 50),
    preamble_signs=(1, 1, -1),
    preamble_seed=5285,
    max_cfo_hz=62.5e3,
)

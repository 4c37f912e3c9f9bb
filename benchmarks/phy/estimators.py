# SPDX-License-Identifier: MIT
"""Two estimators of the signal-to-noise ratio from the literature, beside which the receiver's is measured.

Both take values h_jk + n_jk of the preamble's symbols j on the used carriers k, known values and signs taken away, c64
`[symbols, n_used]`, and return Es/N0, linear; it may be negative or infinite.
"""

from __future__ import annotations

import numpy as np

from lrisc_sdr.types import ComplexArray


def two_symbol_difference(values: ComplexArray) -> float:
    """Noise from the difference of neighbouring symbols, signal from the power less the noise.

    σ² = mean |y_j − y_j+1|² / 2        ρ = mean |y|² / σ² − 1
    """
    values = values.astype(np.complex128)
    noise = float(np.mean(np.abs(np.diff(values, axis=0)) ** 2)) / 2.0
    return float(np.mean(np.abs(values) ** 2)) / noise - 1.0


def boumard(values: ComplexArray) -> float:
    """Noise from the difference of neighbouring carriers, which takes the channel to be the same on both.

    σ² = mean |Σ_j y_j,k−1 − Σ_j y_jk|² / (2 J)        ρ = mean |Σ_j y_jk / J|² / σ² − 1 / J

    S. Boumard, *Novel noise variance and SNR estimation algorithm for wireless MIMO OFDM systems*, Globecom 2003, for
    one antenna and J symbols.
    """
    values = values.astype(np.complex128)
    count = len(values)
    total = values.sum(axis=0)
    noise = float(np.mean(np.abs(np.diff(total)) ** 2)) / (2.0 * count)
    return float(np.mean(np.abs(total / count) ** 2)) / noise - 1.0 / count

# SPDX-License-Identifier: MIT
"""The widely linear correction of mirror image and carrier leak, the same for both directions.

    y = x + g x* + d        ─►        x = (u − g u*) / (1 − |g|²),   u = y − d

A receiver's samples y become x. A transmitter is given x in place of y, and what leaves it is y. (L. Anttila,
M. Valkama, M. Renfors, "Circularity-based I/Q imbalance compensation in wideband direct-conversion receivers", IEEE
Trans. Veh. Technol. 57(4), 2008, eq. 4, with one complex factor for all frequencies.)
"""

from __future__ import annotations

import math

import numpy as np

from lrisc_sdr.types import ComplexArray


def correct(samples: ComplexArray, image: complex, dc: complex) -> ComplexArray:
    """Return x of y = x + g x* + d, c64 `[n]`.

    Args:
        samples: y, c64 `[n]`, full scale 1.
        image: g, |g| < 1.
        dc: d, over full scale.
    """
    if image == 0 and dc == 0:
        return samples
    scale = 1.0 / (1.0 - abs(image) ** 2)
    # x = a y + b y* + c: one pass each.
    corrected: ComplexArray = samples * np.complex64(scale)
    if image:
        corrected -= np.conj(samples) * np.complex64(image * scale)
    corrected -= np.complex64((dc - image * dc.conjugate()) * scale)
    return corrected


def level_db(value: complex) -> float:
    """Return 10·log10 |value|² `[dB]`, -200 at the least."""
    return 20.0 * math.log10(max(abs(value), 1e-10))

# SPDX-License-Identifier: MIT
"""Imperfections of a direct-conversion front end: mirror image and carrier leak."""

from __future__ import annotations

import numpy as np

from lrisc_sdr.types import ComplexArray


def add_image(samples: ComplexArray, gain: complex) -> ComplexArray:
    """Return y = x + g x*, c64 `[n]`: the image of unequal I and Q branches, |g|² over the signal's power."""
    return samples + np.complex64(gain) * np.conj(samples)


def add_dc(samples: ComplexArray, level: complex) -> ComplexArray:
    """Return y = x + d, c64 `[n]`: the leak of the local oscillator, |d|² over the mean power of a burst."""
    return samples + np.complex64(level)

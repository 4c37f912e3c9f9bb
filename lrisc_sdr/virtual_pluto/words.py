# SPDX-License-Identifier: MIT
"""The words of 16 bits in which samples come and go: a transmitter's full scale is 2¹⁵, a receiver's 2¹¹."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrisc_sdr.types import ComplexArray

Codes = NDArray[np.int16]
"""I and Q by turns, i16 `[2 n]`."""


def from_codes(codes: Codes) -> ComplexArray:
    """Return the transmitter's words as its converter makes them, c64 `[n]`, full scale 1, in steps of 12 bits."""
    levels = codes.astype(np.float32)
    levels *= np.float32(1.0 / 16.0)
    np.rint(levels, out=levels)
    np.minimum(levels, 2047.0, out=levels)
    levels *= np.float32(1.0 / 2048.0)
    samples: ComplexArray = levels.view(np.complex64)
    return samples

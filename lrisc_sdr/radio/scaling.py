# SPDX-License-Identifier: MIT
"""Between complex samples of full scale 1 and the integers of a converter, interleaved real and imaginary parts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrisc_sdr.types import ComplexArray

Int16Array = NDArray[np.int16]

RX_FULL_SCALE = 2048.0
"""An AD936x receives 12 bits, extended to 16 by their sign."""
TX_FULL_SCALE = 32768.0
"""It transmits the upper 12 of 16 bits."""


def from_int16(values: Int16Array, full_scale: float) -> ComplexArray:
    """Integers `[2 n]` as c64 `[n]`, `full_scale` becoming 1."""
    return (values.astype(np.float32) * np.float32(1.0 / full_scale)).view(np.complex64)


def to_int16(samples: ComplexArray, full_scale: float) -> Int16Array:
    """c64 `[n]` as integers `[2 n]`, rounded, 1 becoming `full_scale`; what 16 bits cannot hold is clipped."""
    values = np.ascontiguousarray(samples, dtype=np.complex64).view(np.float32) * np.float32(full_scale)
    integers: Int16Array = np.clip(np.rint(values), -32768.0, 32767.0).astype(np.int16)
    return integers

# SPDX-License-Identifier: MIT
"""CRC-24B of 5G's code blocks (TS 38.212, 5.1)."""

from __future__ import annotations

import numpy as np

from lrisc_sdr.compiled import compiled
from lrisc_sdr.types import ByteArray

_POLYNOMIAL = 0x800063  # D²⁴ + D²³ + D⁶ + D⁵ + D + 1
_TOP = 1 << 23
_MASK = (1 << 24) - 1


def crc24(bits: ByteArray) -> ByteArray:
    """Return the checksum's 24 bits, most significant first, u8 `[24]`, of u8 `[n]`: initial value 0, not reflected."""
    value = _divide(np.ascontiguousarray(bits))
    return (value >> np.arange(23, -1, -1) & 1).astype(np.uint8)


@compiled
def _divide(bits: ByteArray) -> int:
    register = 0
    for bit in bits:
        overflow = (register & _TOP != 0) ^ (bit != 0)
        register = register << 1 & _MASK
        if overflow:
            register ^= _POLYNOMIAL
    return register

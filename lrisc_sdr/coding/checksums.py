# SPDX-License-Identifier: MIT
"""The two checksums: CRC-16 for headers, CRC-32 for side information."""

from __future__ import annotations

import binascii
import zlib


def crc16(data: bytes) -> int:
    """CRC-16/IBM-3740: polynomial 0x1021, initial value 0xFFFF, not reflected."""
    return binascii.crc_hqx(data, 0xFFFF)


def crc32(data: bytes) -> int:
    """CRC-32/ISO-HDLC, that of zlib."""
    return zlib.crc32(data)

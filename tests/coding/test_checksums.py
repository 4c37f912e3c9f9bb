# SPDX-License-Identifier: MIT
"""The two checksums against the catalogue."""

from __future__ import annotations

from lrisc_sdr import coding


def test_checksums_are_the_catalogued_ones() -> None:
    assert coding.crc16(b"123456789") == 0x29B1
    assert coding.crc32(b"123456789") == 0xCBF43926

# SPDX-License-Identifier: MIT
"""How samples lie in a file: SigMF's data types, and those of raw files by their suffixes.

    {c|r}{f32|f64|i32|i16|i8|u32|u16|u8}[_le|_be]        complex pairs or real values; SigMF 1.2, Dataset Format

Integers are scaled so that full scale is 1; unsigned ones have their zero at half of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from lrisc_sdr.types import ComplexArray

RAW_DATATYPES: Mapping[str, str] = MappingProxyType(
    {
        ".cf32": "cf32_le",
        ".cfile": "cf32_le",
        ".fc32": "cf32_le",
        ".cf64": "cf64_le",
        ".ci16": "ci16_le",
        ".cs16": "ci16_le",
        ".sc16": "ci16_le",
        ".ci8": "ci8",
        ".cs8": "ci8",
        ".sc8": "ci8",
        ".cu8": "cu8",
    }
)
"""Data types of raw files, by the suffixes that GNU Radio, inspectrum and the tools of RTL-SDR and HackRF give them."""

_DATATYPE = re.compile(r"([cr])([fiu])(8|16|32|64)(?:_(le|be))?")
_BITS = {"f": ("32", "64"), "i": ("8", "16", "32"), "u": ("8", "16", "32")}


@dataclass(frozen=True)
class SampleFormat:
    """One of SigMF's data types.

    Attributes:
        is_complex: pairs of values, or single ones.
        dtype: of one value, with its byte order.
    """

    is_complex: bool
    dtype: np.dtype[np.generic]

    @property
    def sample_bytes(self) -> int:
        """Bytes of one sample."""
        return self.dtype.itemsize * (2 if self.is_complex else 1)

    def decode(self, data: bytes | bytearray) -> ComplexArray:
        """Whole samples as c64 `[n]`; real ones with an imaginary part of 0."""
        values = np.frombuffer(data, dtype=self.dtype)
        if self.is_complex and self.dtype == np.dtype("<f4"):
            return values.view(np.complex64)
        floats = self._to_float(values)
        return floats.view(np.complex64) if self.is_complex else floats.astype(np.complex64)

    def _to_float(self, values: NDArray[np.generic]) -> NDArray[np.float32]:
        if self.dtype.kind == "f":
            # What float32 cannot hold becomes infinite, and the reader refuses it.
            with np.errstate(over="ignore"):
                return values.astype(np.float32)
        half = float(1 << (8 * self.dtype.itemsize - 1))
        if self.dtype.itemsize < 4:
            floats = values.astype(np.float32)
            if self.dtype.kind == "u":
                floats -= np.float32(half)
            floats *= np.float32(1.0 / half)
            return floats
        offset = half if self.dtype.kind == "u" else 0.0
        return ((values.astype(np.float64) - offset) / half).astype(np.float32)


@cache
def sample_format(datatype: str) -> SampleFormat | None:
    """The format that a SigMF data type names; None where it is none. Without byte order it is little-endian."""
    match = _DATATYPE.fullmatch(datatype)
    if match is None:
        return None
    component, kind, bits, order = match.groups()
    if bits not in _BITS[kind] or (bits == "8" and order is not None):
        return None
    return SampleFormat(component == "c", np.dtype(f"{'>' if order == 'be' else '<'}{kind}{int(bits) // 8}"))

# SPDX-License-Identifier: MIT
"""Samples as they lie in a file: read where they are asked for, never all at once.

They are read and not mapped: a map of a file that someone cuts off ends the process with a signal.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np

from lrisc_sdr.capture.formats import SampleFormat, sample_format
from lrisc_sdr.errors import InvalidCapture
from lrisc_sdr.types import ComplexArray

_HASH_CHUNK = 1 << 22


class Source(Protocol):
    """Samples that can be read anywhere: those of a file, or what a resampler makes of them."""

    @property
    def n_samples(self) -> int:
        """Complex samples."""

    def read(self, start: int, count: int) -> ComplexArray:
        """Samples `start` … `start` + `count` − 1, c64; fewer at the end, none behind it."""


@dataclass(frozen=True)
class Stored:
    """Consecutive samples in a file.

    Attributes:
        path: the file.
        datatype: their format, one of SigMF's.
        n_samples: how many.
        offset_bytes: where the first one lies; not 0 in archives, WAV files and files with a header.
    """

    path: Path
    datatype: str
    n_samples: int
    offset_bytes: int = 0

    @property
    def format(self) -> SampleFormat:
        """The data type's format."""
        found = sample_format(self.datatype)
        if found is None:
            raise InvalidCapture(f"{self.path.name} has samples of the unknown data type {self.datatype!r:.40}")
        return found

    def read(self, start: int, count: int) -> ComplexArray:
        """See `Source`.

        Raises:
            InvalidCapture: samples that are not finite numbers, or a file that has shrunk since it was checked.
        """
        samples = self.format.decode(self.raw(start, count))
        if self.format.dtype.kind == "f" and not np.all(np.isfinite(samples.view(np.float32))):
            raise InvalidCapture(f"{self.path.name} holds samples that are not finite numbers")
        return samples

    def raw(self, start: int, count: int) -> bytes:
        """The same samples as they are stored.

        Raises:
            InvalidCapture: the file has shrunk since it was checked, or cannot be read any more.
        """
        if start < 0 or count < 0:
            raise ValueError(f"samples are counted from 0: no {count} from {start}")
        size = self.format.sample_bytes
        wanted = max(min(count, self.n_samples - start), 0) * size
        if not wanted:
            return b""
        try:
            with open_no_link(self.path) as file:
                file.seek(self.offset_bytes + start * size)
                data: bytes = file.read(wanted)
        except OSError as error:
            raise InvalidCapture(f"{self.path.name} cannot be read: {error.strerror}") from error
        if len(data) < wanted:
            raise InvalidCapture(f"{self.path.name} became shorter while it was read")
        return data


def open_no_link(path: Path) -> BinaryIO:
    """Open a file for reading that no link may stand in for since its path was checked."""
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW), "rb")


def sha512_of(path: Path, offset_bytes: int, size_bytes: int) -> str:
    """SHA-512 of a stretch of a file, in hexadecimal digits."""
    digest = hashlib.sha512()
    with open_no_link(path) as file:
        file.seek(offset_bytes)
        while size_bytes > 0 and (block := file.read(min(size_bytes, _HASH_CHUNK))):
            digest.update(block)
            size_bytes -= len(block)
    return digest.hexdigest()

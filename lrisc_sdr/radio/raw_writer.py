# SPDX-License-Identifier: MIT
"""Raw recordings: c64, little-endian, nothing else; there when they are whole."""

from __future__ import annotations

from pathlib import Path

from lrisc_sdr.types import ComplexArray


class RawWriter:
    """Writes `X.cf32` under a hidden name, until `close`.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f".{path.name}.part")
        self._file = self._part.open("wb")

    def write(self, samples: ComplexArray) -> None:
        """Append c64 `[n]`."""
        self._file.write(samples.astype("<c8").tobytes())

    def close(self) -> None:
        """Finish the file and move it to its place."""
        self._file.close()
        self._part.replace(self._path)

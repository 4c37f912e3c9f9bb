# SPDX-License-Identifier: MIT
"""Frames out of the spool into a file: each as a MessagePack array of the three parts of its wire message."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.link.envelope import seal


def write_export(file: Path, frames: Iterable[tuple[bytes, bytes]]) -> int:
    """Write heads and bodies of frames to a new file, whole or not at all; how many they were.

    Raises:
        ConfigurationError: the file exists, or cannot be written.
    """
    if file.exists():
        raise ConfigurationError(f"{file} exists: choose another file with --out")
    part = file.with_name(f".{file.name}.part")
    encoder = msgspec.msgpack.Encoder()
    n = 0
    try:
        try:
            with part.open("wb") as out:
                for head, body in frames:
                    out.write(encoder.encode(seal(head, body)))
                    n += 1
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be written: {error.strerror}; choose another file") from None
    return n

# SPDX-License-Identifier: MIT
"""The `.frames` file: frames on their way from the encoder's process to the flowgraph's.

All little-endian. The file: magic `LRISCFRM`, version u16 (1), two zero bytes, number of frames u32. Each frame:
picture_id u16, index u8, count − 1 u8, n_symbols u32, side_bytes u16, side_repetition u8, one zero byte; then n_symbols
of c64.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from lrisc_sdr import coding
from lrisc_sdr.errors import ConfigurationError, InputError
from lrisc_sdr.types import Frame, FrameHeader

_FILE = struct.Struct("<8sHHI")
_FRAME = struct.Struct("<HBBIHBB")
_MAGIC = b"LRISCFRM"
_VERSION = 1


def write_frames(path: str | os.PathLike[str], frames: Iterable[Frame]) -> int:
    """Write frames, taking them one at a time, and return how many; the file appears whole, or not at all.

    Raises:
        ConfigurationError: a header that does not fit on the air, or symbols of another length than its header says.
    """
    target = Path(path)
    partial = target.with_name(f".{target.name}.part")
    try:
        with partial.open("wb") as file:
            file.write(_FILE.pack(_MAGIC, _VERSION, 0, 0))
            n_frames = 0
            for frame in frames:
                file.write(_pack(frame))
                n_frames += 1
            file.seek(0)
            file.write(_FILE.pack(_MAGIC, _VERSION, 0, n_frames))
        partial.replace(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return n_frames


def _pack(frame: Frame) -> bytes:
    header = frame.header
    coding.check_header(header)
    if frame.symbols.shape != (header.n_symbols,):
        raise ConfigurationError(f"a frame of {header.n_symbols} symbols cannot have shape {frame.symbols.shape}")
    fixed = _FRAME.pack(
        header.picture_id,
        header.index,
        header.count - 1,
        header.n_symbols,
        header.side_bytes,
        header.side_repetition,
        0,
    )
    return fixed + frame.symbols.astype("<c8").tobytes()


def read_frames(path: str | os.PathLike[str]) -> Iterator[Frame]:
    """Yield the frames of a file, one in memory at a time.

    Raises:
        InputError: the file is absent, not a `.frames` file, of another version, truncated or too long, or holds a
            header that does not fit on the air or symbols that are not finite numbers.
    """
    source = Path(path)
    name = source.name
    if not source.is_file():
        raise InputError(f"{name} is not a file that can be read")
    with source.open("rb") as file:
        magic, version, zero, n_frames = _FILE.unpack(_exactly(file, _FILE.size, name))
        if magic != _MAGIC or zero:
            raise InputError(f"{name} is not a file of frames")
        if version != _VERSION:
            raise InputError(f"{name} has version {version} of the frames format; this program reads {_VERSION}")
        for position in range(n_frames):
            yield _read(file, f"{name}, frame {position}")
        if file.read(1):
            raise InputError(f"{name} goes on after its last frame")


def _read(file: BinaryIO, name: str) -> Frame:
    fields = _FRAME.unpack(_exactly(file, _FRAME.size, name))
    picture_id, index, count_less_one, n_symbols, side_bytes, side_repetition, zero = fields
    header = FrameHeader(picture_id, index, count_less_one + 1, n_symbols, side_bytes, side_repetition)
    try:
        coding.check_header(header)
    except ConfigurationError as error:
        raise InputError(f"{name}: {error}") from error
    symbols = np.frombuffer(_exactly(file, 8 * n_symbols, name), dtype="<c8").astype(np.complex64)
    if zero or not np.all(np.isfinite(symbols)):
        raise InputError(f"{name} holds what is not a frame")
    return Frame(header, symbols)


def _exactly(file: BinaryIO, n_bytes: int, name: str) -> bytes:
    data = file.read(n_bytes)
    if len(data) < n_bytes:
        raise InputError(f"{name} ends too early: the file is truncated or not a file of frames")
    return data

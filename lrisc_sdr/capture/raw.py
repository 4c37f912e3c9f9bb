# SPDX-License-Identifier: MIT
"""Files without metadata: raw samples, and WAV files with I left and Q right."""

from __future__ import annotations

import struct
import warnings
from pathlib import Path

import numpy as np

from lrisc_sdr.capture.formats import sample_format
from lrisc_sdr.capture.stored import Stored
from lrisc_sdr.errors import InvalidCapture

WAV_SUFFIX = ".wav"

_WAV_DATATYPES = {"|u1": "cu8", "<i2": "ci16_le", "<i4": "ci32_le", "<f4": "cf32_le", "<f8": "cf64_le"}


def open_raw(path: Path, datatype: str, rate_sps: float | None) -> tuple[Stored, float]:
    """The samples of a raw file and their rate.

    Raises:
        InvalidCapture: missing, empty or truncated, or nobody says the rate.
    """
    if rate_sps is None or not 1.0 <= rate_sps <= 1e12:
        raise InvalidCapture(
            f"{path.name} is raw and does not say its sampling rate: give it in samples per second (--rate)"
        )
    return count_samples(path, datatype), rate_sps


def count_samples(path: Path, datatype: str, offset_bytes: int = 0, trailing_bytes: int = 0) -> Stored:
    """The samples of a file from `offset_bytes` to `trailing_bytes` before its end.

    Raises:
        InvalidCapture: missing, empty, or no whole number of samples.
    """
    if not path.is_file():
        raise InvalidCapture(f"there is no {path.name}: a recording needs its samples")
    return count_in(path, datatype, offset_bytes, path.stat().st_size - offset_bytes - trailing_bytes)


def count_in(path: Path, datatype: str, offset_bytes: int, size_bytes: int) -> Stored:
    """The samples in `size_bytes` of a file from `offset_bytes`.

    Raises:
        InvalidCapture: none, or no whole number of them.
    """
    stored = Stored(path, datatype, 0, offset_bytes)
    item = stored.format.sample_bytes
    if size_bytes <= 0:
        raise InvalidCapture(f"{path.name} is empty")
    if size_bytes % item:
        raise InvalidCapture(f"{path.name} is truncated: {size_bytes} bytes are no whole number of {datatype} samples")
    return Stored(path, datatype, size_bytes // item, offset_bytes)


def open_wav(path: Path) -> tuple[Stored, float]:
    """The samples of a WAV file, RF64 included, and their rate; a single channel is real samples.

    Raises:
        InvalidCapture: not a WAV file, or one with more than two channels or of a format that is not read.
    """
    from scipy.io import wavfile

    if not path.is_file():
        raise InvalidCapture(f"there is no {path.name}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # chunks that it does not know
            rate_sps, data = wavfile.read(path, mmap=True)
    except (ValueError, TypeError, LookupError, ArithmeticError, EOFError, UnboundLocalError, struct.error) as error:
        words = " ".join(str(error).split())[:120]
        raise InvalidCapture(f"{path.name} is no WAV file that can be read: {words}") from error
    if not isinstance(data, np.memmap) or rate_sps <= 0 or data.size == 0:
        raise InvalidCapture(f"{path.name} is no WAV file that can be read")
    datatype = _WAV_DATATYPES.get(data.dtype.str)
    channels = 1 if data.ndim == 1 else data.shape[1]
    if datatype is None or channels > 2:
        raise InvalidCapture(
            f"{path.name} has {channels} channels of {data.dtype.name}: I and Q in two channels of "
            "8, 16 or 32 bit, or of 32 or 64 bit floating point, can be read"
        )
    if channels == 1:
        datatype = f"r{datatype[1:]}"
    found = sample_format(datatype)
    assert found is not None
    return Stored(path, datatype, data.size // channels, int(data.offset)), float(rate_sps)

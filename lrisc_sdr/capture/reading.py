# SPDX-License-Identifier: MIT
"""Recordings as the receiver gets them: checked before the first sample is used."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lrisc_sdr.capture.names import CI16_SCALE, COUNT_FIELD, DTYPES, RAW_SUFFIX, WAVEFORM_FIELD, recording_files
from lrisc_sdr.capture.validation import read_metadata
from lrisc_sdr.errors import InvalidCapture
from lrisc_sdr.types import ComplexArray

_HASH_CHUNK = 1 << 22


@dataclass(frozen=True)
class Capture:
    """A checked recording; its samples stay on the disk.

    Attributes:
        path: the data file.
        datatype: `cf32_le` or `ci16_le`.
        n_samples: complex samples, at least 1.
        rate_sps: sampling rate `[samples/s]`.
        waveform: name of the waveform that was sent, or None where the recording does not say.
        frequency_hz: carrier frequency `[Hz]`, or None.
        description: in the recorder's words.
    """

    path: Path
    datatype: str
    n_samples: int
    rate_sps: float
    waveform: str | None = None
    frequency_hz: float | None = None
    description: str = ""

    def chunks(self, chunk_samples: int = 1 << 18) -> Iterator[ComplexArray]:
        """Yield all samples in order, c64; ci16 scaled so that full scale is 1.

        Raises:
            InvalidCapture: samples that are not finite numbers, or a file that has shrunk since it was checked.
        """
        dtype = DTYPES[self.datatype]
        left = self.n_samples
        with self.path.open("rb") as file:
            while left:
                data = np.frombuffer(file.read(min(left, chunk_samples) * dtype.itemsize), dtype=dtype)
                if data.size == 0:
                    raise InvalidCapture(f"{self.path.name} became shorter while it was read")
                left -= data.size
                yield self._to_complex(data)

    def samples(self) -> ComplexArray:
        """Return all samples, c64 `[n_samples]`."""
        return np.concatenate(list(self.chunks()))

    def _to_complex(self, data: np.ndarray[tuple[int], np.dtype[np.generic]]) -> ComplexArray:
        if self.datatype == "ci16_le":
            return (data.view("<i2").astype(np.float32) / np.float32(CI16_SCALE)).view(np.complex64)
        samples = data.astype(np.complex64)
        if not np.all(np.isfinite(samples)):
            raise InvalidCapture(f"{self.path.name} holds samples that are not finite numbers")
        return samples


def read_capture(path: str | os.PathLike[str], waveform: str | None = None, rate_sps: float | None = None) -> Capture:
    """Open a SigMF recording (either of its files, or their common name) or a raw `.cf32` file, and check it.

    Args:
        path: what to open.
        waveform: the waveform that the receiver is set to; None takes any.
        rate_sps: sampling rate, for raw files, which cannot say it `[samples/s]`.

    Raises:
        InvalidCapture: missing, empty, truncated, altered, not SigMF, or of another waveform; one line says which.
        MissingExtra: the `sigmf` package is not installed.
    """
    given = Path(path)
    capture = _raw(given, rate_sps) if given.suffix == RAW_SUFFIX else _sigmf(given)
    if waveform is not None and capture.waveform is not None and capture.waveform != waveform:
        raise InvalidCapture(
            f"{capture.path.name} was sent with the waveform {capture.waveform}, not {waveform}: "
            f"give --waveform {capture.waveform}"
        )
    return capture


def _raw(path: Path, rate_sps: float | None) -> Capture:
    if rate_sps is None or not 0.0 < rate_sps < math.inf:
        raise InvalidCapture(f"{path.name} is raw and does not say its sampling rate: give it in samples per second")
    return Capture(path, "cf32_le", _count(path, "cf32_le"), rate_sps)


def _sigmf(path: Path) -> Capture:
    meta_path, data_path = recording_files(path)
    metadata = read_metadata(meta_path, data_path.name)
    fields = metadata["global"]
    segment = metadata["captures"][0]
    count = _count(data_path, fields["core:datatype"])
    claimed = fields.get(COUNT_FIELD, count)
    if count != claimed:
        raise InvalidCapture(f"{data_path.name} has {count} samples where its metadata says {claimed}: copy it again")
    last = [entry["core:sample_start"] for entry in metadata["captures"]]
    last += [entry["core:sample_start"] + entry.get("core:sample_count", 0) for entry in metadata["annotations"]]
    if max(last) > count:
        raise InvalidCapture(f"{data_path.name} is truncated: {count} samples, its metadata reaches to {max(last)}")
    if "core:sha512" in fields and _sha512(data_path) != str(fields["core:sha512"]).lower():
        raise InvalidCapture(f"{data_path.name} was altered or damaged: its sha512 is not the recorded one")
    frequency = segment.get("core:frequency")
    return Capture(
        path=data_path,
        datatype=fields["core:datatype"],
        n_samples=count,
        rate_sps=float(fields["core:sample_rate"]),
        waveform=fields.get(WAVEFORM_FIELD),
        frequency_hz=None if frequency is None else float(frequency),
        description=str(fields.get("core:description", "")),
    )


def _count(path: Path, datatype: str) -> int:
    if not path.is_file():
        raise InvalidCapture(f"there is no {path.name}: a recording needs its samples")
    size, item = path.stat().st_size, DTYPES[datatype].itemsize
    if size == 0:
        raise InvalidCapture(f"{path.name} is empty")
    if size % item:
        raise InvalidCapture(f"{path.name} is truncated: {size} bytes are no whole number of {datatype} samples")
    return size // item


def _sha512(path: Path) -> str:
    digest = hashlib.sha512()
    with path.open("rb") as file:
        while block := file.read(_HASH_CHUNK):
            digest.update(block)
    return digest.hexdigest()

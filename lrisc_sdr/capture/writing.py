# SPDX-License-Identifier: MIT
"""Writing recordings, so that one is either whole or not there."""

from __future__ import annotations

import hashlib
import os
from datetime import datetime, timezone
from types import TracebackType

from lrisc_sdr.capture.capture import Capture
from lrisc_sdr.capture.encoding import encoded, require_recordable
from lrisc_sdr.capture.metadata import (
    Fields,
    SegmentSettings,
    global_fields,
    metadata_text,
    segment_fields,
    whole_metadata,
)
from lrisc_sdr.capture.names import MAX_LABEL, recording_files
from lrisc_sdr.capture.reading import open_capture
from lrisc_sdr.capture.validation import check_metadata
from lrisc_sdr.errors import InvalidCapture
from lrisc_sdr.types import ComplexArray


class CaptureWriter:
    """Writes a SigMF recording as its samples come: `X.sigmf-data`, then `X.sigmf-meta`, which makes it whole.

        with CaptureWriter(path, rate_sps, waveform="pluto256") as writer:
            writer.write(samples)

    Until the end of the block there are only files with a leading dot and the ending `.part`; an exception removes
    them.

    Args:
        path: either file of the recording, or their common name.
        rate_sps: sampling rate `[samples/s]`.
        waveform: name of the waveform that was sent, None if unknown.
        datatype: `cf32_le`, or `ci16_le`, which takes values within ±1 and clips the rest.
        frequency_hz: carrier frequency; None for samples that were never on the air `[Hz]`.
        description: for people.
        started: when the first sample was taken; now, if not given.

    Raises:
        ConfigurationError: a data type that is not written, or a rate that is not one.
        MissingExtra: the `sigmf` package is not installed (at the end, when the metadata is checked).
        InvalidCapture: nothing was written (at the end).
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        rate_sps: float,
        waveform: str | None = None,
        *,
        datatype: str = "cf32_le",
        frequency_hz: float | None = None,
        description: str = "",
        started: datetime | None = None,
    ) -> None:
        require_recordable(datatype, rate_sps)
        self._meta_path, self._data_path = recording_files(path)
        self._meta_part, self._data_part = (
            target.with_name(f".{target.name}.part") for target in (self._meta_path, self._data_path)
        )
        self._datatype = datatype
        self._fields = global_fields(datatype, rate_sps, waveform, description=description)
        started = started or datetime.now(timezone.utc)
        self._segment = segment_fields(0, started, SegmentSettings(frequency_hz))
        self._annotations: list[Fields] = []
        self._n_samples = 0
        self._digest = hashlib.sha512()
        self._file = self._data_part.open("wb")

    def __enter__(self) -> CaptureWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    def write(self, samples: ComplexArray) -> None:
        """Append c64 `[n]`."""
        data = encoded(samples, self._datatype)
        self._file.write(data)
        self._digest.update(data)
        self._n_samples += samples.size

    def annotate(self, first_sample: int, n_samples: int, label: str) -> None:
        """Mark a stretch of the recording, with a label of at most 20 characters."""
        self._annotations.append(
            {"core:sample_start": first_sample, "core:sample_count": n_samples, "core:label": label[:MAX_LABEL]}
        )

    def annotate_frame(self, annotation: Fields) -> None:
        """Add the annotation of a received frame, as `annotations.frame_annotation` makes it."""
        self._annotations.append(annotation)

    def discard(self) -> None:
        """Leave nothing."""
        self._file.close()
        for part in (self._data_part, self._meta_part):
            part.unlink(missing_ok=True)

    def close(self) -> Capture:
        """Finish the recording and return it."""
        try:
            self._file.close()
            if self._n_samples == 0:
                raise InvalidCapture(f"nothing was recorded: {self._data_path.name} is not written")
            metadata = whole_metadata(
                self._fields, [self._segment], self._annotations, self._n_samples, self._digest.hexdigest()
            )
            check_metadata(metadata, self._meta_path.name)
            self._meta_part.write_text(metadata_text(metadata), encoding="utf-8")
            # Without its metadata a recording is none: a reader never sees new metadata beside old samples.
            self._meta_path.unlink(missing_ok=True)
            self._data_part.replace(self._data_path)
            self._meta_part.replace(self._meta_path)
        except BaseException:
            self.discard()
            raise
        return open_capture(self._meta_path, verify=False)


def write_capture(
    path: str | os.PathLike[str],
    samples: ComplexArray,
    rate_sps: float,
    waveform: str | None = None,
    *,
    datatype: str = "cf32_le",
    frequency_hz: float | None = None,
    description: str = "",
) -> Capture:
    """Write c64 `[n]` as a SigMF recording; arguments and errors are those of `CaptureWriter`."""
    writer = CaptureWriter(
        path, rate_sps, waveform, datatype=datatype, frequency_hz=frequency_hz, description=description
    )
    try:
        writer.write(samples)
    except BaseException:
        writer.discard()
        raise
    return writer.close()

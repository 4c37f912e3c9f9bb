# SPDX-License-Identifier: MIT
"""Recording what nobody can send again: at every moment all that was written can be made a recording.

`capture.journal` tells what lies on the disk meanwhile.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from lrisc_sdr.capture.encoding import encoded, require_recordable
from lrisc_sdr.capture.journal import Journal, is_held, journal_file, put_metadata, reserve_file
from lrisc_sdr.capture.metadata import Fields, metadata_text, whole_metadata
from lrisc_sdr.capture.names import DTYPES, recording_files
from lrisc_sdr.capture.validation import MAX_ENTRIES, MAX_META_BYTES, check_metadata
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.types import ComplexArray

RESERVE_STEP = 1 << 16
"""Room on the disk for metadata grows by so much `[bytes]`."""
# No reader takes more metadata. Annotations leave room for segments, without which samples would be in a wrong place.
_ANNOTATIONS_SHARE, _SEGMENTS_SHARE = 0.75, 0.99
_NO_DIGEST = "0" * 128
_EMPTY: Fields = {"global": {}, "captures": [], "annotations": []}
# What the digest and the count of the samples will take, and the line end and indent of an annotation.
_HEAD_BYTES, _AROUND_BYTES = 1 << 9, 8


class LiveWriter:
    """Writes samples as they come, in segments; a disk that is full ends the recording, and not the caller.

    Args:
        path: either file of the recording, or their common name.
        fields: the global object, from `metadata.global_fields`.
        replace: remove a recording that has that name, unless somebody is making it.

    Raises:
        ConfigurationError: there is such a recording already, or it cannot be written.

    Attributes:
        n_samples: samples on the disk.
        ended_by: why no more is written, in the system's words, or None.
        annotations_left_out: those for which metadata has no more room.
    """

    def __init__(self, path: str | os.PathLike[str], fields: Fields, *, replace: bool = False) -> None:
        require_recordable(fields["core:datatype"], fields["core:sample_rate"])
        self._meta_path, self._data_path = recording_files(path)
        self._fields, self._datatype = fields, str(fields["core:datatype"])
        if replace and not is_held(path):
            for file in (*recording_files(path), journal_file(path)):
                file.unlink(missing_ok=True)
        require_free(path)
        self._segments: list[Fields] = []
        self._annotations: list[Fields] = []
        self._digest = hashlib.sha512()
        self.n_samples = 0
        self.ended_by: str | None = None
        self.annotations_left_out = 0
        # The packages that will be needed at the end are here, and the fields are right.
        check_metadata(whole_metadata(fields, [], [], 1, _NO_DIGEST), self._meta_path.name)
        try:
            self._journal = Journal(path, fields)
        except OSError as error:
            raise ConfigurationError(
                f"the recording {self._data_path.with_suffix('')} cannot be written: {error.strerror}"
            ) from error
        self._room = self._meta_bytes = 0
        self._reserve: int | None = None
        self._data: int | None = None
        with self._ending():
            self._reserve = _create(reserve_file(self._meta_path))
            self._data = _create(self._data_path)
            self._need(_HEAD_BYTES + len(metadata_text({**_EMPTY, "global": fields})))

    def begin(self, segment: Fields) -> None:
        """Begin a segment, of `metadata.segment_fields`, with the next sample; in place of one that has none yet."""
        if self.ended_by is not None:
            return
        if len(self._segments) >= MAX_ENTRIES or self._meta_bytes > _SEGMENTS_SHARE * MAX_META_BYTES:
            self.ended_by = f"{len(self._segments)} gaps are more than metadata has room for"
            return
        with self._ending():
            self._need(len(metadata_text({**_EMPTY, "captures": [segment]})))
            self._journal.segment(segment)
            if self._segments and self._segments[-1]["core:sample_start"] == segment["core:sample_start"]:
                self._segments.pop()
            self._segments.append(segment)

    def write(self, samples: ComplexArray) -> int:
        """Append c64 `[n]`; returns how many of them are on the disk."""
        if self.ended_by is not None or self._data is None:
            return 0
        data, item = encoded(samples, self._datatype), DTYPES[self._datatype].itemsize
        written = 0
        with self._ending():
            while written < len(data):
                written += os.write(self._data, data[written:])
        whole = written // item
        self._digest.update(data[: whole * item])
        self.n_samples += whole
        return whole

    def annotate(self, annotation: Fields) -> None:
        """Add an annotation; what it says of samples that are never written is left out at the end."""
        if self.ended_by is not None and annotation["core:sample_start"] >= self.n_samples:
            return
        length = len(json.dumps(annotation)) + _AROUND_BYTES
        if len(self._annotations) >= MAX_ENTRIES or self._meta_bytes + length > _ANNOTATIONS_SHARE * MAX_META_BYTES:
            self.annotations_left_out += 1
            return
        if self.ended_by is not None:
            if self._meta_bytes + length <= self._room:
                self._meta_bytes += length
                self._annotations.append(annotation)
            return
        with self._ending():
            self._need(length)
            self._journal.annotation(annotation)
            self._annotations.append(annotation)

    def close(self) -> Path | None:
        """End the recording; returns its metadata file, or None where not one sample was written.

        Raises:
            LriscError: the metadata cannot be written; `lrisc check --repair` makes the recording whole elsewhere.
        """
        for file in (self._data, self._reserve):
            if file is not None:
                os.close(file)
        self._data = self._reserve = None
        if self.n_samples == 0:
            for path in (reserve_file(self._meta_path), self._data_path):
                path.unlink(missing_ok=True)
            self._journal.close()
            return None
        metadata = whole_metadata(
            self._fields, self._segments, self._annotations, self.n_samples, self._digest.hexdigest()
        )
        check_metadata(metadata, self._meta_path.name)
        try:
            os.truncate(self._data_path, self.n_samples * DTYPES[self._datatype].itemsize)
            put_metadata(self._meta_path, metadata)
        except OSError as error:
            raise ConfigurationError(
                f"{self._meta_path.name} cannot be written: {error.strerror}; its samples are there, and "
                f"'lrisc check --repair {self._data_path.with_suffix('')}' makes them a recording"
            ) from error
        self._journal.close()
        return self._meta_path

    @contextlib.contextmanager
    def _ending(self) -> Iterator[None]:
        """What the system refuses ends the recording."""
        try:
            yield
        except OSError as error:
            self.ended_by = error.strerror or str(error)

    def _need(self, n_bytes: int) -> None:
        """Make sure that so many more bytes of metadata will find room."""
        assert self._reserve is not None
        while self._room < self._meta_bytes + n_bytes:
            os.posix_fallocate(self._reserve, self._room, RESERVE_STEP)
            self._room += RESERVE_STEP
        self._meta_bytes += n_bytes


def require_free(path: str | os.PathLike[str]) -> None:
    """Whether a recording may be made under a name.

    Raises:
        ConfigurationError: there is one already, or no such folder.
    """
    files = (*recording_files(path), journal_file(path))
    for file in files:
        if file.exists():
            raise ConfigurationError(f"{file} is there already: choose another name for the recording")
    if not files[0].parent.is_dir():
        raise ConfigurationError(f"there is no folder {files[0].parent}: make it, or choose another for the recording")


def _create(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)

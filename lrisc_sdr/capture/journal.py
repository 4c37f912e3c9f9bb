# SPDX-License-Identifier: MIT
"""What lies on the disk while samples are recorded that nobody can send again.

    name               from                 to                       holds
    X.sigmf-journal    before everything    the end of the recording  what is known so far, one JSON object a line
    X.sigmf-data       the first sample     for ever                  the samples so far, perhaps half of one at its end
    .X.sigmf-meta.part before the samples   the end of the recording  room on the disk for the metadata
    X.sigmf-meta       the end              for ever                  the metadata: from now on it is a recording

The journal's first line is {"lrisc_journal": 1, "global": {…}}, every other one {"segment": {…}} or
{"annotation": {…}}, each with the fields that the metadata will have. A line stands for what lies before it in the data
file or in the writer's next write, never for less than is on the disk: a recorder that is killed, or a machine that
stops, leaves at worst a last line that is cut, samples without annotations, and annotations beyond the samples.

`finish` makes a recording of that: it cuts the data file to whole samples, leaves out what lies behind them, adds
count and sha512, and writes the metadata. While a recorder lives it holds a lock (flock) on the journal, and `finish`
refuses. A journal beside metadata is left over from the last moment of a recording that is whole.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from lrisc_sdr.capture.metadata import Fields, metadata_text, whole_metadata
from lrisc_sdr.capture.names import DTYPES, JOURNAL_SUFFIX, META_SUFFIX, recording_files
from lrisc_sdr.capture.stored import sha512_of
from lrisc_sdr.capture.validation import check_metadata, parse_metadata
from lrisc_sdr.errors import InvalidCapture

VERSION = 1


class Journal:
    """The journal of a recording that begins; its lock is held until `close`.

    Args:
        path: the recording's files or their common name.
        fields: the global object.

    Raises:
        FileExistsError: there is a journal.
    """

    def __init__(self, path: str | os.PathLike[str], fields: Fields) -> None:
        self.path = journal_file(path)
        self._file = self.path.open("xb", buffering=0)
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._write({"lrisc_journal": VERSION, "global": fields})

    def segment(self, fields: Fields) -> None:
        """Note a segment that begins."""
        self._write({"segment": fields})

    def annotation(self, fields: Fields) -> None:
        """Note an annotation."""
        self._write({"annotation": fields})

    def close(self) -> None:
        """Remove the journal, and let go of it after."""
        self.path.unlink(missing_ok=True)
        self._file.close()

    def _write(self, entry: Fields) -> None:
        self._file.write(json.dumps(entry, allow_nan=False).encode() + b"\n")


@dataclass
class Unfinished:
    """What a journal says."""

    fields: Fields
    segments: list[Fields] = field(default_factory=list)
    annotations: list[Fields] = field(default_factory=list)


def journal_file(path: str | os.PathLike[str]) -> Path:
    """The journal's place beside a recording's files."""
    meta, _ = recording_files(path)
    return meta.with_name(meta.name.removesuffix(META_SUFFIX) + JOURNAL_SUFFIX)


def read_journal(path: Path) -> Unfinished:
    """What a journal says, up to its last whole line.

    Raises:
        InvalidCapture: it is no journal of this version.
    """
    with path.open("rb") as file:
        lines = iter(_entries(file, path.name))
        first = next(lines, {})
        if first.get("lrisc_journal") != VERSION or not isinstance(first.get("global"), dict):
            raise InvalidCapture(f"{path.name} is no journal of a recording")
        unfinished = Unfinished(first["global"])
        for entry in lines:
            for name, entries in (("segment", unfinished.segments), ("annotation", unfinished.annotations)):
                if isinstance(entry.get(name), dict):
                    entries.append(entry[name])
    return unfinished


def _entries(file: BinaryIO, name: str) -> Iterator[Fields]:
    for line in file:
        if line.endswith(b"\n"):
            yield parse_metadata(line, name)


def is_held(path: str | os.PathLike[str]) -> bool:
    """Whether somebody is recording under this name just now."""
    try:
        with journal_file(path).open("rb") as journal:
            return not _hold(journal)
    except OSError:
        return False


def _hold(journal: BinaryIO) -> bool:
    """Take a journal's lock, which its closing gives back; False where somebody else has it."""
    try:
        fcntl.flock(journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def finish(path: str | os.PathLike[str]) -> Path:
    """Make a recording of what a recorder left that was killed; returns its metadata file.

    Args:
        path: the recording's files or their common name.

    Raises:
        InvalidCapture: there is no journal, somebody holds it, it is damaged, or there are no samples.
        OSError: the files cannot be written.
    """
    place = journal_file(path)
    meta, data = recording_files(path)
    if not place.is_file():
        raise InvalidCapture(f"there is no {place.name}: nothing is unfinished here")
    with place.open("rb") as journal:
        if not _hold(journal):
            raise InvalidCapture(f"{data.name} is still being recorded: end that first")
        if not meta.exists():
            _finish(read_journal(place), meta, data)
        place.unlink()
    return meta


def _finish(unfinished: Unfinished, meta: Path, data: Path) -> None:
    datatype = DTYPES.get(str(unfinished.fields.get("core:datatype")))
    if datatype is None:
        raise InvalidCapture(f"the journal of {data.name} names no data type")
    n_samples = data.stat().st_size // datatype.itemsize if data.is_file() else 0
    if n_samples == 0:
        raise InvalidCapture(f"{data.name} has no samples: remove it and {data.with_suffix(JOURNAL_SUFFIX).name}")
    size = n_samples * datatype.itemsize
    digest = sha512_of(data, 0, size)
    metadata = whole_metadata(unfinished.fields, unfinished.segments, unfinished.annotations, n_samples, digest)
    check_metadata(metadata, meta.name)
    os.truncate(data, size)
    put_metadata(meta, metadata)


def reserve_file(meta: Path) -> Path:
    """Where metadata is written before it has its name."""
    return meta.with_name(f".{meta.name}.part")


def put_metadata(meta: Path, metadata: Fields) -> None:
    """Write a metadata file, whole or not at all, within the room that was reserved for it: a full disk has no other.

    Raises:
        OSError: it cannot be written.
    """
    part = reserve_file(meta)
    data = memoryview(metadata_text(metadata).encode())
    file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        length = len(data)
        while data:
            data = data[os.write(file, data) :]
        os.ftruncate(file, length)
        os.fsync(file)
    finally:
        os.close(file)
    part.replace(meta)

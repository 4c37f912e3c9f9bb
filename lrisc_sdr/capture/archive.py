# SPDX-License-Identifier: MIT
"""SigMF archives, `X.sigmf`: tar files whose samples are read where they lie; nothing is unpacked."""

from __future__ import annotations

import tarfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from lrisc_sdr.capture.names import DATA_SUFFIX, META_SUFFIX
from lrisc_sdr.capture.stored import open_no_link
from lrisc_sdr.capture.validation import MAX_META_BYTES
from lrisc_sdr.errors import InvalidCapture

ARCHIVE_SUFFIX = ".sigmf"
MAX_MEMBERS = 1000
_MAX_HEADER_BYTES = 1 << 16


@dataclass(frozen=True)
class Member:
    """One recording in an archive.

    Attributes:
        meta: its metadata as they are stored.
        data_name: name of its data file.
        offset_bytes: where that begins in the archive.
        size_bytes: how long it is.
    """

    meta: bytes
    data_name: str
    offset_bytes: int
    size_bytes: int


def find_recording(path: Path) -> Member:
    """The one recording in an archive.

    Raises:
        InvalidCapture: not a tar file (or a compressed one), too many members, links, several recordings, or none.
    """
    try:
        with open_no_link(path) as file:
            members = _members(file)
            metas = [member for member in members if member.name.endswith(META_SUFFIX)]
            if len(metas) != 1:
                names = ", ".join(_name(member) for member in metas[:3])
                raise InvalidCapture(
                    f"{path.name} holds {len(metas)} recordings{f' ({names} …)' if names else ''}, not one: "
                    "unpack it and name one"
                )
            (meta,) = metas
            if meta.size > MAX_META_BYTES:
                raise InvalidCapture(f"{path.name} has metadata larger than {MAX_META_BYTES >> 20} MiB")
            wanted = meta.name.removesuffix(META_SUFFIX) + DATA_SUFFIX
            data = [member for member in members if member.name == wanted]
            if len(data) != 1:
                raise InvalidCapture(f"{path.name} holds {len(data)} files {_name(wanted)}, not one")
            file.seek(meta.offset_data)
            return Member(file.read(meta.size), PurePosixPath(wanted).name, data[0].offset_data, data[0].size)
    except (tarfile.TarError, ValueError, OverflowError, RecursionError) as error:
        words = " ".join(str(error).split())[:120]
        raise InvalidCapture(f"{path.name} is not an uncompressed SigMF archive: {words}") from error
    except OSError as error:
        raise InvalidCapture(f"{path.name} cannot be read: {error.strerror}") from error


def _members(file: BinaryIO) -> list[tarfile.TarInfo]:
    """All members, of which only headers are read."""
    members: list[tarfile.TarInfo] = []
    with tarfile.TarFile(fileobj=cast("BinaryIO", _Headers(file))) as archive:
        for member in archive:
            if len(members) == MAX_MEMBERS:
                raise tarfile.ReadError(f"more than {MAX_MEMBERS} members")
            if member.isdir():
                continue
            if not member.isreg() or member.issparse():
                raise tarfile.ReadError(f"{_name(member)} is a link or another thing than a file")
            members.append(member)
    return members


class _Headers:
    """A file from which tarfile cannot read more at once than a header: an extended one says itself how long it is."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.tell, self.seek = file.tell, file.seek

    def read(self, size: int) -> bytes:
        """At most `_MAX_HEADER_BYTES`."""
        if not 0 <= size <= _MAX_HEADER_BYTES:
            raise tarfile.ReadError(f"a header of {size} bytes")
        return self._file.read(size)


def _name(member: tarfile.TarInfo | str) -> str:
    return repr(PurePosixPath(member if isinstance(member, str) else member.name).name)[:60]

# SPDX-License-Identifier: MIT
"""The decoder's folder: pictures, and a line of JSON for each of the spool's results, once and in their order."""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.link.messages import Result

RESULTS = "pictures.jsonl"
_PICTURE = re.compile(r"(\d{5})(?:-(\d+))?\.png")
_TAIL_BYTES = 65_536
# Every time keeps the service from its work for a moment; until then the spool has these results, too.
SYNCED = 1_024


def as_json(result: Result) -> str:
    """The result as one line of JSON, without the wire format's `kind`."""
    fields = msgspec.to_builtins(result)
    del fields["kind"]
    return json.dumps(fields, allow_nan=False)


class Lines:
    """The file `pictures.jsonl`. A line that a crash has cut short is cut off.

    Attributes:
        last: the number of the last result in it.

    Raises:
        ConfigurationError: the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.last = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = os.open(folder / RESULTS, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
            self._mend()
            os.fsync(self._file)
        except OSError as error:
            raise self._unwritable(error) from None
        self._durable = self.last

    def _mend(self) -> None:
        size = os.fstat(self._file).st_size
        tail = os.pread(self._file, _TAIL_BYTES, max(0, size - _TAIL_BYTES))
        whole, _, rest = tail.rpartition(b"\n")
        if rest:
            os.ftruncate(self._file, size - len(rest))
        try:
            self.last = int(json.loads(whole.rpartition(b"\n")[2])["number"])
        except (ValueError, KeyError, TypeError):
            self.last = 0  # an empty file, or one of something else

    def write(self, results: Iterable[Result]) -> None:
        """Append results, all at once.

        Raises:
            ConfigurationError: the folder can no longer be written.
        """
        results = list(results)
        if not results:
            return
        if not (self._folder / RESULTS).exists():
            raise self._unwritable(FileNotFoundError(errno.ENOENT, "it is gone"))
        lines = "".join(f"{as_json(result)}\n" for result in results).encode()
        try:
            if os.write(self._file, lines) != len(lines):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            raise self._unwritable(error) from None
        self.last = results[-1].number or self.last

    def sync(self) -> int | None:
        """Put the lines on the disk where there are many since the last time, and return the last one's number.

        Raises:
            ConfigurationError: the folder can no longer be written.
        """
        if self.last - self._durable < SYNCED:
            return None
        try:
            os.fdatasync(self._file)
        except OSError as error:
            raise self._unwritable(error) from None
        self._durable = self.last
        return self._durable

    def taken_names(self) -> dict[int, int]:
        """How often each number of a picture is used by a file in the folder."""
        used: dict[int, int] = {}
        for file in self._folder.iterdir():
            match = _PICTURE.fullmatch(file.name)
            if match is not None:
                number = int(match[1])
                used[number] = max(used.get(number, 0), int(match[2] or 1))
        return used

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)

    def _unwritable(self, error: OSError) -> ConfigurationError:
        return ConfigurationError(
            f"{self._folder} cannot be written: {error.strerror}; choose another folder, or free some space"
        )


def write_durably(folder: Path, files: Iterable[tuple[str, bytes]]) -> None:
    """Write files so that each is whole or not there, and still there after the machine loses its power.

    Raises:
        ConfigurationError: the folder cannot be written.
    """
    written = False
    try:
        for name, content in files:
            part = folder / f".{name}.{os.getpid()}.part"
            try:
                with part.open("wb") as out:
                    out.write(content)
                    out.flush()
                    os.fsync(out.fileno())
                part.replace(folder / name)
            finally:
                part.unlink(missing_ok=True)
            written = True
        if written:
            directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(directory)
            finally:
                os.close(directory)
    except OSError as error:
        raise ConfigurationError(f"{folder} cannot be written: {error.strerror}; free some space") from None

# SPDX-License-Identifier: MIT
"""The rows of a campaign's folder, written and claimed by any number of processes at once.

    OUT/rows.jsonl     one row a received picture; all rows of a reception are appended at once
        .lock          byte 0: held while rows are appended; byte h(key): held by the process that works on that job

A lock is the kernel's (POSIX record locks): it ends with its process, however that ends, so that no claim grows stale.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from lrisc_sdr.errors import ConfigurationError, InputError

ROWS = "rows.jsonl"
LOCK = ".lock"

Row = Mapping[str, Any]


def key_of(inputs: Mapping[str, Any]) -> str:
    """16 hexadecimal digits that stand for all inputs of a job or of a row."""
    text = json.dumps(inputs, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def read_rows(folder: Path) -> list[dict[str, Any]]:
    """All rows of a campaign's folder, in the order in which they were finished.

    Raises:
        InputError: there is no such file, or a line of it is not a row.
    """
    path = folder / ROWS
    if not path.is_file():
        raise InputError(f"{folder} holds no campaign: there is no {ROWS} in it")
    return _parse(path.read_bytes(), path)


class RowStore:
    """What this process knows of a folder's rows. One to a folder and process: the locks belong to the process.

    Args:
        folder: the campaign's; made if it does not exist.

    Raises:
        ConfigurationError: the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
            (folder / ROWS).touch()
        except OSError as error:
            raise ConfigurationError(f"{folder} cannot be written: {error.strerror}; choose another --out") from None
        self._path = folder / ROWS
        self._read_to = 0
        self.finished: set[str] = set()

    def refresh(self) -> set[str]:
        """Keys of all rows that are there, those of other processes included."""
        with self._path.open("rb") as file:
            file.seek(self._read_to)
            new = file.read()
        whole = new[: new.rfind(b"\n") + 1]
        self._read_to += len(whole)
        self.finished |= {row["key"] for row in _parse(whole, self._path)}
        return self.finished

    @contextlib.contextmanager
    def claim(self, key: str, rows: Collection[str]) -> Iterator[bool]:
        """Whether a job is this process's to do: neither finished nor at work in another; until the context ends.

        Args:
            key: of the job.
            rows: keys of its rows; it is finished when all of them are there.
        """
        position = 1 + int(key, 16) % (2**62)
        try:
            fcntl.lockf(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, position)
        except BlockingIOError:
            yield False
            return
        try:
            yield not self.refresh().issuperset(rows)
        finally:
            fcntl.lockf(self._lock, fcntl.LOCK_UN, 1, position)

    def append(self, rows: Sequence[Row]) -> None:
        """Add the rows of one job; what a killed process left half-written before them is taken away."""
        text = "".join(json.dumps(row, allow_nan=False, ensure_ascii=False) + "\n" for row in rows).encode()
        fcntl.lockf(self._lock, fcntl.LOCK_EX, 1, 0)
        try:
            with self._path.open("r+b") as file:
                if file.seek(0, os.SEEK_END):
                    file.seek(-1, os.SEEK_END)
                    if file.read() != b"\n":
                        file.seek(0)
                        file.seek(_end_of_last_line(file.read()))
                        file.truncate()
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        finally:
            fcntl.lockf(self._lock, fcntl.LOCK_UN, 1, 0)

    def close(self) -> None:
        """Give up all locks."""
        os.close(self._lock)


def _end_of_last_line(body: bytes) -> int:
    return body.rfind(b"\n") + 1


def _parse(body: bytes, path: Path) -> list[dict[str, Any]]:
    lines = body[: _end_of_last_line(body)].splitlines()
    try:
        rows = [json.loads(line) for line in lines]
        if not all(isinstance(row, dict) and isinstance(row.get("key"), str) for row in rows):
            raise ValueError("a line is not a row")
    except ValueError as error:
        raise InputError(f"{path} is damaged: {error}") from error
    return rows

# SPDX-License-Identifier: MIT
"""A receiver's own small spool: frames on the disk while the decoder is away."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from lrisc_sdr.errors import ConfigurationError, SpoolFull

QUOTA_BYTES = 10**9

_TABLES = """
CREATE TABLE IF NOT EXISTS frames (sequence INTEGER PRIMARY KEY, head BLOB NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS stream (id TEXT NOT NULL);
"""


class Outbox:
    """Frames in a file, the oldest first. One process and one thread.

    Args:
        file: made if it does not exist. One that an earlier receiver left has its frames, and its stream.
        quota_bytes: how much may be in it.

    Attributes:
        stream: the stream of its frames, and of all that follow.
        last_sequence: the highest sequence number in it.

    Raises:
        ConfigurationError: the file cannot be written, or is something else.
    """

    def __init__(self, file: Path, *, quota_bytes: int = QUOTA_BYTES) -> None:
        self.file = file
        self._quota_bytes = quota_bytes
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._db = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_TABLES)
            # Another run's frames are another stream, unless some of the earlier ones are still to be sent.
            self._db.execute("DELETE FROM stream WHERE NOT EXISTS (SELECT 1 FROM frames)")
            row = self._db.execute("SELECT id FROM stream").fetchone()
            if row is None:
                row = (os.urandom(8).hex(),)
                self._db.execute("INSERT INTO stream VALUES (?)", row)
        except (OSError, sqlite3.Error) as error:
            raise ConfigurationError(f"{file} cannot be used to keep frames: {error}; choose another file") from None
        self.stream: str = row[0]
        (self.last_sequence, self._bytes) = self._db.execute(
            "SELECT coalesce(max(sequence), 0), coalesce(sum(length(head) + length(body)), 0) FROM frames"
        ).fetchone()

    def put(self, sequence: int, parts: list[bytes]) -> None:
        """Keep a frame's message, unless it is kept already.

        Raises:
            SpoolFull: the quota or the disk has no room for it; it was not kept.
        """
        size = len(parts[1]) + len(parts[2])
        if self._bytes + size > self._quota_bytes:
            raise SpoolFull(
                f"{self.file} is full: {self._quota_bytes / 1e6:.0f} MB of frames wait for the decoder; start it"
            )
        try:
            added = self._db.execute("INSERT OR IGNORE INTO frames VALUES (?, ?, ?)", (sequence, parts[1], parts[2]))
        except sqlite3.OperationalError as error:
            raise SpoolFull(f"{self.file} cannot be written: {error}") from error
        self._bytes += size * added.rowcount

    def take(self, after: int) -> tuple[int, bytes, bytes] | None:
        """Sequence number, head and body of the oldest frame after a number; it stays until it is dropped."""
        row: tuple[int, bytes, bytes] | None = self._db.execute(
            "SELECT sequence, head, body FROM frames WHERE sequence > ? ORDER BY sequence LIMIT 1", (after,)
        ).fetchone()
        return row

    def drop(self, sequence: int) -> None:
        """The decoder has this frame."""
        for (size,) in self._db.execute(
            "DELETE FROM frames WHERE sequence = ? RETURNING length(head) + length(body)", (sequence,)
        ).fetchall():
            self._bytes -= size

    def __len__(self) -> int:
        """Frames that are kept."""
        return int(self._db.execute("SELECT count(*) FROM frames").fetchone()[0])

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

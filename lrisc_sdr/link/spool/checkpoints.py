# SPDX-License-Identifier: MIT
"""Checkpoints of the spool beside the thread that commits: pages from the WAL into the file, and the WAL begins anew.

SQLite's own, within the commit that makes the WAL too long, keeps that commit waiting for thousands of pages and two
fsyncs. Here a thread copies them while others commit. What is committed meanwhile is a few pages, which the thread that
commits copies itself when the WAL is long: only where nothing is left to copy does the next commit begin at its start.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

EVERY_S = 0.5
PASSIVE = "PRAGMA wal_checkpoint(PASSIVE)"


class Checkpoints:
    """Of one file. They never wait for the thread that commits, nor that thread for them.

    Args:
        db: its connection; `turn` is called on the thread that uses it, between transactions.
        file: the SQLite file.
        long_pages: how many pages are a long WAL.
    """

    def __init__(self, db: sqlite3.Connection, file: Path, long_pages: int) -> None:
        self._db = db
        self._file = file
        self._long_pages = long_pages
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="checkpoint")
        self._copying: Future[int] | None = None
        self._changes = db.total_changes
        self._began = 0.0

    def turn(self) -> None:
        """Begin one where something was committed and `EVERY_S` have passed, or end the one that was begun."""
        if self._copying is not None:
            if self._copying.done():
                if self._copying.result() >= self._long_pages:
                    _copy(self._db)
                self._copying = None
        elif self._db.total_changes != self._changes and time.monotonic() - self._began >= EVERY_S:
            self._changes = self._db.total_changes
            self._began = time.monotonic()
            self._copying = self._thread.submit(_copy_beside, self._file)

    def close(self) -> None:
        """Let the thread end; before the connection is closed."""
        self._thread.shutdown()


def _copy_beside(file: Path) -> int:
    """How many pages the WAL has; the second time copies what has come in the first."""
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous=FULL")
        return max(_copy(db), _copy(db))


def _copy(db: sqlite3.Connection) -> int:
    """How many pages the WAL has; 0 where the disk is full or another process is at it: it is done another time."""
    try:
        ((_, pages, _),) = db.execute(PASSIVE).fetchall()
    except sqlite3.OperationalError:
        return 0
    return int(pages)

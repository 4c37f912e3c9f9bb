# SPDX-License-Identifier: MIT
"""The spool's SQLite file: its tables, its transactions, and what a full disk looks like."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lrisc_sdr.errors import ConfigurationError, InputError, SpoolFull
from lrisc_sdr.link.spool.checkpoints import Checkpoints

NAME = "spool.sqlite"
APPLICATION = 0x4C524943  # "LRIC", so that `file` and we know it
VERSION = 2
PAGE_BYTES = 8_192
# A whole turn of the broker (`clients.MAX_TURN_BYTES`): nothing is written before its commit.
CACHE_KIB = 32_768
WAL_BYTES = 128 * 1024**2
BUSY_S = 10.0
TRIES = 3

_TABLES = """
CREATE TABLE pictures (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    stream TEXT NOT NULL,
    signature BLOB NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    count INTEGER NOT NULL,
    held INTEGER NOT NULL DEFAULT 0,      -- different frames that are there
    decoded INTEGER NOT NULL DEFAULT 0,   -- of how many frames the last result was made
    versions INTEGER NOT NULL DEFAULT 0,  -- results so far
    heard REAL NOT NULL,                  -- monotonic clock of this boot: last frame, or last result
    boot TEXT NOT NULL,
    owner TEXT,                           -- the lease
    until REAL,
    tries INTEGER NOT NULL DEFAULT 0,
    error TEXT
);
CREATE INDEX pictures_by_state ON pictures (state, id);
CREATE INDEX pictures_by_stream ON pictures (stream, signature, id);
CREATE TABLE frames (
    id BLOB PRIMARY KEY,
    picture INTEGER NOT NULL,
    position INTEGER NOT NULL,
    snr_db REAL NOT NULL,
    head BLOB NOT NULL,
    body BLOB NOT NULL
);
CREATE TABLE seen (
    id BLOB PRIMARY KEY                   -- frames whose pictures are done, to know them again
);
CREATE INDEX frames_by_picture ON frames (picture, position);
CREATE TABLE results (number INTEGER PRIMARY KEY AUTOINCREMENT, line TEXT NOT NULL);
CREATE TABLE names (picture_id INTEGER PRIMARY KEY, used INTEGER NOT NULL);
"""


def this_boot() -> str:
    """What differs after every boot of this machine: the monotonic clock starts again with it."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        # Not Linux: the time of the boot, to the minute.
        return str(round((time.time() - time.monotonic()) / 60))


class SpoolFile:
    """The open file, which is safe with every crash of a process or of the machine: WAL, `synchronous=FULL`.

    Args:
        folder: where it lies; made if it does not exist, readable by its owner alone.
        quota_bytes: how much may be in it.
        clock: seconds since some moment, which nobody can set back.
        boot: names the time in which that clock counts.
        serve: whether this process is the one that hands out leases. One only; those of its predecessor end.

    Raises:
        ConfigurationError: the folder cannot be written, or is another service's.
        InputError: the file is no spool.
    """

    def __init__(
        self,
        folder: Path,
        *,
        quota_bytes: int,
        clock: Callable[[], float] = time.monotonic,
        boot: str | None = None,
        serve: bool = True,
    ) -> None:
        self.folder = folder
        self.quota_bytes = quota_bytes
        self._clock = clock
        self._boot = this_boot() if boot is None else boot
        self._lock: int | None = None
        self._checkpoints: Checkpoints | None = None
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if serve:
                self._lock = _lock(folder)
            self._db = sqlite3.connect(folder / NAME, isolation_level=None, timeout=BUSY_S, cached_statements=256)
        except (OSError, sqlite3.Error) as error:
            self._unlock()
            reason = error.strerror if isinstance(error, OSError) else error
            raise ConfigurationError(f"{folder} cannot be written: {reason}; choose another folder") from None
        try:
            self._open()
        except BaseException:
            self.close()
            raise
        if serve:
            self._checkpoints = Checkpoints(self._db, folder / NAME, WAL_BYTES // self._page_bytes)

    def _open(self) -> None:
        try:
            self._db.execute(f"PRAGMA page_size={PAGE_BYTES}")
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
            # What is deleted need not be overwritten: that would write every frame a second time.
            self._db.execute("PRAGMA secure_delete=OFF")
            self._db.execute(f"PRAGMA journal_size_limit={WAL_BYTES}")
            with self.transaction():
                (application,), (version,) = (
                    self._db.execute(f"PRAGMA {name}").fetchone() for name in ("application_id", "user_version")
                )
                empty = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
                self.fresh = empty
                if empty:
                    for statement in _TABLES.split(";\n"):
                        self._db.execute(statement)
                    self._db.execute(f"PRAGMA application_id={APPLICATION}")
                    self._db.execute(f"PRAGMA user_version={VERSION}")
                elif (application, version) != (APPLICATION, VERSION):
                    raise InputError(f"{self.folder / NAME} is no spool of this version: move it away")
            (self._page_bytes,) = self._db.execute("PRAGMA page_size").fetchone()
            # Within a commit only where the checkpoints beside it do not keep up.
            self._db.execute(f"PRAGMA wal_autocheckpoint={2 * WAL_BYTES // self._page_bytes}")
        except sqlite3.DatabaseError as error:
            raise InputError(f"{self.folder / NAME} is no spool ({error}): move it away") from None

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, and on the disk when it is left. One within another is a part of it.

        Raises:
            SpoolFull: the disk has no room for it; nothing was changed.
        """
        if self._db.in_transaction:
            yield
            return
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            self._roll_back()
            raise SpoolFull(f"the spool {self.folder} cannot be written: {error}") from error
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def checkpoint(self) -> None:
        """Keep the WAL short, on a thread of its own; to be called now and then, between transactions."""
        if self._checkpoints is not None:
            self._checkpoints.turn()

    def used_bytes(self) -> int:
        """How much is in the file, without the pages that are free again."""
        (pages,), (free,) = (self._db.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "freelist_count"))
        return int((pages - free) * self._page_bytes)

    def _rows(self, query: str, *values: Any, **named: Any) -> list[tuple[Any, ...]]:
        return self._db.execute(query, named or values).fetchall()

    def close(self) -> None:
        """Let go of the file."""
        if self._checkpoints is not None:
            self._checkpoints.close()
        self._db.close()
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _lock(folder: Path) -> int:
    """Held until the process ends, however it ends."""
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise ConfigurationError(f"{folder} is another decoder's spool: choose another folder with --spool") from None
    return lock

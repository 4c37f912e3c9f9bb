# SPDX-License-Identifier: MIT
"""What the spool writes to its disk besides the frames themselves, in bytes."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from pathlib import Path

import pytest

from lrisc_sdr.link.messages import Result
from lrisc_sdr.link.spool import Finished, Spool, SpooledFrame, checkpoints
from lrisc_sdr.link.spool.checkpoints import Checkpoints
from lrisc_sdr.link.spool.file import NAME
from lrisc_sdr.types import FrameHeader

BODY = bytes(1_000_000)


def put_and_finish(spool: Spool, number: int) -> None:
    identity = hashlib.blake2b(bytes([number]), digest_size=16).digest()
    spool.put([SpooledFrame(identity, 16 * "0", FrameHeader(number, 0, 1, 8, 40, 1), 10.0, b"head", BODY)])
    (lease,) = spool.claim("a", 1)
    spool.finish([Finished(lease.picture, lease.held, Result(picture_id=number, ok=True, frames_received=1))])


def wal_bytes(folder: Path) -> int:
    return (folder / f"{NAME}-wal").stat().st_size


def test_a_frame_is_written_once_and_not_again_when_it_is_done(tmp_path: Path) -> None:
    with contextlib.closing(Spool(tmp_path, quota_bytes=10**9)) as spool:
        put_and_finish(spool, 0)
        before = wal_bytes(tmp_path)
        for number in range(1, 11):
            put_and_finish(spool, number)
        assert wal_bytes(tmp_path) - before < 1.3 * 10 * len(BODY)


@pytest.mark.parametrize("long_pages", [1, 10**9])
def test_a_long_wal_begins_anew_although_others_commit_while_it_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, long_pages: int
) -> None:
    monkeypatch.setattr(checkpoints, "EVERY_S", 0.0)
    file = tmp_path / NAME
    with (
        contextlib.closing(sqlite3.connect(file, isolation_level=None)) as db,
        contextlib.closing(sqlite3.connect(file, isolation_level=None)) as reader,
    ):
        for setting in ("journal_mode=WAL", "wal_autocheckpoint=0"):
            db.execute(f"PRAGMA {setting}")
        db.execute("CREATE TABLE frames (body BLOB)")
        sizes = []
        for _ in range(6):
            copies = Checkpoints(db, file, long_pages)
            db.execute("INSERT INTO frames VALUES (?)", (BODY,))
            # As if it were committed while the thread copies: what a reader does not see is not copied.
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM frames").fetchall()
            db.execute("DELETE FROM frames")
            copies.turn()
            copies.close()  # waits for the thread
            reader.execute("COMMIT")
            copies.turn()
            sizes.append(wal_bytes(tmp_path))
    grows = sizes[-1] > 3 * sizes[0]
    assert grows == (long_pages > 1)

# SPDX-License-Identifier: MIT
"""Pictures out of the spool, and their results into it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from lrisc_sdr.link.messages import Result
from lrisc_sdr.link.spool.file import TRIES, SpoolFile
from lrisc_sdr.link.spool.intake import LATE_S
from lrisc_sdr.link.spool.rows import Finished, Lease, header_of
from lrisc_sdr.link.wire import shorten

LEASE_S = 600.0


class Leases(SpoolFile):
    """What workers do to the spool."""

    def claim(self, owner: str, n: int, lease_s: float = LEASE_S) -> list[Lease]:
        """Lease up to `n` pictures, the oldest first. Leases of before a reboot are void."""
        with self.transaction():
            rows = self._rows(
                """UPDATE pictures SET state = 'leased', owner = ?, until = ?, boot = ? WHERE id IN (
                       SELECT id FROM pictures
                       WHERE state = 'ready' OR (state = 'leased' AND boot <> ?) ORDER BY id LIMIT ?
                   ) RETURNING id, stream, signature, name, held, tries""",
                owner, self._clock() + lease_s, self._boot, self._boot, n,
            )  # fmt: skip
        leases = []
        for picture, stream, packed, name, held, tries in sorted(rows):
            frames = self._rows("SELECT head, body FROM frames WHERE picture = ? ORDER BY rowid", picture)
            leases.append(Lease(picture, stream, header_of(packed), name, held, tries, tuple(frames)))
        return leases

    def finish(self, finished: Sequence[Finished]) -> list[Result]:
        """Store results and mark their pictures as done, in one transaction; the results as they are published.

        Where there is a result of as many frames already, as after a lease that ended too early, the later one is
        dropped: both are the same.

        Raises:
            SpoolFull: the disk is full; nothing was changed, try again.
        """
        with self.transaction():
            return [result for item in finished for result in self._finish(item)]

    def _finish(self, item: Finished) -> list[Result]:
        rows = self._rows(
            """UPDATE pictures SET decoded = :held, versions = versions + 1, owner = NULL, tries = 0, error = NULL,
                   heard = :now, boot = :boot, state = CASE
                       WHEN held > :held AND held = count THEN 'ready' WHEN held > :held THEN 'open'
                       WHEN held = count THEN 'done' ELSE 'partial' END
               WHERE id = :picture AND :held > decoded AND state IN ('open', 'ready', 'leased')
               RETURNING state, versions, stream, count""",
            held=item.held, now=self._clock(), boot=self._boot, picture=item.picture,
        )  # fmt: skip
        if not rows:
            return []
        ((state, version, stream, count),) = rows
        if state == "done":
            self._forget(item.picture)
        return [self._store(msgspec.structs.replace(item.result, stream=stream, frames_sent=count), version)]

    def fail(self, failures: Iterable[tuple[int, str]]) -> list[Result]:
        """Pictures whose decoding failed, and why: once more, or into quarantine. The results of the latter."""
        with self.transaction():
            return [result for picture, error in failures for result in self._fail(picture, shorten(error))]

    def _fail(self, picture: int, error: str) -> list[Result]:
        rows = self._rows(
            """UPDATE pictures SET tries = tries + 1, error = ?, owner = NULL, heard = ?, boot = ?,
                   state = CASE WHEN tries + 1 >= ? THEN 'quarantined' ELSE 'ready' END,
                   versions = versions + (tries + 1 >= ?)
               WHERE id = ? AND state = 'leased' RETURNING state, versions, stream, signature, held""",
            error, self._clock(), self._boot, TRIES, TRIES, picture,
        )  # fmt: skip
        if not rows or rows[0][0] != "quarantined":
            return []
        ((_, version, stream, packed, held),) = rows
        header = header_of(packed)
        failed = Result(
            picture_id=header.picture_id,
            ok=False,
            error=shorten(f"in quarantine after {TRIES} tries, see `lrisc spool ls`: {error}"),
            frames_received=held,
            frames_sent=header.count,
            stream=stream,
        )
        return [self._store(failed, version)]

    def release(self, owner: str, pictures: Iterable[int] | None = None) -> int:
        """End leases of an owner, all of them or those of some pictures, as if they had not been; how many."""
        chosen = None if pictures is None else list(pictures)
        with self.transaction():
            query = "UPDATE pictures SET state = 'ready', owner = NULL WHERE state = 'leased' AND owner = ?"
            if chosen is None:
                return self._db.execute(query, (owner,)).rowcount
            return sum(self._db.execute(f"{query} AND id = ?", (owner, picture)).rowcount for picture in chosen)

    def void(self) -> int:
        """End every lease: for the one process that hands them out, at its start."""
        with self.transaction():
            return self._db.execute("UPDATE pictures SET state = 'ready', owner = NULL WHERE state = 'leased'").rowcount

    def expired(self) -> list[tuple[int, str]]:
        """Pictures whose lease has run out, with their owners; also those that a clock set back would make too long."""
        now = self._clock()
        rows = self._rows(
            "SELECT id, owner FROM pictures WHERE state = 'leased' AND boot = ? AND (until <= ? OR until > ?)",
            self._boot, now, now + LEASE_S,
        )  # fmt: skip
        return [(row[0], row[1]) for row in rows]

    def retire(self, late_s: float = LATE_S) -> int:
        """Give up waiting for the missing frames of pictures that were decoded so long ago; how many."""
        now = self._clock()
        rows = self._rows(
            "SELECT id FROM pictures WHERE state = 'partial' AND (boot <> ? OR heard < ? OR heard > ?)",
            self._boot, now - late_s, now,
        )  # fmt: skip
        if rows:
            with self.transaction():
                for (picture,) in rows:
                    self._db.execute("UPDATE pictures SET state = 'done' WHERE id = ?", (picture,))
                    self._forget(picture)
        return len(rows)

    def _forget(self, picture: int) -> None:
        self._db.execute("INSERT OR IGNORE INTO seen SELECT id FROM frames WHERE picture = ?", (picture,))
        self._db.execute("DELETE FROM frames WHERE picture = ?", (picture,))

    def _store(self, result: Result, version: int) -> Result:
        ((number,),) = self._rows("SELECT 1 + coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'results'")
        complete = result.frames_received == result.frames_sent
        stored = msgspec.structs.replace(result, number=number, version=version, complete=complete)
        self._db.execute("INSERT INTO results VALUES (?, ?)", (number, msgspec.json.encode(stored)))
        return stored

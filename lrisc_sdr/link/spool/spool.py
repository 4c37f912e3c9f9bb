# SPDX-License-Identifier: MIT
"""The whole spool: intake, leases, and what its keeper asks of it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from lrisc_sdr.errors import InputError
from lrisc_sdr.link.messages import Result
from lrisc_sdr.link.spool.intake import Intake
from lrisc_sdr.link.spool.leases import Leases
from lrisc_sdr.link.spool.rows import PictureRow, State, header_of

QUOTA_BYTES = 2 * 10**9
# What is kept of work that is done, less than 3 MB however long the service runs. Frames are to be known when they come
# again: these are four times as many as all clients together may have sent without having heard that they were taken.
REMEMBERED_FRAMES = 16_384
REMEMBERED_PICTURES = 1_024

_results = msgspec.json.Decoder(Result)


class Spool(Intake, Leases):
    """A spool in a folder; the arguments are those of `SpoolFile`. One thread only: the one that made it."""

    def counts(self) -> dict[State, int]:
        """How many pictures are in each state; of those done, the remembered ones."""
        found = dict(self._rows("SELECT state, count(*) FROM pictures GROUP BY state"))
        return {state: int(found.get(state.value, 0)) for state in State}

    def last(self) -> int:
        """The highest number of a picture so far."""
        return int(self._rows("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'pictures'")[0][0])

    def n_ready(self, at_most: int) -> int:
        """How many pictures are ready, counted up to a limit."""
        query = "SELECT count(*) FROM (SELECT 1 FROM pictures WHERE state = 'ready' LIMIT ?)"
        return int(self._rows(query, at_most)[0][0])

    def waits(self, up_to: int) -> bool:
        """Whether a picture with at most that number is ready or leased."""
        query = "SELECT 1 FROM pictures WHERE state IN ('ready', 'leased') AND id <= ? LIMIT 1"
        return bool(self._rows(query, up_to))

    def pictures(self, state: State | None = None) -> list[PictureRow]:
        """Pictures, all that are not done or those in one state, the oldest first."""
        rows = self._rows(
            """SELECT id, stream, signature, name, state, held, count, versions, tries, error, (
                   SELECT coalesce(sum(length(head) + length(body)), 0) FROM frames WHERE picture = pictures.id
               ) FROM pictures WHERE CASE WHEN ?1 IS NULL THEN state <> 'done' ELSE state = ?1 END ORDER BY id""",
            None if state is None else state.value,
        )
        return [
            PictureRow(
                number, stream, header_of(packed).picture_id, name, State(at), held, count, versions, tries, size, error
            )
            for number, stream, packed, name, at, held, count, versions, tries, error, size in rows
        ]

    def requeue(self, pictures: Iterable[int]) -> None:
        """Have pictures decoded (again), with all their tries.

        Raises:
            InputError: there is no such picture, or its frames are gone; nothing was changed.
        """
        with self.transaction():
            for picture in pictures:
                changed = self._db.execute(
                    """UPDATE pictures SET state = 'ready', tries = 0, decoded = 0, error = NULL
                       WHERE id = ? AND state IN ('open', 'partial', 'quarantined')""",
                    (picture,),
                ).rowcount
                if not changed:
                    raise InputError(
                        f"picture {picture} is not in the spool, is decoded, or waits for a worker already"
                    )

    def frames(self, picture: int) -> list[tuple[bytes, bytes]]:
        """Head and body of a picture's frames, in the order in which they came.

        Raises:
            InputError: there is no such picture, or its frames are gone.
        """
        rows = self._rows("SELECT head, body FROM frames WHERE picture = ? ORDER BY rowid", picture)
        if not rows:
            raise InputError(f"picture {picture} has no frames in the spool")
        return [(head, body) for head, body in rows]

    def remove(self, picture: int) -> None:
        """Forget a picture that no worker has, with its frames; it gets no result any more."""
        with self.transaction():
            self._db.execute(
                "UPDATE pictures SET state = 'done', owner = NULL WHERE id = ? AND state <> 'leased'", (picture,)
            )
            if self._rows("SELECT 1 FROM pictures WHERE id = ? AND state = 'done'", picture):
                self._forget(picture)

    def results(self, after: int, limit: int = 1_000) -> list[Result]:
        """Results with higher numbers than `after`, in their order."""
        rows = self._rows("SELECT line FROM results WHERE number > ? ORDER BY number LIMIT ?", after, limit)
        return [_results.decode(line) for (line,) in rows]

    def use_name(self, picture_id: int, used: int) -> None:
        """There are pictures under a number already, in the folder into which this spool's are written."""
        with self.transaction():
            self._db.execute(
                "INSERT INTO names VALUES (?1, ?2) ON CONFLICT DO UPDATE SET used = max(used, ?2)", (picture_id, used)
            )

    def prune(self, written: int) -> None:
        """Forget what was done long ago, and results up to the number `written`, which are on the disk elsewhere."""
        with self.transaction():
            self._db.execute("DELETE FROM seen WHERE rowid <= (SELECT max(rowid) FROM seen) - ?", (REMEMBERED_FRAMES,))
            self._db.execute(
                "DELETE FROM pictures WHERE id <= (SELECT max(id) FROM pictures) - ? AND state = 'done'",
                (REMEMBERED_PICTURES,),
            )
            self._db.execute("DELETE FROM results WHERE number <= ?", (written,))

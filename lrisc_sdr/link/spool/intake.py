# SPDX-License-Identifier: MIT
"""Frames into the spool, and pictures from open to ready."""

from __future__ import annotations

from collections.abc import Sequence

from lrisc_sdr.errors import SpoolFull
from lrisc_sdr.link.spool.file import SpoolFile
from lrisc_sdr.link.spool.rows import Arrived, Channel, SpooledFrame, State, header_of, signature

MAX_OPEN = 16
# How long after its decoding a frame that a picture lacks still belongs to it: receivers that kept it in their own
# spools are back by then, and a transmitter that starts again does not use the same number so soon.
LATE_S = 60.0


class Intake(SpoolFile):
    """What frames do to the spool."""

    def put(self, frames: Sequence[SpooledFrame]) -> Arrived:
        """Take frames, all in one transaction: when it returns, they are on the disk.

        A frame of a picture that still lacks it joins that picture. One that a picture already has, but with another
        content, begins a new picture under the same number.

        Raises:
            SpoolFull: at the quota, or the disk is full; none of them was taken.
        """
        size = sum(len(frame.head) + len(frame.body) for frame in frames)
        if (used := self.used_bytes()) + size > self.quota_bytes:
            raise SpoolFull(
                f"the spool {self.folder} is full: {used / 1e6:.0f} MB of {self.quota_bytes / 1e6:.0f} MB; "
                "see `lrisc spool ls`"
            )
        arrived = Arrived()
        now = self._clock()
        with self.transaction():
            for frame in frames:
                new = not self._rows(
                    "SELECT 1 FROM frames WHERE id = ?1 UNION ALL SELECT 1 FROM seen WHERE id = ?1", frame.id
                )
                arrived.new.append(new)
                if new:
                    arrived.ready.extend(self._take(frame, now))
        return arrived

    def _take(self, frame: SpooledFrame, now: float) -> list[int]:
        """Store one frame; the pictures that are ready through it."""
        packed = signature(frame.header)
        ready: list[int] = []
        # Most pictures are one frame: nothing is looked for then.
        alone = frame.header.count == 1
        picture = None if alone else self._lacking(frame, packed, now)
        if picture is not None:
            rows = self._rows(
                """UPDATE pictures SET held = held + 1, heard = ?, boot = ?, state = CASE
                       WHEN state = 'leased' THEN state WHEN held + 1 = count THEN 'ready' ELSE 'open' END
                   WHERE id = ? RETURNING state""",
                now, self._boot, picture,
            )  # fmt: skip
            ready += [picture] if rows == [(State.READY.value,)] else []
        else:
            if not alone:
                # A repeated number: what the earlier picture lacks does not come any more.
                earlier = self._rows(
                    "SELECT id FROM pictures WHERE stream = ? AND signature = ? AND state = 'open'",
                    frame.stream, packed,
                )  # fmt: skip
                ready += self._set_ready([row[0] for row in earlier])
            picture = self._begin(frame, packed, now)
            ready += [picture] if alone else self._push_out(frame.stream)
        self._db.execute(
            "INSERT INTO frames VALUES (?, ?, ?, ?, ?, ?)",
            (frame.id, picture, frame.header.index, frame.snr_db, frame.head, frame.body),
        )
        return ready

    def _lacking(self, frame: SpooledFrame, packed: bytes, now: float) -> int | None:
        """The picture that lacks this frame."""
        rows = self._rows(
            """SELECT id, state, held, count, heard, boot FROM pictures
               WHERE stream = ? AND signature = ? ORDER BY id DESC LIMIT 1""",
            frame.stream, packed,
        )  # fmt: skip
        if not rows:
            return None
        ((picture, state, held, count, heard, boot),) = rows
        late = state in (State.PARTIAL, State.QUARANTINED)
        if held == count or (late and (boot != self._boot or not 0 <= now - heard <= LATE_S)) or state == State.DONE:
            return None
        if self._rows("SELECT 1 FROM frames WHERE picture = ? AND position = ?", picture, frame.header.index):
            return None
        return int(picture)

    def _begin(self, frame: SpooledFrame, packed: bytes, now: float) -> int:
        number = frame.header.picture_id
        ((used,),) = self._rows(
            "INSERT INTO names VALUES (?, 1) ON CONFLICT DO UPDATE SET used = used + 1 RETURNING used", number
        )
        name = f"{number:05d}" if used == 1 else f"{number:05d}-{used}"
        ((picture,),) = self._rows(
            """INSERT INTO pictures (stream, signature, name, state, count, held, heard, boot)
               VALUES (?1, ?2, ?3, CASE ?4 WHEN 1 THEN 'ready' ELSE 'open' END, ?4, 1, ?5, ?6) RETURNING id""",
            frame.stream, packed, name, frame.header.count, now, self._boot,
        )  # fmt: skip
        return int(picture)

    def _push_out(self, stream: str) -> list[int]:
        """A stream has `MAX_OPEN` open pictures at most; older ones are decoded as they are."""
        rows = self._rows("SELECT id FROM pictures WHERE state = 'open' AND stream = ? ORDER BY id DESC", stream)
        return self._set_ready([row[0] for row in rows[MAX_OPEN:]])

    def flush(self, stream: str) -> list[int]:
        """Nothing follows in a stream for now: its open pictures are ready. Returns their numbers."""
        with self.transaction():
            rows = self._rows("SELECT id FROM pictures WHERE state = 'open' AND stream = ?", stream)
            return self._set_ready([row[0] for row in rows])

    def ripen(self, deadline_s: float) -> list[int]:
        """Open pictures of which no frame came for so long are ready, or were open before a reboot. Their numbers."""
        now = self._clock()
        rows = self._rows(
            "SELECT id FROM pictures WHERE state = 'open' AND (boot <> ? OR heard <= ? OR heard > ?)",
            self._boot, now - deadline_s, now,
        )  # fmt: skip
        if not rows:
            return []
        with self.transaction():
            return self._set_ready([row[0] for row in rows])

    def _set_ready(self, pictures: list[int]) -> list[int]:
        for picture in pictures:
            self._db.execute("UPDATE pictures SET state = 'ready' WHERE id = ? AND state = 'open'", (picture,))
        return pictures

    def channel(self, picture: int) -> Channel:
        """What a picture's frames tell of the channel."""
        ((packed, snr_db, held),) = self._rows(
            """SELECT signature, avg(best), count(*) FROM pictures, (
                   SELECT max(snr_db) AS best FROM frames WHERE picture = ? GROUP BY position
               ) WHERE id = ?""",
            picture, picture,
        )  # fmt: skip
        header = header_of(packed)
        return Channel(header.picture_id, float(snr_db), int(held), header.count)

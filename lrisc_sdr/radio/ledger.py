# SPDX-License-Identifier: MIT
"""Time on the air, kept across processes and restarts, and the duty cycle that it may not exceed.

Before anything is sent, the time that it may take is booked on disk; afterwards what was not used is given back. A
process that is killed in between leaves its booking whole, so that the ledger is never below the truth.

A booking [b, e] of a time on the air is refused when, in a window of length W that begins at b - W,

    a + Σ_i a_i(b - W) > δ W,        a_i(t) = a_i if b_i ≥ t, else min(a_i, max(0, e_i - t))

with all earlier bookings i that overlap the band. Any window that ends within [b, e] begins at b - W or later, and thus
holds no more than this sum, however many radios send at once; so no window of length W anywhere holds more than δ W.
Bookings count by frequency and not by a band's name: to rename a band does not empty it.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from lrisc_sdr.errors import ConfigurationError, TransmitRefused
from lrisc_sdr.radio.bands import Band, Emission

BUSY_S = 5.0

_TABLE = """
CREATE TABLE IF NOT EXISTS booking (
    id INTEGER PRIMARY KEY,
    low_hz REAL NOT NULL,
    high_hz REAL NOT NULL,
    began_s REAL NOT NULL,     -- UTC, seconds since 1970
    ended_s REAL NOT NULL,
    air_time_s REAL NOT NULL
)
"""
_OVERLAPPING = "SELECT began_s, ended_s, air_time_s FROM booking WHERE low_hz < ? AND high_hz > ? AND ended_s > ?"


class Ledger:
    """The ledger in a file; any number of processes may hold it at once.

    The time is the host's clock in UTC. Set back, it makes the ledger stricter: bookings of the future count in full.

    Args:
        path: the file; made, with its folder, at the first use.
        clock: seconds since 1970.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock

    def require_room(self, band: Band, air_time_s: float) -> None:
        """Whether a time on the air could be booked now.

        Raises:
            TransmitRefused: the duty cycle would be exceeded; the message says how much is left.
            ConfigurationError: the ledger cannot be read or written.
        """
        with self._transaction() as connection:
            _require_room(connection, band, self._clock(), air_time_s)

    def book(self, band: Band, emission: Emission, air_time_s: float, within_s: float) -> int:
        """Book a time on the air, on disk when this returns; the booking's number.

        Args:
            band: whose limits hold.
            emission: what will be occupied.
            air_time_s: the most that will be sent `[s]`.
            within_s: from now, when it will have ended `[s]`; not below `air_time_s`.

        Raises:
            TransmitRefused: the duty cycle would be exceeded.
            ConfigurationError: the ledger cannot be read or written.
        """
        with self._transaction() as connection:
            now = self._clock()
            _require_room(connection, band, now, air_time_s)
            values = (emission.low_hz, emission.high_hz, now, now + within_s, air_time_s)
            columns = "low_hz, high_hz, began_s, ended_s, air_time_s"
            cursor = connection.execute(f"INSERT INTO booking ({columns}) VALUES (?, ?, ?, ?, ?)", values)  # noqa: S608
            return int(cursor.lastrowid or 0)

    def settle(self, booking: int, air_time_s: float) -> None:
        """Give back what a booking did not use; it ends now.

        Raises:
            ConfigurationError: the ledger cannot be written; the booking then stays whole.
        """
        with self._transaction() as connection:
            connection.execute(
                "UPDATE booking SET air_time_s = min(air_time_s, ?), ended_s = min(ended_s, max(began_s, ?)) "
                "WHERE id = ?",
                (air_time_s, self._clock(), booking),
            )

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # EXTRA: a power cut right after a commit does not bring the state before it back.
            with contextlib.closing(sqlite3.connect(self._path, BUSY_S, isolation_level=None)) as connection:
                connection.execute("PRAGMA synchronous = EXTRA")
                connection.execute("BEGIN IMMEDIATE")
                connection.execute(_TABLE)
                yield connection
                connection.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            raise ConfigurationError(
                f"the ledger of time on the air {self._path} cannot be used: {error}; nothing is sent without it"
            ) from error


def _require_room(connection: sqlite3.Connection, band: Band, now_s: float, air_time_s: float) -> None:
    if band.duty_cycle == 1:
        return
    start_s = now_s - band.duty_window_s
    used_s = sum(
        air_s if began_s >= start_s else min(air_s, ended_s - start_s)
        for began_s, ended_s, air_s in connection.execute(_OVERLAPPING, (band.high_hz, band.low_hz, start_s))
    )
    allowed_s = band.duty_cycle * band.duty_window_s
    if not used_s + air_time_s <= allowed_s:
        raise TransmitRefused(
            f"band {band}: {air_time_s:.3g} s more would exceed the duty cycle of {band.duty_cycle:.2%}; "
            f"{used_s:.3g} of {allowed_s:.3g} s are used in the last {band.duty_window_s:g} s"
        )

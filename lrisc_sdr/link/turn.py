# SPDX-License-Identifier: MIT
"""One turn of the broker as one transaction of the spool: frames and results in, leases out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from lrisc_sdr.errors import SpoolFull
from lrisc_sdr.link.backend import OutcomeHead
from lrisc_sdr.link.messages import Flush, Result
from lrisc_sdr.link.pool import Pool
from lrisc_sdr.link.spool import Arrived, Finished, Lease, Spool, SpooledFrame

COUNTERS = (
    "messages", "refused", "damaged", "busy", "frames", "duplicates", "decoded", "failed", "decoded_twice",
    "tries_failed",
)  # fmt: skip


@dataclass
class Pending:
    """What is to be committed besides what clients have sent; it stays where the disk is full.

    Attributes:
        finished: pictures that have a result.
        failures: pictures whose decoding failed, and why.
        released: workers, and pictures that they were given and did not begin.
    """

    finished: list[Finished] = field(default_factory=list)
    failures: list[tuple[int, str]] = field(default_factory=list)
    released: list[tuple[str, frozenset[int]]] = field(default_factory=list)

    def take(self, outcomes: Sequence[OutcomeHead]) -> None:
        """What workers have made of pictures."""
        for head in outcomes:
            if head.result is None:
                self.failures.append((head.picture, head.failure or "no reason given"))
            else:
                self.finished.append(Finished(head.picture, head.held, head.result))

    def __bool__(self) -> bool:
        return bool(self.finished or self.failures or self.released)


@dataclass(frozen=True)
class Committed:
    """What is on the disk now.

    Attributes:
        arrived: what became of the frames.
        ready: pictures that can be decoded now.
        results: as they are published.
        leases: by worker, its name first and how many pictures it takes at once last.
        full: why no frame was taken; None where they were.
    """

    arrived: Arrived
    ready: list[int]
    results: list[Result]
    leases: list[tuple[str, list[Lease], int]]
    full: str | None

    def count(self, counters: Counter[str], pending: Pending) -> None:
        """Into the service's counters; `pending` is what was committed."""
        n_new = sum(self.arrived.new)
        n_ok = sum(result.ok for result in self.results)
        counters["frames"] += n_new
        counters["duplicates"] += len(self.arrived.new) - n_new
        counters["tries_failed"] += len(pending.failures)
        counters["decoded"] += n_ok
        counters["failed"] += len(self.results) - n_ok
        counters["decoded_twice"] += max(0, len(pending.finished) - len(self.results))


def commit(
    spool: Spool, pool: Pool, frames: Sequence[SpooledFrame], flushes: Sequence[Flush], pending: Pending
) -> Committed:
    """Everything or nothing.

    Raises:
        SpoolFull: the disk is full; nothing was changed.
    """
    full = None
    capacity = pool.capacity
    with spool.transaction():
        try:
            arrived = spool.put(frames)
        except SpoolFull as error:  # the quota; the rest goes on
            arrived, full = Arrived(), str(error)
        ready = [*arrived.ready, *(picture for flush in flushes for picture in spool.flush(flush.stream))]
        results = [*spool.finish(pending.finished), *spool.fail(pending.failures)]
        for worker, pictures in pending.released:
            spool.release(worker, pictures)
        shares = pool.shares(spool.n_ready(capacity)) if capacity else []
        leases = [(worker, spool.claim(worker, n), at_once) for worker, n, at_once in shares]
    return Committed(arrived, ready, results, leases, full)

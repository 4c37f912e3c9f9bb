# SPDX-License-Identifier: MIT
"""From leased pictures to batches of one shape and model."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from lrisc_sdr.errors import SideInformationLost
from lrisc_sdr.link.jobs import Job
from lrisc_sdr.link.messages import Result
from lrisc_sdr.link.pool import Pool
from lrisc_sdr.link.spool import Finished, Lease
from lrisc_sdr.link.turn import Pending

log = logging.getLogger(__name__)

LOST = "the side information did not survive the channel: send the picture again, or at a higher SNR"


@dataclass
class Prepared:
    """What became of leases.

    Attributes:
        batches: jobs of one shape and model each, at most `max_batch`.
        finished: pictures that cannot be decoded, whatever happens.
        failures: pictures that could not be put together, and why.
    """

    batches: list[list[Job]] = field(default_factory=list)
    finished: list[Finished] = field(default_factory=list)
    failures: list[tuple[int, str]] = field(default_factory=list)


def prepare(leases: Iterable[Lease], max_batch: int) -> Prepared:
    """Put the pictures together and sort them into batches. One that has failed before is in a batch of its own."""
    prepared = Prepared()
    groups: dict[tuple[object, ...], list[Job]] = {}
    for lease in leases:
        try:
            received = lease.assemble()
        except SideInformationLost:
            prepared.finished.append(Finished(lease.picture, lease.held, _lost(lease)))
            continue
        except Exception as error:
            # One picture must not end the service.
            log.exception("picture %d could not be put together", lease.header.picture_id)
            prepared.failures.append((lease.picture, f"{type(error).__name__}: {error}"))
            continue
        key = (received.model_id, received.height, received.width, lease.picture if lease.tries else None)
        groups.setdefault(key, []).append(Job(lease.picture, lease.held, lease.name, received))
    for jobs in groups.values():
        prepared.batches += [jobs[first : first + max_batch] for first in range(0, len(jobs), max_batch)]
    return prepared


def dispatch(leases: Iterable[tuple[str, Sequence[Lease], int]], pool: Pool, pending: Pending) -> None:
    """Hand leased pictures to their workers; what cannot be decoded is noted."""
    for worker, pictures, at_once in leases:
        prepared = prepare(pictures, at_once)
        pending.finished += prepared.finished
        pending.failures += prepared.failures
        for batch in prepared.batches:
            pool.send(worker, batch)


def _lost(lease: Lease) -> Result:
    return Result(
        picture_id=lease.header.picture_id,
        ok=False,
        error=LOST,
        frames_received=lease.held,
        frames_sent=lease.header.count,
    )

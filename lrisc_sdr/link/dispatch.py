# SPDX-License-Identifier: MIT
"""From leased pictures to batches of one shape and model."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from lrisc_sdr.errors import SideInformationLost
from lrisc_sdr.framing import assemble, segment
from lrisc_sdr.link.jobs import Job
from lrisc_sdr.link.messages import Result
from lrisc_sdr.link.pool import Pool
from lrisc_sdr.link.spool import Finished, Lease
from lrisc_sdr.link.turn import Pending
from lrisc_sdr.types import Latents, ReceivedFrame

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


def warm_up() -> None:
    """Load what putting a picture together needs, or compile it after an update: the first one would wait for it."""
    latents = Latents(np.zeros(64, np.complex64), b"", 16, 16, 8 * "0")
    (frame,) = segment(latents, 0, 0.0)
    noise_var = np.ones(frame.symbols.size, np.float32)
    none = np.empty(0, np.complex64)
    assemble([ReceivedFrame(frame.header, frame.symbols, noise_var, 0.0, 0.0, 0.0, 0.0, none, 0)])


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

# SPDX-License-Identifier: MIT
"""What the broker has to do now and then: workers that are gone, leases that ran out, pictures that wait no longer."""

from __future__ import annotations

import logging

from lrisc_sdr.errors import SpoolFull
from lrisc_sdr.link.announcing import Announcer
from lrisc_sdr.link.lines import Lines
from lrisc_sdr.link.pool import Pool
from lrisc_sdr.link.spool import Spool
from lrisc_sdr.link.turn import Pending

log = logging.getLogger(__name__)


def recover(spool: Spool, lines: Lines) -> None:
    """Take up what an earlier process left: its leases end, and what it committed but did not write is written."""
    if spool.fresh:
        for picture_id, used in lines.taken_names().items():
            spool.use_name(picture_id, used)
    spool.void()
    while missed := spool.results(lines.last):
        lines.write(missed)


def supervise(spool: Spool, pool: Pool, pending: Pending) -> None:
    """Note what workers that are gone had, and end those that have had a picture for too long.

    Raises:
        ProcessFailed: workers end before they are ready, again and again.
    """
    for lost in pool.supervise():
        log.warning("worker %s ended: %s", lost.name, lost.how)
        pending.released += [(lost.name, lost.not_begun)]
        pending.failures += [(picture, f"its worker ended with {lost.how}") for picture in lost.in_hand]
    for picture, owner in spool.expired():
        log.warning("worker %s had picture %d for too long", owner, picture)
        if not pool.end_lease(picture):
            pending.failures.append((picture, "its lease ran out"))


def tidy(spool: Spool, announcer: Announcer, lines: Lines, deadline_s: float) -> None:
    """Pictures of which no frame has come for `deadline_s` are ready; what was done long ago is forgotten."""
    durable = lines.sync()
    try:
        announcer.channel(spool, spool.ripen(deadline_s))
        spool.retire()
        if durable is not None:
            spool.prune(durable)
        spool.checkpoint()
    except SpoolFull as error:
        log.warning("%s", error)

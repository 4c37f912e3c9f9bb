# SPDX-License-Identifier: MIT
"""Whom the broker tells what: results and reports to clients, lines to the folder, figures to those who measure."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence

from lrisc_sdr import telemetry
from lrisc_sdr.link.clients import Clients
from lrisc_sdr.link.lines import Lines
from lrisc_sdr.link.messages import ChannelReport, Drained, Result
from lrisc_sdr.link.metrics import DecoderMetrics, Snapshot
from lrisc_sdr.link.pool import Pool
from lrisc_sdr.link.publisher import Publisher
from lrisc_sdr.link.security import Door
from lrisc_sdr.link.spool import Spool
from lrisc_sdr.telemetry.messages import Decoders

EVERY_S = 1.0
MAX_PROMISES = 256


class Announcer:
    """Tells what has been committed.

    Args:
        clients, lines, publisher, metrics: who is told.
        report: called with every result.
    """

    def __init__(
        self,
        clients: Clients,
        lines: Lines,
        publisher: Publisher,
        metrics: DecoderMetrics | None,
        report: Callable[[Result], None],
    ) -> None:
        self._clients = clients
        self._lines = lines
        self._publisher = publisher
        self._metrics = metrics
        self._report = report
        self._drains: list[tuple[bytes, int, int]] = []  # in the order of their pictures
        self._told = 0.0

    def channel(self, spool: Spool, pictures: Sequence[int]) -> None:
        """What the frames of pictures tell of the channel, to all who listen."""
        if not self._clients.listened:
            return
        for picture in pictures:
            channel = spool.channel(picture)
            report = ChannelReport(channel.picture_id, channel.snr_db, channel.held, channel.count - channel.held)
            self._clients.tell(report, listening=True)

    def frame(self, snr_db: float) -> None:
        """A new frame is in the spool."""
        if self._metrics is not None:
            self._metrics.frame(snr_db)

    def results(self, results: Sequence[Result]) -> None:
        """Committed results, to all who want to know."""
        self._lines.write(results)
        for result in results:
            self._report(result)
            self._clients.tell(result, listening=False)
            self._publisher.result(result)
            if self._metrics is not None:
                self._metrics.result(result)

    def promise(self, client: bytes, sequence: int, last: int) -> None:
        """A client wants to know when every picture up to a number has its result.

        Of more than `MAX_PROMISES` the client's oldest, or else everyone's, is dropped: what is told of a later one
        holds for it, too.
        """
        if len(self._drains) >= MAX_PROMISES:
            own = (n for n, (other, _, _) in enumerate(self._drains) if other == client)
            del self._drains[next(own, 0)]
        self._drains.append((client, sequence, last))

    def keep_promises(self, spool: Spool) -> None:
        """Tell those for whom that is so."""
        while self._drains and not spool.waits(self._drains[0][2]):
            client, sequence, _ = self._drains.pop(0)
            self._clients.send(client, Drained(sequence))

    def figures(self, spool: Spool, pool: Pool, counters: Counter[str], door: Door | None) -> None:
        """How the service is, once a second."""
        self._publisher.counters(counters)
        now = time.monotonic()
        if now - self._told < EVERY_S or (self._metrics is None and not telemetry.wanted()):
            return
        self._told = now
        states = {state.value: n for state, n in spool.counts().items()}
        used = spool.used_bytes()
        if self._metrics is not None:
            self._metrics.take(
                Snapshot(
                    counters=dict(counters),
                    spool=states,
                    spool_bytes=used,
                    quota_bytes=spool.quota_bytes,
                    workers=pool.ready,
                    deaths=pool.deaths,
                    refused={} if door is None else {reason.value: n for reason, n in door.refused.items()},
                )
            )
        if telemetry.wanted():
            telemetry.tell(
                Decoders(
                    run=telemetry.run_name(),
                    workers=pool.ready,
                    models=list(pool.models),
                    spool=states,
                    used_bytes=used,
                    quota_bytes=spool.quota_bytes,
                )
            )

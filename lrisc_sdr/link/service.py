# SPDX-License-Identifier: MIT
"""The decoder service's broker: one thread between clients, spool and workers.

    clients ══DEALER══► ROUTER ─ check ─► spool ─ lease ─► ROUTER ══DEALER══► workers ─► pictures
       ◄─ accepted, busy, refused ──────┘ commit │ ◄─ results ◄──────────────────┘
       ◄─ result, channel report, drained ◄──────┴─► pictures.jsonl, publisher

Everything that has come since the last turn goes into one transaction: frames, results, new leases. A frame is
acknowledged, and a result told, after that commit.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import zmq

from lrisc_sdr.errors import SpoolFull
from lrisc_sdr.link.announcing import Announcer
from lrisc_sdr.link.clients import Clients, Received
from lrisc_sdr.link.crew import Crew
from lrisc_sdr.link.dispatch import dispatch, warm_up
from lrisc_sdr.link.endpoint import closing
from lrisc_sdr.link.keeping import recover, supervise, tidy
from lrisc_sdr.link.lines import Lines
from lrisc_sdr.link.messages import Accepted, Flush, Result
from lrisc_sdr.link.metrics import DecoderMetrics
from lrisc_sdr.link.pool import Pool
from lrisc_sdr.link.publisher import Publisher
from lrisc_sdr.link.security import DecoderKeys, Door
from lrisc_sdr.link.spool import Spool, SpooledFrame
from lrisc_sdr.link.turn import COUNTERS, Pending, commit

log = logging.getLogger(__name__)

DEFAULT_ENDPOINT = "tcp://127.0.0.1:7850"
DEADLINE_S = 10.0
MAX_MESSAGES = 64
TICK_S = 0.1
TURN_S = 0.003


class DecoderService:
    """Accepts frames, has pictures decoded, reports.

    Args:
        endpoint: `ipc://PATH` or `tcp://127.0.0.1:PORT` (`*`: any free port).
        spool: where accepted frames are kept.
        crew: the workers' processes.
        folder: for `pictures.jsonl`; the workers put the pictures there.
        deadline_s: how long after a picture's last frame it is decoded as it is `[s]`.
        publish: an endpoint for results and counters, or None.
        keys: with them only clients on their list come in; without them the endpoints are on this machine.
        metrics: is told what the service counts.
        turned: called on every turn of the service's loop: at least every `TICK_S` while it lives.
        report: called with every result, on the thread that runs the service.
        ready: called with the models when the first worker is ready.

    Attributes:
        counters: of messages, frames and pictures since the start, by the names in `COUNTERS`.
        door: counts those whom the keys kept out; None without keys.

    Raises:
        ConfigurationError: an endpoint that is not on this machine or is taken, or a folder that cannot be written.
    """

    def __init__(
        self,
        endpoint: str,
        *,
        spool: Spool,
        crew: Crew,
        folder: Path,
        deadline_s: float = DEADLINE_S,
        publish: str | None = None,
        keys: DecoderKeys | None = None,
        metrics: DecoderMetrics | None = None,
        turned: Callable[[], None] = lambda: None,
        report: Callable[[Result], None] = lambda _: None,
        ready: Callable[[tuple[str, ...]], None] = lambda _: None,
    ) -> None:
        self.counters: Counter[str] = Counter(dict.fromkeys(COUNTERS, 0))
        self.spool = spool
        self._deadline_s = deadline_s
        self._turned = turned
        self._ready = ready
        self._pending = Pending()
        self._full = False
        self._ticked = 0.0
        self._lines = Lines(folder)
        context = zmq.Context()
        self._close = closing(self, context)
        self.door: Door | None = None
        try:
            self.door = None if keys is None else Door(context, keys)
            secure = None if self.door is None else self.door.guard
            self._clients = Clients(context, endpoint, self.counters, secure)
            self.endpoint = self._clients.endpoint
            publisher = Publisher(context, publish, secure)
            self._announcer = Announcer(self._clients, self._lines, publisher, metrics, report)
            self.pool = Pool(context, crew)
        except BaseException:
            self._shut()
            raise
        recover(spool, self._lines)

    def run(self) -> None:
        """Serve until an exception, such as KeyboardInterrupt, comes through.

        Raises:
            LriscError: the folder can no longer be written, or the workers cannot work.
        """
        self._tick()
        warm_up()  # while the workers load their networks
        poller = zmq.Poller()
        poller.register(self._clients.socket, zmq.POLLIN)
        poller.register(self.pool.socket, zmq.POLLIN)
        turned = 0.0
        while True:
            poller.poll(0 if self._pending and not self._full else round(1_000 * TICK_S))
            # Where much comes, more of it shares a commit: a turn costs as much for one frame as for ten.
            time.sleep(max(0.0, turned + TURN_S - time.monotonic()))
            turned = time.monotonic()
            self.turn()
            self._turned()

    def turn(self) -> None:
        """Take in what is there, commit it, and answer."""
        received = self._clients.receive(MAX_MESSAGES)
        had_models = self.pool.models
        self._pending.take(self.pool.receive())
        if self.pool.models and not had_models:
            self._ready(self.pool.models)
        self._clients.welcome(self.pool.models)
        if time.monotonic() - self._ticked >= TICK_S:
            self._tick()
        self._commit(received)

    def _tick(self) -> None:
        """What has to be done now and then."""
        self._ticked = time.monotonic()
        supervise(self.spool, self.pool, self._pending)
        tidy(self.spool, self._announcer, self._lines, self._deadline_s)
        if self.door is not None:
            self.door.note()
        self._announcer.figures(self.spool, self.pool, self.counters, self.door)

    def _commit(self, received: Sequence[Received]) -> None:
        """One transaction for everything, then the answers to it."""
        if not (received or self._pending or self.pool.capacity):
            return
        frames = [(item, item.request) for item in received if isinstance(item.request, SpooledFrame)]
        flushes = [(item, item.request) for item in received if isinstance(item.request, Flush)]
        pending = self._pending
        try:
            done = commit(
                self.spool, self.pool, [frame for _, frame in frames], [flush for _, flush in flushes], pending
            )
        except SpoolFull as error:  # the disk; what is pending waits for the next turn
            self._clients.put_off(received, self.spool.n_ready(1_000), str(error))
            if frames:
                self._commit([])
            else:
                self._full = True
            return
        self._full = False
        done.count(self.counters, pending)
        self._pending = Pending()
        if done.full is None:
            for item, _ in frames:
                self._clients.send(item.client, Accepted(item.sequence))
            for (_, frame), new in zip(frames, done.arrived.new, strict=True):
                if new:
                    self._announcer.frame(frame.snr_db)
        else:
            self._clients.put_off([item for item, _ in frames], self.spool.n_ready(1_000), done.full)
        for item, _ in flushes:
            self._clients.send(item.client, Accepted(item.sequence))
            self._announcer.promise(item.client, item.sequence, self.spool.last())
        self._announcer.channel(self.spool, done.ready)
        self._announcer.results(done.results)
        self._announcer.keep_promises(self.spool)
        dispatch(done.leases, self.pool, self._pending)

    def close(self) -> None:
        """Give the endpoint back and end the workers; what is not decoded stays in the spool."""
        log.info("decoder at %s: %s", self.endpoint, ", ".join(f"{n} {what}" for what, n in self.counters.items()))
        self.pool.close()
        self._clients.close()
        self._shut()
        self._lines.close()
        self.spool.close()

    def _shut(self) -> None:
        """Close the sockets, after the thread that has one of them."""
        if self.door is not None:
            self.door.close()
        self._close()

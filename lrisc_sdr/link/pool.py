# SPDX-License-Identifier: MIT
"""The broker's workers: who has how much credit, who owes which outcomes, who still lives."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import zmq

from lrisc_sdr import errors
from lrisc_sdr.errors import ProcessFailed
from lrisc_sdr.link.backend import Beat, Broken, Hello, OutcomeHead, pack, pack_jobs, unpack_from_worker
from lrisc_sdr.link.crew import Crew
from lrisc_sdr.link.endpoint import configure, readable
from lrisc_sdr.link.jobs import Job
from lrisc_sdr.link.messages import MAX_SYMBOLS

# A worker that has not said a word for so long hangs: its decoding does not keep it from it.
SILENT_S = 60.0

_BY_EXIT_CODE = {
    kind.exit_code: kind
    for kind in (errors.UsageError, errors.ConfigurationError, errors.HardwareError, errors.InputError)
}


@dataclass
class Hand:
    """A worker.

    Attributes:
        max_batch: how many pictures it takes at once.
        credit: how many more it may be given now.
        heard: when it spoke last `[s, monotonic]`.
        owed: pictures of the batches that it has, in their order.
    """

    max_batch: int
    credit: int
    heard: float
    owed: deque[set[int]] = field(default_factory=deque)


@dataclass(frozen=True)
class Lost:
    """A worker that is gone: what it had in hand, what it had not begun, and how it ended."""

    name: str
    in_hand: frozenset[int]
    not_begun: frozenset[int]
    how: str


class Pool:
    """The ROUTER to the workers.

    Args:
        context: of the socket.
        crew: their processes.

    Attributes:
        models: identities of the models that the workers have; empty until the first is ready.
        socket: readable when a worker says something.
    """

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], crew: Crew) -> None:
        self._crew = crew
        self._hands: dict[bytes, Hand] = {}
        self.models: tuple[str, ...] = ()
        self.socket: zmq.Socket[bytes] = context.socket(zmq.ROUTER)
        configure(self.socket)
        self.socket.setsockopt(zmq.MAXMSGSIZE, 256 * 12 * MAX_SYMBOLS)
        self.socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
        crew.bind(self.socket)

    @property
    def ready(self) -> int:
        """Workers that are ready or at work."""
        return len(self._hands)

    @property
    def deaths(self) -> int:
        """Workers' processes that have ended since the start."""
        return self._crew.deaths

    @property
    def capacity(self) -> int:
        """Pictures that they may be given now."""
        return sum(hand.credit for hand in self._hands.values())

    def shares(self, waiting: int) -> list[tuple[str, int, int]]:
        """Names of workers, how many of the waiting pictures each may be given now, and how many at once.

        Not all go to one while others have nothing to do.
        """
        shares = []
        hands = sorted(self._hands.items(), key=lambda item: -item[1].credit)
        for rank, (name, hand) in enumerate(hands):
            n = min(hand.credit, -(-waiting // (len(hands) - rank)))
            if n > 0:
                shares.append((name.decode(), n, hand.max_batch))
                waiting -= n
        return shares

    def receive(self) -> list[OutcomeHead]:
        """What the workers have finished; never waits.

        Raises:
            LriscError: a worker cannot do its work whatever it is given.
        """
        outcomes: list[OutcomeHead] = []
        while readable(self.socket):
            name, *parts = self.socket.recv_multipart()
            message = unpack_from_worker(parts)
            now = time.monotonic()
            if isinstance(message, Broken):
                raise _BY_EXIT_CODE.get(message.exit_code, ProcessFailed)(message.message)
            if isinstance(message, Hello):
                self._hands[name] = Hand(message.max_batch, message.credit, now)
                self.models = message.models
                self._crew.note(early=False)
                continue
            hand = self._hands.get(name)
            if hand is None:
                continue
            hand.heard = now
            if isinstance(message, Beat):
                self._send(name, pack(Beat()))
                continue
            pictures = {item.picture for item in message.items}
            if hand.owed and hand.owed[0] == pictures:
                hand.owed.popleft()
                hand.credit += len(pictures)
            outcomes.extend(message.items)
        return outcomes

    def send(self, worker: str, batch: Sequence[Job]) -> None:
        """Hand a batch to a worker that has credit for it."""
        name = worker.encode()
        hand = self._hands[name]
        hand.credit -= len(batch)
        hand.owed.append({job.picture for job in batch})
        self._send(name, pack_jobs(batch))

    def _send(self, name: bytes, parts: list[bytes]) -> None:
        try:
            self.socket.send_multipart([name, *parts], zmq.NOBLOCK, copy=False)
        except zmq.ZMQError:
            # It is gone; `supervise` finds what it had.
            self._crew.kill(name)

    def supervise(self) -> list[Lost]:
        """Find the workers that are gone, and start others.

        Raises:
            ProcessFailed: they end before they are ready, again and again.
        """
        now = time.monotonic()
        for name, hand in self._hands.items():
            if now - hand.heard > SILENT_S:
                self._crew.kill(name)
        lost = []
        for name, how in self._crew.ended().items():
            if name not in self._hands:
                self._crew.note(early=True)
                continue
            hand = self._hands.pop(name)
            in_hand = frozenset(hand.owed[0]) if hand.owed else frozenset()
            rest = frozenset(picture for batch in list(hand.owed)[1:] for picture in batch)
            lost.append(Lost(name.decode(), in_hand, rest, how))
        self._crew.start()
        return lost

    def end_lease(self, picture: int) -> bool:
        """End the worker that has had a picture for too long; whether there is one."""
        owners = [name for name, hand in self._hands.items() if any(picture in batch for batch in hand.owed)]
        for name in owners:
            self._crew.kill(name)
        return bool(owners)

    def close(self) -> None:
        """End the workers; before the context."""
        self._crew.close()
        self.socket.close(linger=0)

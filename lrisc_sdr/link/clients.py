# SPDX-License-Identifier: MIT
"""The broker's clients: their requests, checked, and the answers to them."""

from __future__ import annotations

import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import zmq

from lrisc_sdr.errors import ConfigurationError, DamagedMessage, InvalidMessage
from lrisc_sdr.link.endpoint import REPLIES_HIGH_WATER_MARK, check_endpoint, configure, readable, require_free
from lrisc_sdr.link.envelope import PARTS
from lrisc_sdr.link.messages import Busy, Flush, Listen, Refused, Reply, Watch, Welcome
from lrisc_sdr.link.spool import SpooledFrame
from lrisc_sdr.link.wire import FrameRequest, pack, sequence_of, shorten, unpack_request

log = logging.getLogger(__name__)

MAX_CLIENTS = 64
# What is taken in at once is in memory until it is on the disk.
MAX_TURN_BYTES = 16 * 1024**2


@dataclass
class Peer:
    """A client.

    Attributes:
        heard: when its last message came `[s, monotonic]`.
        watching, listening: whether it wants every result, every report on the channel.
    """

    heard: float = 0.0
    watching: bool = False
    listening: bool = False


@dataclass(frozen=True)
class Received:
    """A frame or a flush of a client, by the number under which it wants its answer."""

    client: bytes
    sequence: int
    request: SpooledFrame | Flush


class Clients:
    """The ROUTER to receivers, watchers and listeners.

    Args:
        context: of the socket.
        counters: `messages`, `refused`, `damaged` and `busy` are counted in it.
        secure: applies keys to the socket before it is bound; without it the endpoint is on this machine.

    Attributes:
        endpoint: where it listens.
        socket: readable when a client says something.
    """

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        endpoint: str,
        counters: Counter[str],
        secure: Callable[[zmq.Socket[bytes]], None] | None = None,
    ) -> None:
        self._counters = counters
        self._peers: dict[bytes, Peer] = {}
        self._unwelcomed: deque[tuple[bytes, int]] = deque(maxlen=4 * MAX_CLIENTS)
        self._file: Path | None = None
        check_endpoint(endpoint, has_keys=secure is not None)
        self.socket: zmq.Socket[bytes] = context.socket(zmq.ROUTER)
        configure(self.socket)
        self.socket.setsockopt(zmq.SNDHWM, REPLIES_HIGH_WATER_MARK)
        self.socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
        if secure is not None:
            secure(self.socket)
        self.endpoint = self._bind(endpoint)

    def _bind(self, endpoint: str) -> str:
        named = endpoint.startswith("ipc://") and not endpoint.startswith("ipc://@")
        file = Path(endpoint.removeprefix("ipc://")) if named else None
        if file is not None:
            require_free(file)
        try:
            self.socket.bind(endpoint)
        except zmq.ZMQError as error:
            raise ConfigurationError(f"{endpoint} cannot be bound: {error.strerror}; choose another endpoint") from None
        if file is not None:
            file.chmod(0o600)
            self._file = file
        return self.socket.getsockopt_string(zmq.LAST_ENDPOINT)

    def receive(self, n: int) -> list[Received]:
        """Frames and flushes that are there, up to `n` messages or `MAX_TURN_BYTES`; never waits.

        What is malformed is refused.
        """
        received: list[Received] = []
        size = 0
        for _ in range(n):
            if size >= MAX_TURN_BYTES or not readable(self.socket):
                break
            client, *parts = self._receive_parts()
            size += sum(map(len, parts))
            self._counters["messages"] += 1
            try:
                request = unpack_request(parts)
            except InvalidMessage as error:
                damaged = isinstance(error, DamagedMessage)
                self._counters["damaged" if damaged else "refused"] += 1
                log.warning("message %d refused: %s", self._counters["messages"], error)
                self.send(client, Refused(sequence_of(parts), shorten(str(error)), damaged))
                continue
            peer = self._peer(client)
            if isinstance(request, FrameRequest):
                received.append(Received(client, request.sequence, SpooledFrame.of(request, parts)))
            elif isinstance(request, Flush):
                received.append(Received(client, request.sequence, request))
            else:
                peer.watching |= isinstance(request, Watch)
                peer.listening |= isinstance(request, Listen)
                self._unwelcomed.append((client, request.sequence))
        return received

    def _receive_parts(self) -> list[bytes]:
        """The client's identity and its message, with one part more than there may be at most: the rest is let go."""
        parts = [self.socket.recv()]
        while self.socket.getsockopt(zmq.RCVMORE):
            part = self.socket.recv()
            if len(parts) <= PARTS + 1:
                parts.append(part)
        return parts

    def _peer(self, client: bytes) -> Peer:
        peer = self._peers.get(client)
        if peer is None:
            if len(self._peers) >= MAX_CLIENTS:
                # Those who only watch or listen last: they have nothing to say for most of their time.
                silent = min(
                    self._peers.items(), key=lambda item: (item[1].watching or item[1].listening, item[1].heard)
                )
                del self._peers[silent[0]]
            peer = self._peers[client] = Peer()
        peer.heard = time.monotonic()
        return peer

    def welcome(self, models: tuple[str, ...]) -> None:
        """Answer those who have begun to watch or listen, when there is a worker."""
        if models:
            for client, sequence in self._unwelcomed:
                self.send(client, Welcome(sequence, models))
            self._unwelcomed.clear()

    @property
    def listened(self) -> bool:
        """Whether anyone listens."""
        return any(peer.listening for peer in self._peers.values())

    def tell(self, reply: Reply, *, listening: bool) -> None:
        """To all who listen, or to all who watch."""
        for client, peer in list(self._peers.items()):
            if peer.listening if listening else peer.watching:
                self.send(client, reply)

    def put_off(self, items: Sequence[Received], queued: int, reason: str) -> None:
        """There is no room for these while so many pictures wait: they shall come again later."""
        if items:
            self._counters["busy"] += len(items)
            log.warning("%d messages were not taken: %s", len(items), reason)
        for item in items:
            self.send(item.client, Busy(queued, item.sequence, shorten(reason)))

    def send(self, client: bytes, reply: Reply) -> None:
        """To one client, unless it is gone or does not read: then it watches and listens no more."""
        try:
            self.socket.send_multipart([client, *pack(reply)], zmq.NOBLOCK)
        except zmq.ZMQError:
            if client in self._peers:
                self._peers[client].watching = self._peers[client].listening = False

    def close(self) -> None:
        """Give the endpoint back."""
        self.socket.close(linger=0)
        if self._file is not None:
            # libzmq leaves the file of an address that it was given.
            self._file.unlink(missing_ok=True)

# SPDX-License-Identifier: MIT
"""The decoder service: one ROUTER socket on one thread, one decoding thread behind it.

    clients ══DEALER══► ROUTER ─ unpack ─ Assembler per client ─► Worker ─ pictures, JSON lines
       ◄── accepted, refused, busy, result, drained ──┘               │
                           └────────────◄── finished ◄────────────────┘

A malformed message is refused and counted, and changes nothing else. What is accepted is in memory, not on disk.
While too many pictures wait for the network, the socket is not read: the clients' own queues fill, and they are told
that the decoder is alive.
"""

from __future__ import annotations

import logging
import os
import socket as sockets
import stat
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import zmq

from lrisc_sdr.errors import ConfigurationError, InputError, InvalidMessage
from lrisc_sdr.framing import Assembler
from lrisc_sdr.link.endpoint import check_endpoint, closing, configure
from lrisc_sdr.link.messages import (
    Accepted,
    Busy,
    ChannelReport,
    Drained,
    Flush,
    Listen,
    Refused,
    Reply,
    Result,
    Watch,
    Welcome,
)
from lrisc_sdr.link.wire import PARTS, FrameRequest, pack, sequence_of, shorten, unpack_request
from lrisc_sdr.link.worker import DrainedFor, PictureDecoder, Worker
from lrisc_sdr.types import ReceivedFrame, ReceivedLatents

log = logging.getLogger(__name__)

DEFAULT_ENDPOINT = "tcp://127.0.0.1:7850"
DEADLINE_S = 10.0
MAX_QUEUED = 16
MAX_CLIENTS = 16
TICK_MS = 500
STOP_S = 1.0
LOST = "the side information did not survive the channel: send the picture again, or at a higher SNR"


@dataclass
class Begun:
    """A picture that is being received: how many frames it has, and the best estimate of Es/N0 of each that came."""

    count: int
    snr_db: dict[int, float] = field(default_factory=dict)

    def note(self, index: int, snr_db: float) -> None:
        """A frame came, perhaps again; the better one is used."""
        self.snr_db[index] = max(snr_db, self.snr_db.get(index, snr_db))


@dataclass
class Peer:
    """A client, with the pictures that it has begun.

    Attributes:
        begun: the pictures of which frames came, by id.
        lost: how many of the assembler's lost pictures were reported.
        heard: when its last message came `[s, monotonic]`.
        incomplete: whether frames came since its pictures were last flushed.
        watching, listening: whether it wants every result, every report on the channel.
    """

    assembler: Assembler = field(default_factory=Assembler)
    begun: dict[int, Begun] = field(default_factory=dict)
    lost: int = 0
    heard: float = 0.0
    incomplete: bool = False
    watching: bool = False
    listening: bool = False


class DecoderService:
    """Binds, receives, assembles, has pictures decoded, reports.

    Args:
        endpoint: `ipc://PATH` or `tcp://127.0.0.1:PORT` (`*`: any free port).
        decoder, steps, folder: as for `Worker`.
        deadline_s: how long after a client's last frame its partial pictures are decoded as they are `[s]`.
        report: called with every result, on the thread that runs the service.

    Raises:
        ConfigurationError: an endpoint that is not on this machine or is taken, or a folder that cannot be written.
    """

    def __init__(
        self,
        endpoint: str,
        decoder: PictureDecoder,
        *,
        steps: int,
        folder: Path,
        deadline_s: float = DEADLINE_S,
        report: Callable[[Result], None] = lambda _: None,
    ) -> None:
        self._deadline_s = deadline_s
        self._report = report
        self._peers: dict[bytes, Peer] = {}
        self._busy_told = 0.0
        self._file: Path | None = None
        self.counters: Counter[str] = Counter(messages=0, refused=0, frames=0, dropped=0, decoded=0, failed=0)
        context = zmq.Context()
        self._router: zmq.Socket[bytes] = context.socket(zmq.ROUTER)
        configure(self._router)
        self._router.setsockopt(zmq.ROUTER_MANDATORY, 1)
        self._wake_in: zmq.Socket[bytes] = context.socket(zmq.PULL)
        self._wake_out: zmq.Socket[bytes] = context.socket(zmq.PUSH)
        self._close = closing(self, context, self._router, self._wake_in, self._wake_out)
        self._wake_in.bind("inproc://finished")
        self._wake_out.connect("inproc://finished")
        try:
            self.endpoint = self._bind(endpoint)
            self._worker = Worker(decoder, steps, folder, lambda: self._wake_out.send(b""))
        except BaseException:
            self._close()
            raise

    def _bind(self, endpoint: str) -> str:
        check_endpoint(endpoint)
        file = Path(endpoint.removeprefix("ipc://")) if endpoint.startswith("ipc://") else None
        if file is not None and not endpoint.startswith("ipc://@"):
            _require_free(file)
        try:
            self._router.bind(endpoint)
        except zmq.ZMQError as error:
            raise ConfigurationError(f"{endpoint} cannot be bound: {error.strerror}; choose another endpoint") from None
        if file is not None and not endpoint.startswith("ipc://@"):
            file.chmod(0o600)
            self._file = file
        return self._router.getsockopt_string(zmq.LAST_ENDPOINT)

    def run(self) -> None:
        """Serve until an exception, such as KeyboardInterrupt, comes through.

        Raises:
            ConfigurationError: the folder can no longer be written.
        """
        poller = zmq.Poller()
        poller.register(self._wake_in, zmq.POLLIN)
        poller.register(self._router, zmq.POLLIN)
        while True:
            full = self._worker.queued >= MAX_QUEUED
            poller.modify(self._router, 0 if full else zmq.POLLIN)
            ready = dict(poller.poll(TICK_MS))
            if self._wake_in in ready:
                self._wake_in.recv()
            if self._worker.failure is not None:
                raise self._worker.failure
            self._deliver()
            if ready.get(self._router) == zmq.POLLIN:
                self._receive()
            self._tick(full)

    def close(self) -> None:
        """Give the endpoint back; what is queued is dropped."""
        log.info("decoder at %s: %s", self.endpoint, ", ".join(f"{n} {what}" for what, n in self.counters.items()))
        if self._worker.stop(STOP_S):
            self._close()
        else:
            # In the middle of a picture: its thread holds the other sockets, and ends with the process.
            self._router.close(linger=0)
        if self._file is not None:
            # libzmq leaves the file of an address that it was given.
            self._file.unlink(missing_ok=True)

    def _receive(self) -> None:
        client, *parts = self._receive_parts()
        self.counters["messages"] += 1
        try:
            request = unpack_request(parts)
        except InvalidMessage as error:
            self.counters["refused"] += 1
            log.warning("message %d refused: %s", self.counters["messages"], error)
            self._send(client, Refused(sequence_of(parts), shorten(str(error))))
            return
        peer = self._peer(client)
        if isinstance(request, FrameRequest):
            self.counters["frames"] += 1
            self._send(client, Accepted(request.sequence))
            self._add(peer, request.frame)
        elif isinstance(request, Flush):
            self._send(client, Accepted(request.sequence))
            self._decode_incomplete(peer)
            self._worker.put(DrainedFor(client, Drained(request.sequence)))
        elif isinstance(request, Watch):
            peer.watching = True
            self._send(client, Welcome(request.sequence, self._worker.models))
        elif isinstance(request, Listen):
            peer.listening = True
            self._send(client, Welcome(request.sequence, self._worker.models))

    def _receive_parts(self) -> list[bytes]:
        """The client's identity and its message, with one part more than there may be at most: the rest is let go."""
        parts = [self._router.recv()]
        while self._router.getsockopt(zmq.RCVMORE):
            part = self._router.recv()
            if len(parts) <= PARTS + 1:
                parts.append(part)
        return parts

    def _peer(self, client: bytes) -> Peer:
        peer = self._peers.get(client)
        if peer is None:
            if len(self._peers) >= MAX_CLIENTS:
                # Those who only watch or listen last: they have nothing to say for most of their time.
                longest_silent = min(
                    self._peers,
                    key=lambda name: (
                        self._peers[name].watching or self._peers[name].listening,
                        self._peers[name].heard,
                    ),
                )
                self._decode_incomplete(self._peers.pop(longest_silent))
            peer = self._peers[client] = Peer()
        peer.heard = time.monotonic()
        return peer

    def _add(self, peer: Peer, frame: ReceivedFrame) -> None:
        header = frame.header
        peer.incomplete = True
        peer.begun.setdefault(header.picture_id, Begun(header.count)).note(header.index, frame.snr_db)
        try:
            received = peer.assembler.add(frame)
        except InputError as error:
            # The radio's fault and not the client's: another of its frames may have passed the header's CRC by chance.
            self.counters["dropped"] += 1
            log.warning("frame %d of picture %d dropped: %s", header.index, header.picture_id, error)
            return
        self._queue(peer, [] if received is None else [received])

    def _decode_incomplete(self, peer: Peer) -> None:
        peer.incomplete = False
        self._queue(peer, peer.assembler.flush())
        peer.begun.clear()

    def _queue(self, peer: Peer, pictures: list[ReceivedLatents]) -> None:
        """Have pictures decoded, and report those whose side information was lost since the last call."""
        for received in pictures:
            self._tell(received.picture_id, peer.begun.pop(received.picture_id, None))
            self._worker.put(received)
        n_lost = peer.assembler.counters.lost - peer.lost
        peer.lost += n_lost
        for picture_id in peer.assembler.lost_ids[-n_lost:] if n_lost else []:
            begun = peer.begun.pop(picture_id, Begun(0))
            self._tell(picture_id, begun)
            self._worker.put(
                Result(
                    picture_id=picture_id,
                    ok=False,
                    error=LOST,
                    frames_received=len(begun.snr_db),
                    frames_sent=begun.count,
                )
            )

    def _tell(self, picture_id: int, begun: Begun | None) -> None:
        """What the frames of a picture tell of the channel, to all who listen."""
        if begun is None or not begun.snr_db:
            return
        received = len(begun.snr_db)
        mean = sum(begun.snr_db.values()) / received
        report = ChannelReport(picture_id, mean, received, max(begun.count - received, 0))
        for client, peer in list(self._peers.items()):
            if peer.listening:
                self._send(client, report)

    def _deliver(self) -> None:
        while not self._worker.finished.empty():
            item = self._worker.finished.get()
            if isinstance(item, DrainedFor):
                self._send(item.client, item.message)
                continue
            self.counters["decoded" if item.ok else "failed"] += 1
            self._report(item)
            for client, peer in list(self._peers.items()):
                if peer.watching:
                    self._send(client, item)

    def _tick(self, full: bool) -> None:
        now = time.monotonic()
        for peer in self._peers.values():
            if peer.incomplete and now - peer.heard > self._deadline_s:
                self._decode_incomplete(peer)
        if full and now - self._busy_told > 1.0:
            self._busy_told = now
            for client in list(self._peers):
                self._send(client, Busy(self._worker.queued))

    def _send(self, client: bytes, reply: Reply) -> None:
        try:
            self._router.send_multipart([client, *pack(reply)], zmq.NOBLOCK)
        except zmq.ZMQError:
            # Gone, or it does not read: its partial pictures are still decoded, at the deadline.
            if client in self._peers:
                self._peers[client].watching = self._peers[client].listening = False


def _require_free(path: Path) -> None:
    """Binding would unlink whatever is there, even the socket of a decoder that lives."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return
    if not stat.S_ISSOCK(mode):
        raise ConfigurationError(f"{path} is not a socket and would be overwritten: choose another endpoint")
    with sockets.socket(sockets.AF_UNIX) as probe:
        if probe.connect_ex(os.fspath(path)) == 0:
            raise ConfigurationError(f"{path} is in use by another decoder: choose another endpoint")

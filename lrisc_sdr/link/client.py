# SPDX-License-Identifier: MIT
"""One end of the link as a client has it: a DEALER socket, numbered requests, replies within a finite time."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

import zmq

from lrisc_sdr.errors import ConfigurationError, DamagedMessage, ProcessFailed
from lrisc_sdr.link.endpoint import REPLIES_HIGH_WATER_MARK, check_endpoint, closing, configure
from lrisc_sdr.link.messages import Reply
from lrisc_sdr.link.wire import unpack_reply

if TYPE_CHECKING:
    from typing_extensions import Self

log = logging.getLogger(__name__)


class Client:
    """A connection to the decoder. One thread only: the one that made it.

    Args:
        endpoint: `ipc://PATH` or `tcp://127.0.0.1:PORT`.
        timeout_s: how long the decoder may be silent while it owes an answer `[s]`.
        secure: applies keys to a socket before it connects; without it the endpoint is on this machine.

    Attributes:
        replies: how many the decoder has sent.
        stream: the name of its frames' stream.

    Raises:
        ConfigurationError: the endpoint is not on this machine, or cannot be connected to.
    """

    def __init__(
        self, endpoint: str, *, timeout_s: float, secure: Callable[[zmq.Socket[bytes]], None] | None = None
    ) -> None:
        self.endpoint = check_endpoint(endpoint, has_keys=secure is not None)
        self.timeout_s = timeout_s
        self.stream = os.urandom(8).hex()
        self._secure = secure
        self._sequence = 0
        self.replies = 0
        self._connect()

    def _connect(self) -> None:
        context = zmq.Context()
        self._socket: zmq.Socket[bytes] = context.socket(zmq.DEALER)
        self._close = closing(self, context, self._socket)
        configure(self._socket)
        self._socket.setsockopt(zmq.RCVHWM, REPLIES_HIGH_WATER_MARK)
        if self._secure is not None:
            self._secure(self._socket)
        try:
            self._socket.connect(self.endpoint)
        except zmq.ZMQError as error:
            self.close()
            raise ConfigurationError(f"{self.endpoint} cannot be connected to: {error.strerror}") from None

    def reconnect(self) -> None:
        """Connect anew; what the old connection had not sent is dropped with it."""
        self._close()
        self._connect()

    def next_sequence(self) -> int:
        """A number that this client has not used yet."""
        self._sequence += 1
        return self._sequence

    def post(self, parts: list[bytes]) -> None:
        """Hand a request to the socket; never waits.

        A request is lost where `HIGH_WATER_MARK` are queued, or the decoder has refused this client: libzmq ends that
        connection for good. As with everything that a connection may lose, no answer comes.
        """
        try:
            self._socket.send_multipart(parts, zmq.NOBLOCK, copy=False)
        except zmq.Again:
            log.debug("%s takes nothing", self.endpoint)

    def reply(self, wait_s: float) -> Reply | None:
        """The next reply that arrives whole, or None where none came within `wait_s`."""
        while self._socket.poll(round(1_000 * wait_s), zmq.POLLIN):
            self.replies += 1
            try:
                return unpack_reply(self._socket.recv_multipart())
            except DamagedMessage as error:
                log.warning("from %s: %s", self.endpoint, error)
        return None

    def expect(self) -> Reply:
        """The next reply.

        Raises:
            ProcessFailed: the decoder has been silent for `timeout_s`.
        """
        reply = self.reply(self.timeout_s)
        if reply is None:
            raise self.silence()
        return reply

    def silence(self) -> ProcessFailed:
        """The error of a decoder that does not answer."""
        hint = "" if self._secure is None else ", or a key is wrong: its metrics and its log say which"
        return ProcessFailed(
            f"the decoder at {self.endpoint} did not answer within {self.timeout_s:g} s: "
            f"start it with `lrisc decode --bind {self.endpoint}`{hint}"
        )

    def close(self) -> None:
        """Let go of the connection; never waits. A second call does nothing."""
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

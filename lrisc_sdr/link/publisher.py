# SPDX-License-Identifier: MIT
"""What anyone may watch: results and counters, published to whoever subscribes. They may be lost; the spool is not.

[topic, magic, header, body]    topic: b"result", b"counters"
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import zmq

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.link.endpoint import check_endpoint, configure
from lrisc_sdr.link.messages import Counters, Result
from lrisc_sdr.link.wire import pack

COUNTERS_S = 1.0


class Publisher:
    """A PUB socket, or nothing where there is no endpoint.

    Args:
        context: of the socket.
        endpoint: where to publish, or None.
        secure: applies keys to the socket before it is bound; without it the endpoint is on this machine.

    Raises:
        ConfigurationError: the endpoint is not on this machine, or taken.
    """

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        endpoint: str | None,
        secure: Callable[[zmq.Socket[bytes]], None] | None = None,
    ) -> None:
        self._socket: zmq.Socket[bytes] | None = None
        self._told = 0.0
        if endpoint is None:
            return
        check_endpoint(endpoint, has_keys=secure is not None)
        self._socket = context.socket(zmq.PUB)
        configure(self._socket)
        if secure is not None:
            secure(self._socket)
        try:
            self._socket.bind(endpoint)
        except zmq.ZMQError as error:
            raise ConfigurationError(
                f"{endpoint} cannot be bound: {error.strerror}; choose another --publish"
            ) from None

    def result(self, result: Result) -> None:
        """One picture, decoded or failed."""
        if self._socket is not None:
            self._socket.send_multipart([b"result", *pack(result)])

    def counters(self, counters: Mapping[str, int]) -> None:
        """What the service has counted since its start, once a second."""
        now = time.monotonic()
        if self._socket is not None and now - self._told >= COUNTERS_S:
            self._told = now
            self._socket.send_multipart([b"counters", *pack(Counters(dict(counters)))])

# SPDX-License-Identifier: MIT
"""Who may speak to a decoder beyond this machine: CURVE on both ends and an allow-list of clients at the decoder.

    client: own key pair + decoder's public key ══ CurveCP handshake ══► decoder: own key pair
                                                                            └─ ZAP ─► is the client's key on the list?

Without all of it libzmq ends the connection before a byte of a message is read. The pattern is ZeroMQ's "ironhouse";
CURVE is ZeroMQ RFC 26, ZAP is RFC 27.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import zmq
from zmq.auth.thread import ThreadAuthenticator
from zmq.utils.monitor import recv_monitor_message

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.link.key_files import read_allowed, read_pair, read_public

log = logging.getLogger(__name__)

DOMAIN = "lrisc"

_FAILURES = zmq.EVENT_HANDSHAKE_FAILED_AUTH | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL


class Refusal(str, Enum):
    """Why a connection was refused.

    It showed no key: whichever end sees first that the other does not speak CURVE ends it, and a scanner of ports looks
    the same; it took another public key for the decoder's; or its own is not on the list.
    """

    NO_KEY = "no_key"
    WRONG_KEY = "wrong_key"
    NOT_ALLOWED = "not_allowed"


@dataclass(frozen=True)
class DecoderKeys:
    """What a decoder needs to be reached from elsewhere.

    Attributes:
        public, secret: its key pair.
        clients: the folder with the public keys of those whom it lets in.
    """

    public: bytes
    secret: bytes
    clients: Path

    @classmethod
    def read(cls, key: Path, clients: Path) -> DecoderKeys:
        """The keys from their files.

        Raises:
            ConfigurationError: a file holds no key, others may read the secret one, or the list is empty.
        """
        public, secret = _pair(key)
        if not read_allowed(clients):
            raise ConfigurationError(f"nobody is on the list {clients}: `lrisc keys allow NAME.key` puts clients there")
        return cls(public, secret, clients)


@dataclass(frozen=True)
class ClientKeys:
    """What a client needs to reach a decoder elsewhere.

    Attributes:
        public, secret: its key pair.
        decoder: the decoder's public key.
    """

    public: bytes
    secret: bytes
    decoder: bytes

    @classmethod
    def read(cls, key: Path, decoder: Path) -> ClientKeys:
        """The keys from their files.

        Raises:
            ConfigurationError: a file holds no key, or others may read the secret one.
        """
        public, secret = _pair(key)
        return cls(public, secret, read_public(decoder))

    def apply(self, socket: zmq.Socket[bytes]) -> None:
        """Have a socket speak CURVE; before it connects."""
        socket.curve_publickey = self.public
        socket.curve_secretkey = self.secret
        socket.curve_serverkey = self.decoder


def _pair(key: Path) -> tuple[bytes, bytes]:
    public, secret = read_pair(key)
    if secret is None:
        raise ConfigurationError(f"{key} holds no secret key: give {key}_secret")
    return public, secret


class Door:
    """Lets only the allowed clients through a decoder's sockets, and counts the others.

    The list is read anew for every client that comes: who is taken off it is not let in again. Connections that stand
    stay.

    Args:
        context: of the sockets; one door a context.
        keys: the decoder's.

    Attributes:
        refused: connections that were refused, by the reason.
    """

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], keys: DecoderKeys) -> None:
        self._keys = keys
        self._guarded: list[tuple[zmq.Socket[bytes], zmq.Socket[bytes]]] = []
        self.refused: Counter[Refusal] = Counter(dict.fromkeys(Refusal, 0))
        self._authenticator = ThreadAuthenticator(context)
        self._authenticator.start()
        self._authenticator.configure_curve_callback(DOMAIN, self)

    def guard(self, socket: zmq.Socket[bytes]) -> None:
        """Stand before a socket; before it is bound."""
        socket.curve_server = True
        socket.curve_publickey = self._keys.public
        socket.curve_secretkey = self._keys.secret
        socket.zap_domain = DOMAIN.encode()
        # Without this a socket whose authenticator is gone lets everyone in.
        socket.setsockopt(zmq.ZAP_ENFORCE_DOMAIN, 1)
        self._guarded.append((socket, socket.get_monitor_socket(_FAILURES)))

    def callback(self, domain: str, key: bytes) -> bool:  # noqa: ARG002 - pyzmq's interface
        """Whether a client with this public key comes in; the authenticator asks, on its own thread."""
        try:
            name = read_allowed(self._keys.clients).get(key)
        except ConfigurationError as error:
            log.warning("%s; nobody is let in until then", error)
            return False
        log.log(logging.WARNING if name is None else logging.INFO, "client %s: %s", key.decode(), name or "not allowed")
        return name is not None

    def note(self) -> None:
        """Count who has come and was refused; never waits."""
        for _, monitor in self._guarded:
            while monitor.poll(0):
                message = recv_monitor_message(monitor)
                reason = _reason(message["event"], message["value"])
                self.refused[reason] += 1
                log.warning("a connection was refused: %s", reason.value.replace("_", " "))

    def close(self) -> None:
        """End the authenticator; before the sockets and their context are closed."""
        for socket, _ in self._guarded:
            socket.disable_monitor()
        self._authenticator.stop()


def _reason(event: int, value: int) -> Refusal:
    if event == zmq.EVENT_HANDSHAKE_FAILED_AUTH:
        return Refusal.NOT_ALLOWED
    if event == zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL and value == zmq.PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC:
        return Refusal.WRONG_KEY
    return Refusal.NO_KEY

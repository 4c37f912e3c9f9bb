# SPDX-License-Identifier: MIT
"""Who gets through a decoder's socket: real sockets, on TCP."""

from __future__ import annotations

import socket as sockets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import zmq

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.link import endpoint as endpoints
from lrisc_sdr.link.key_files import allow, create_pair
from lrisc_sdr.link.security import ClientKeys, DecoderKeys, Door, Refusal


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of keys: the decoder's, those of a client on its list and of one that is not, and another decoder's."""
    folder = tmp_path / "keys"
    for name in ("decoder", "friend", "stranger", "other"):
        create_pair(folder, name)
    allow(folder, folder / "friend.key")
    return folder


class Guarded:
    """A ROUTER behind a door."""

    def __init__(self, folder: Path) -> None:
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.router = self.context.socket(zmq.ROUTER)
        self.door = Door(self.context, DecoderKeys.read(folder / "decoder.key_secret", folder / "clients"))
        self.door.guard(self.router)
        endpoints.configure(self.router)
        self.router.bind("tcp://127.0.0.1:*")
        self.endpoint = self.router.getsockopt_string(zmq.LAST_ENDPOINT)

    def frame(self, wait_s: float) -> bytes | None:
        return self.router.recv_multipart()[1] if self.router.poll(round(1_000 * wait_s)) else None

    def wait_for(self, reason: Refusal) -> None:
        deadline = time.monotonic() + 60
        while not self.door.refused[reason] and time.monotonic() < deadline:
            self.door.note()
            time.sleep(0.01)
        assert self.door.refused[reason]

    def close(self) -> None:
        self.door.close()
        self.context.destroy(linger=0)


@pytest.fixture
def guarded(folder: Path) -> Iterator[Guarded]:
    guarded = Guarded(folder)
    yield guarded
    guarded.close()


@pytest.fixture
def dial(guarded: Guarded, folder: Path) -> Iterator[Callable[..., zmq.Socket[bytes]]]:
    """Connects a client with keys of these names, or with none, and sends `hello`."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    # The context does not hold its sockets: one that is collected would take its message along.
    dealers: list[zmq.Socket[bytes]] = []

    def connect(own: str | None = None, decoder: str = "decoder") -> zmq.Socket[bytes]:
        dealer = context.socket(zmq.DEALER)
        dealers.append(dealer)
        if own is not None:
            ClientKeys.read(folder / f"{own}.key_secret", folder / f"{decoder}.key").apply(dealer)
        dealer.connect(guarded.endpoint)
        # One that is refused before this line takes nothing, and would wait for ever.
        with suppress(zmq.Again):
            dealer.send(b"hello", zmq.NOBLOCK)
        return dealer

    yield connect
    context.destroy(linger=0)


def test_a_client_on_the_list_comes_in(guarded: Guarded, dial: Callable[..., zmq.Socket[bytes]]) -> None:
    dial("friend")
    assert guarded.frame(60) == b"hello"
    guarded.door.note()
    assert sum(guarded.door.refused.values()) == 0


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ((), Refusal.NO_KEY),
        (("friend", "other"), Refusal.WRONG_KEY),
        (("stranger",), Refusal.NOT_ALLOWED),
    ],
    ids=lambda value: value.value if isinstance(value, Refusal) else "",
)
def test_no_frame_of_others_comes_in_and_the_attempt_is_counted(
    guarded: Guarded, dial: Callable[..., zmq.Socket[bytes]], keys: tuple[str, ...], reason: Refusal
) -> None:
    dial(*keys)
    guarded.wait_for(reason)
    assert guarded.frame(0.2) is None
    guarded.door.note()
    assert {key for key, count in guarded.door.refused.items() if count} == {reason}
    dial("friend")
    assert guarded.frame(60) == b"hello"


def test_a_connection_that_ends_before_its_greeting_is_counted(guarded: Guarded) -> None:
    host, _, port = guarded.endpoint.removeprefix("tcp://").partition(":")
    with sockets.create_connection((host, int(port))) as scanner:
        scanner.recv(1)
    guarded.wait_for(Refusal.NO_KEY)


def test_the_list_counts_as_it_is_when_a_client_comes(
    guarded: Guarded, dial: Callable[..., zmq.Socket[bytes]], folder: Path
) -> None:
    dial("stranger")
    guarded.wait_for(Refusal.NOT_ALLOWED)
    allow(folder, folder / "stranger.key")
    dial("stranger")
    assert guarded.frame(60) == b"hello"
    (folder / "clients" / "friend.key").unlink()
    guarded.door.refused.clear()
    dial("friend")
    guarded.wait_for(Refusal.NOT_ALLOWED)


def test_a_damaged_list_lets_nobody_in(
    guarded: Guarded, dial: Callable[..., zmq.Socket[bytes]], folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "clients" / "friend.key").write_text("nonsense")
    dial("friend")
    guarded.wait_for(Refusal.NOT_ALLOWED)
    assert "nobody is let in" in caplog.text


def test_keys_that_are_not_fit_are_one_line(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="holds no secret key"):
        DecoderKeys.read(folder / "decoder.key", folder / "clients")
    with pytest.raises(ConfigurationError, match="nobody is on the list"):
        DecoderKeys.read(folder / "decoder.key_secret", tmp_path)
    with pytest.raises(ConfigurationError, match="no file of a key"):
        ClientKeys.read(folder / "friend.key_secret", tmp_path / "missing.key")
    (folder / "friend.key_secret").chmod(0o640)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        ClientKeys.read(folder / "friend.key_secret", folder / "decoder.key")


def test_keys_open_addresses_beyond_this_machine() -> None:
    assert endpoints.check_endpoint("tcp://0.0.0.0:7850", has_keys=True) == "tcp://0.0.0.0:7850"
    with pytest.raises(ConfigurationError, match="not an endpoint"):
        endpoints.check_endpoint("udp://0.0.0.0:7850", has_keys=True)

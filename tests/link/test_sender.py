# SPDX-License-Identifier: MIT
"""The sender against a decoder that answers as the test tells it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
import zmq

from lrisc_sdr.errors import ConfigurationError, InvalidMessage, ProcessFailed
from lrisc_sdr.link import Sender
from lrisc_sdr.link.key_files import allow, create_pair
from lrisc_sdr.link.messages import Accepted, Busy, Flush, Refused, Reply
from lrisc_sdr.link.security import ClientKeys, DecoderKeys, Door, Refusal
from lrisc_sdr.link.sender import WINDOW
from lrisc_sdr.link.wire import FrameRequest, pack, unpack_request
from lrisc_sdr.types import FrameHeader, ReceivedFrame


def a_frame(index: int) -> ReceivedFrame:
    return ReceivedFrame(
        header=FrameHeader(3, index % 256, 256, 8, 40, 1),
        symbols=np.full(8, index, np.complex64),
        noise_var=np.ones(8, np.float32),
        snr_db=1.0,
        cfo_hz=2.0,
        sco_ppm=3.0,
        evm_db=4.0,
        channel=np.empty(0, np.complex64),
        start_sample=5,
    )


class ScriptedDecoder:
    """A ROUTER on a thread of its own that answers every request by a function."""

    def __init__(
        self,
        endpoint: str,
        answer: Callable[[FrameRequest | Flush], Iterable[Reply]],
        keys: DecoderKeys | None = None,
    ) -> None:
        self.requests: list[FrameRequest | Flush] = []
        self._answer = answer
        self._stop = threading.Event()
        self._context = zmq.Context()
        self._router = self._context.socket(zmq.ROUTER)
        self.door = None if keys is None else Door(self._context, keys)
        if self.door is not None:
            self.door.guard(self._router)
        self._router.bind(endpoint)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while not self._stop.is_set():
            if not self._router.poll(20):
                continue
            client, *parts = self._router.recv_multipart()
            request = unpack_request(parts)
            self.requests.append(request)  # type: ignore[arg-type]
            for reply in self._answer(request):  # type: ignore[arg-type]
                self._router.send_multipart([client, *pack(reply)])

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        if self.door is not None:
            self.door.close()
        self._context.destroy(linger=0)


@pytest.fixture
def endpoint(tmp_path: Path) -> str:
    return f"ipc://{tmp_path}/decoder"


@pytest.fixture
def serve(endpoint: str) -> Iterator[Callable[..., ScriptedDecoder]]:
    running: list[ScriptedDecoder] = []

    def start(
        answer: Callable[[FrameRequest | Flush], Iterable[Reply]], keys: DecoderKeys | None = None
    ) -> ScriptedDecoder:
        running.append(ScriptedDecoder(endpoint, answer, keys))
        return running[-1]

    yield start
    for decoder in running:
        decoder.close()


def accept(request: FrameRequest | Flush) -> list[Reply]:
    return [Accepted(request.sequence)]


def test_every_frame_arrives_once_and_in_order(endpoint: str, serve: Callable[..., ScriptedDecoder]) -> None:
    decoder = serve(accept)
    n = 3 * WINDOW
    with Sender(endpoint) as sender:
        for index in range(n):
            sender.send(a_frame(index))
        sender.flush()
    *frames, flush = decoder.requests
    assert isinstance(flush, Flush)
    assert [frame.frame.symbols[0] for frame in frames] == list(range(n))  # type: ignore[union-attr]


def test_no_more_than_the_window_is_unacknowledged(endpoint: str, serve: Callable[..., ScriptedDecoder]) -> None:
    decoder = serve(lambda request: [])
    with Sender(endpoint, timeout_s=0.3) as sender:
        for index in range(WINDOW):
            sender.send(a_frame(index))
        with pytest.raises(ProcessFailed, match=r"did not answer within 0\.3 s"):
            sender.send(a_frame(WINDOW))
    assert len(decoder.requests) <= WINDOW


def test_flush_without_a_decoder_fails_in_finite_time(endpoint: str) -> None:
    with Sender(endpoint, timeout_s=0.2) as sender:
        sender.send(a_frame(0))
        with pytest.raises(ProcessFailed, match="lrisc decode --bind"):
            sender.flush()


def test_flush_waits_for_the_last_acknowledgement(endpoint: str, serve: Callable[..., ScriptedDecoder]) -> None:
    serve(lambda request: [Accepted(request.sequence)] if request.sequence != 2 else [])
    with Sender(endpoint, timeout_s=0.3) as sender:
        sender.send(a_frame(0))
        sender.send(a_frame(1))
        with pytest.raises(ProcessFailed):
            sender.flush()


def test_a_busy_decoder_is_waited_for(endpoint: str, serve: Callable[..., ScriptedDecoder]) -> None:
    def late(request: FrameRequest | Flush) -> Iterator[Reply]:
        for _ in range(5):
            threading.Event().wait(0.5)
            yield Busy(1)
        yield Accepted(request.sequence)

    serve(late)
    with Sender(endpoint, timeout_s=2) as sender:
        sender.flush()


def test_a_refused_frame_is_an_error(endpoint: str, serve: Callable[..., ScriptedDecoder]) -> None:
    serve(lambda request: [Refused(request.sequence, "no such thing")])
    with Sender(endpoint, timeout_s=60) as sender:
        sender.send(a_frame(0))
        with pytest.raises(InvalidMessage, match="no such thing"):
            sender.flush()


def test_a_sender_that_was_refused_delivers_once_it_is_let_in(
    endpoint: str, serve: Callable[..., ScriptedDecoder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """libzmq has ended its connection for good: what comes then must neither wait for ever nor be lost."""
    monkeypatch.setattr("lrisc_sdr.link.sender.AWAY_S", 0.1)
    for name in ("decoder", "friend", "stranger"):
        create_pair(tmp_path, name)
    clients = allow(tmp_path, tmp_path / "friend.key").parent
    decoder = serve(accept, DecoderKeys.read(tmp_path / "decoder.key_secret", clients))
    keys = ClientKeys.read(tmp_path / "stranger.key_secret", tmp_path / "decoder.key")
    with Sender(endpoint, timeout_s=60, secure=keys.apply) as sender:
        sent = [sender.send(a_frame(0))]
        deadline = time.monotonic() + 60
        while not decoder.door.refused[Refusal.NOT_ALLOWED] and time.monotonic() < deadline:  # type: ignore[union-attr]
            decoder.door.note()  # type: ignore[union-attr]
            time.sleep(0.01)
        sent += [sender.send(a_frame(index)) for index in (1, 2)]
        assert not decoder.requests
        allow(tmp_path, tmp_path / "stranger.key")
        sender.flush()
    assert list(dict.fromkeys(request.sequence for request in decoder.requests)) == [*sent, sent[-1] + 1]


def test_a_frame_that_breaks_the_format_never_leaves(endpoint: str, serve: Callable[..., ScriptedDecoder]) -> None:
    decoder = serve(accept)
    broken = a_frame(0)
    broken.noise_var[0] = 0
    with Sender(endpoint) as sender:
        with pytest.raises(InvalidMessage):
            sender.send(broken)
        sender.flush()
    assert len(decoder.requests) == 1


def test_closing_does_not_wait_for_a_decoder_that_is_not_there(endpoint: str) -> None:
    sender = Sender(endpoint)
    sender.send(a_frame(0))
    sender.close()
    sender.close()


def test_an_endpoint_elsewhere_is_refused() -> None:
    with pytest.raises(ConfigurationError):
        Sender("tcp://192.0.2.1:7850")


def test_a_sender_that_nobody_closed_holds_up_nothing(tmp_path: Path) -> None:
    """Collected as part of a cycle, in which a context may come before its sockets. In another process: it may hang."""
    program = (
        "import gc\n"
        "from lrisc_sdr.link import Sender\n"
        "sender = Sender('ipc://nobody', timeout_s=1)\n"
        "sender.itself = sender\n"
        "del sender\n"
        "gc.collect()\n"
        "print('collected')\n"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, timeout=120, check=False)
    assert run.stdout == b"collected\n", run.stderr


def test_an_address_that_cannot_be_connected_to_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be connected to"):
        Sender("tcp://127.0.0.1:*")

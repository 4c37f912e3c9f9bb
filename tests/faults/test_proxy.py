# SPDX-License-Identifier: MIT
"""A decoder behind a bad network: nothing acknowledged is lost, nothing is decoded wrongly, and it shows."""

from __future__ import annotations

import re
import socket
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress

import pytest

from benchmarks.service.pictures import frames
from benchmarks.service.running import Service, service
from lrisc_sdr.framing import assemble
from lrisc_sdr.link import Sender
from lrisc_sdr.link import sender as senders
from lrisc_sdr.link.jobs import Job
from lrisc_sdr.link.key_files import allow, create_pair
from lrisc_sdr.link.messages import Flush
from lrisc_sdr.link.security import ClientKeys
from lrisc_sdr.link.wire import pack
from lrisc_sdr.link.worker import NullWorker
from tests.faults.proxy import Faults, Proxy

PICTURES = 64
SIDE = 96


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Decoder:
    """A service on TCP, with keys or without, and its metrics."""

    def __init__(self, running: Service, port: int, metrics: int, keys: ClientKeys | None) -> None:
        self.running = running
        self.port = port
        self.keys = keys
        self._metrics = metrics

    def metrics(self) -> dict[str, float]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self._metrics}/metrics", timeout=60) as answer:
            text = answer.read().decode()
        return {name: float(value) for name, value in re.findall(r"^(lrisc_\S+) (\S+)$", text, re.MULTILINE)}

    def wait_for(self, name: str, value: float) -> dict[str, float]:
        deadline = time.monotonic() + 60
        while (found := self.metrics()).get(name) != value and time.monotonic() < deadline:
            time.sleep(0.1)
        assert found.get(name) == value, found
        return found


@pytest.fixture(scope="module", params=["open", "keys"])
def decoder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Decoder]:
    folder = tmp_path_factory.mktemp("service")
    port, metrics = free_port(), free_port()
    options = ["--bind", f"tcp://127.0.0.1:{port}", "--metrics", str(metrics), "--decoder", "null", "--deadline-s=0.5"]
    keys = None
    if request.param == "keys":
        for name in ("decoder", "radio"):
            create_pair(folder / "keys", name)
        allow(folder / "keys", folder / "keys" / "radio.key")
        options += ["--key", str(folder / "keys" / "decoder.key_secret")]
        keys = ClientKeys.read(folder / "keys" / "radio.key_secret", folder / "keys" / "decoder.key")
    with service(folder, *options) as running:
        running.endpoint = f"tcp://127.0.0.1:{port}"
        decoder = Decoder(running, port, metrics, keys)
        while True:
            running.require_alive()
            try:
                if decoder.metrics().get("lrisc_workers") == 1:
                    break
            except OSError:
                time.sleep(0.1)
        yield decoder


FAULTS = {
    "delays": Faults(delay_s=0.02),
    "trickles": Faults(trickle_bytes=512),
    "cuts": Faults(cut_bytes=150_000),
    "cuts after two or three frames": Faults(cut_bytes=30_000),
    "corrupts": Faults(corrupt_bytes=150_000, sound_bytes=1_000),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_is_lost_and_nothing_is_wrong(decoder: Decoder, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # What is lost with a connection comes again sooner than in life.
    monkeypatch.setattr(senders, "AWAY_S", 0.25)
    monkeypatch.setattr(senders, "MAX_AWAY_S", 1.0)
    before = decoder.metrics()
    acknowledged: set[int] = set()
    sent: dict[int, int] = {}
    expected: dict[int, str | None] = {}
    proxy = Proxy(decoder.port, FAULTS[fault])
    try:
        secure = None if decoder.keys is None else decoder.keys.apply
        endpoint = f"tcp://127.0.0.1:{proxy.port}"
        with Sender(endpoint, timeout_s=120, secure=secure, acknowledged=acknowledged.add) as sender:
            for number, received in frames(range(PICTURES), SIDE):
                (frame,) = received
                sent[sender.send(frame)] = number
                (outcome,) = NullWorker().decode([Job(0, 1, "", assemble(received))])
                assert outcome.result is not None
                expected[number] = outcome.result.digest
            sender.flush()
            stream = sender.stream
    finally:
        proxy.close()
    assert {sent[sequence] for sequence in acknowledged if sequence in sent} == set(range(PICTURES))
    total = 'lrisc_pictures_total{outcome="decoded"}'
    after = decoder.wait_for(total, before[total] + PICTURES)
    results = [row for row in decoder.running.results() if row["stream"] == stream]
    assert {row["picture_id"]: row["digest"] for row in results} == expected
    assert all(row["ok"] and row["complete"] for row in results)
    # The state is visible: every frame once, and what came twice as such.
    accepted = 'lrisc_frames_total{stage="payload_ok"}'
    assert after[accepted] == before[accepted] + PICTURES
    if fault.startswith("cuts"):
        assert proxy.counted["cut"] > 0
        assert proxy.counted["connections"] > 1
    elif fault == "corrupts":
        assert proxy.counted["corrupted"] > 0
        if decoder.keys is None:  # with keys, such a connection ends
            damaged = 'lrisc_messages_total{outcome="damaged"}'
            assert after[damaged] > before[damaged]


def test_frames_of_a_client_that_shows_no_key_do_not_come_in(decoder: Decoder) -> None:
    if decoder.keys is None:
        pytest.skip("this decoder asks for none")
    import zmq

    before = decoder.metrics()
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    stranger = context.socket(zmq.DEALER)
    stranger.linger = 0
    stranger.connect(decoder.running.endpoint)
    # One that is refused before this line takes nothing, and would wait for ever.
    with suppress(zmq.Again):
        stranger.send_multipart(pack(Flush(1, 16 * "0")), zmq.NOBLOCK)
    deadline = time.monotonic() + 60
    name = 'lrisc_refused_connections_total{reason="no_key"}'
    while (after := decoder.metrics())[name] == before[name] and time.monotonic() < deadline:
        time.sleep(0.1)
    stranger.close()
    context.term()
    assert after[name] > before[name]
    assert after['lrisc_messages_total{outcome="refused"}'] == before['lrisc_messages_total{outcome="refused"}']

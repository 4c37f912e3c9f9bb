# SPDX-License-Identifier: MIT
"""The decoder service, from the outside: frames and nonsense in, results, pictures and counters out."""

from __future__ import annotations

import dataclasses
import json
import threading
import time

import numpy as np
import pytest
import zmq
from PIL import Image

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.link import Sender, clients
from lrisc_sdr.link.client import Client
from lrisc_sdr.link.envelope import seal
from lrisc_sdr.link.messages import Accepted, Drained, Flush, Refused
from lrisc_sdr.link.wire import pack, pack_frame, unpack_reply


def test_a_whole_picture_becomes_two_files_and_a_line(endpoint, serve, watch, frames_of) -> None:
    running, watcher = serve(), watch()
    with Sender(endpoint) as sender:
        for frame in reversed(frames_of(300)):
            sender.send(frame)
        sender.flush()
    (result,) = watcher.results()
    assert result.ok
    assert result.error is None
    assert (result.picture_id, result.height, result.width, result.model_id) == (300, 40, 24, "0123abcd")
    assert result.frames_received == result.frames_sent == len(frames_of(300))
    assert result.snr_db == pytest.approx(20)
    assert result.cfo_hz == pytest.approx(100)
    assert (result.picture, result.jscc) == ("00300.png", "00300-jscc.png")
    level = 900 % 256
    for name, expected in (("00300.png", level), ("00300-jscc.png", level // 2)):
        with Image.open(running.folder / name) as image:
            assert image.size == (24, 40)
            assert np.unique(np.asarray(image)).tolist() == [expected]
    (line,) = (running.folder / "pictures.jsonl").read_text().splitlines()
    row = json.loads(line)
    assert row["picture_id"] == 300
    assert row["ok"] is True
    assert row["decode_s"] == result.decode_s
    np.testing.assert_allclose(running.decoder.given[0].noise_var, 0.01)


def test_pictures_interleaved_from_two_clients_do_not_mix(endpoint, serve, watch, frames_of) -> None:
    serve()
    watcher = watch()
    with Sender(endpoint) as one, Sender(endpoint) as two:
        for a, b in zip(frames_of(5, n=900), frames_of(5, n=700)[:3], strict=False):
            one.send(a)
            two.send(b)
        for frame in frames_of(5, n=900)[3:]:
            one.send(frame)
        one.flush()
        two.flush()
    results = watcher.results()
    assert sorted(result.frames_received == result.frames_sent for result in results) == [False, True]
    assert {result.picture for result in results} == {"00005.png", "00005-2.png"}


def test_a_lost_frame_is_an_erasure_after_flush(endpoint, serve, watch, frames_of) -> None:
    running, watcher = serve(), watch()
    frames = frames_of(8)
    with Sender(endpoint) as sender:
        for frame in frames[:-1]:
            sender.send(frame)
        sender.flush()
    (result,) = watcher.results()
    assert result.ok
    assert (result.frames_received, result.frames_sent) == (len(frames) - 1, len(frames))
    assert np.isinf(running.decoder.given[0].noise_var).any()


def test_an_incomplete_picture_is_decoded_at_the_deadline(endpoint, serve, watch, frames_of) -> None:
    serve(deadline_s=0.2)
    watcher = watch()
    with Sender(endpoint) as sender:
        for frame in frames_of(8)[1:]:
            sender.send(frame)
        assert watcher.next_result().frames_received == len(frames_of(8)) - 1


def test_lost_side_information_fails_the_picture_and_says_so(endpoint, serve, watch, frames_of) -> None:
    serve()
    watcher = watch()
    with Sender(endpoint) as sender:
        sender.send(frames_of(9)[0])
        for frame in frames_of(10):
            sender.send(frame)
        sender.flush()
    lost, whole = sorted(watcher.results(), key=lambda result: result.picture_id)
    assert whole.ok
    assert whole.picture_id == 10
    assert not lost.ok
    assert lost.picture_id == 9
    assert (lost.frames_received, lost.frames_sent) == (1, len(frames_of(9)))
    assert "side information" in lost.error


def test_another_model_is_named(endpoint, serve, watch, frames_of) -> None:
    running, watcher = serve(), watch()
    with Sender(endpoint) as sender:
        for frame in frames_of(1, model_id="feedbeef"):
            sender.send(frame)
        sender.flush()
    (result,) = watcher.results()
    assert not result.ok
    assert "feedbeef" in result.error
    assert "0123abcd" in result.error
    assert running.decoder.given == []


def test_a_picture_that_breaks_the_network_fails_alone(endpoint, serve, watch, frames_of) -> None:
    serve()
    watcher = watch()
    with Sender(endpoint) as sender:
        for frame in frames_of(1, rate_map=b"break") + frames_of(2):
            sender.send(frame)
        sender.flush()
    broken, good = sorted(watcher.results(), key=lambda result: result.picture_id)
    assert not broken.ok
    assert "rates do not add up" in broken.error
    assert "quarantine after 3 tries" in broken.error
    assert good.ok


def test_malformed_messages_are_refused_counted_and_change_nothing(endpoint, serve, watch, frames_of) -> None:
    running, watcher = serve(), watch()
    rng = np.random.default_rng(5)
    context = zmq.Context()
    hostile = context.socket(zmq.DEALER)
    hostile.connect(endpoint)
    good = pack_frame(frames_of(3)[0], 77, 16 * "0")
    messages = [
        [b"x"],
        seal(b"\xc1"),
        [b"LRISC\x01", *good[1:]],
        [*good, b"more"],
        [*good[:2], good[2][:-1]],
        seal(good[1], good[2][:-1]),
        [good[0], good[1], b""] + 40 * [b""],
        *([rng.bytes(int(rng.integers(1, 200))) for _ in range(3)] for _ in range(50)),
    ]
    for message in messages:
        hostile.send_multipart(message)
    replies = [unpack_reply(hostile.recv_multipart()) for _ in messages]
    context.destroy(linger=0)
    assert all(isinstance(reply, Refused) for reply in replies)
    assert [reply.sequence for reply in replies[2:7]] == [77] * 5
    assert [reply.damaged for reply in replies[:7]] == [True, False, False, True, True, False, True]
    assert "version 01" in replies[2].reason
    with Sender(endpoint) as sender:
        for frame in frames_of(4):
            sender.send(frame)
        sender.flush()
    assert [result.ok for result in watcher.results()] == [True]
    counters = running.service.counters
    assert counters["refused"] == 3
    assert counters["damaged"] == len(messages) - 3
    assert running.service.counters["frames"] == len(frames_of(4))


def test_a_message_too_large_does_not_reach_the_decoder(endpoint, serve, watch) -> None:
    running = serve()
    context = zmq.Context()
    hostile = context.socket(zmq.DEALER)
    hostile.connect(endpoint)
    hostile.send_multipart(seal(b"", bytes(8_000_000)))
    assert not hostile.poll(500)
    context.destroy(linger=0)
    assert watch().results() == []
    assert running.service.counters["refused"] == 0


def test_at_its_quota_the_spool_takes_no_more_until_pictures_are_done(endpoint, serve, watch, frames_of) -> None:
    running = serve(quota_bytes=600_000)
    watcher = watch()
    running.decoder.gate.clear()
    n = 80

    def send_all() -> None:
        with Sender(endpoint, timeout_s=60) as sender:
            for picture_id in range(n):
                for frame in frames_of(picture_id):
                    sender.send(frame)
            sender.flush()

    thread = threading.Thread(target=send_all)
    thread.start()
    while running.service.counters["busy"] == 0:
        time.sleep(0.01)
    running.decoder.gate.set()
    seen = [watcher.next_result().picture_id for _ in range(n)]
    thread.join()
    assert sorted(seen) == list(range(n))


def test_an_unwritable_folder_ends_the_service(endpoint, serve, watch, frames_of) -> None:
    running = serve()
    watch()
    (running.folder / "pictures.jsonl").unlink()
    with Sender(endpoint) as sender:
        for frame in frames_of(1):
            sender.send(frame)
        running._thread.join(60)
    assert isinstance(running.error, ConfigurationError)


def test_more_clients_than_are_kept_still_get_their_pictures(
    endpoint: str, serve, watch, frames_of, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "MAX_CLIENTS", 2)
    serve(deadline_s=0.2)
    watcher = watch()
    senders: list[Sender] = []
    for picture_id in range(3):
        senders.append(Sender(endpoint))
        for frame in frames_of(picture_id)[1:]:
            senders[-1].send(frame)
        # Waits for the acknowledgements, without the flush that would have the picture decoded.
        senders[-1]._collect(0)
    assert {watcher.next_result().picture_id for _ in range(3)} == {0, 1, 2}
    for sender in senders:
        sender.close()


def test_a_frame_too_late_makes_a_better_version(endpoint, serve, watch, frames_of) -> None:
    running, watcher = serve(deadline_s=0.2), watch()
    frames = frames_of(8)
    with Sender(endpoint) as sender:
        for frame in frames[:-1]:
            sender.send(frame)
        first = watcher.next_result()
        sender.send(frames[-1])
        second = watcher.next_result()
    assert (first.version, first.complete, first.frames_received) == (1, False, len(frames) - 1)
    assert (second.version, second.complete, second.frames_received) == (2, True, len(frames))
    assert first.picture == second.picture == "00008.png"
    with Image.open(running.folder / "00008.png") as image:
        assert np.unique(np.asarray(image)).tolist() == [900 % 256]


def test_a_frame_that_comes_again_is_taken_once(endpoint, serve, watch, frames_of) -> None:
    running, watcher = serve(), watch()
    with Sender(endpoint) as sender:
        for frame in 3 * frames_of(8):
            sender.send(frame)
        sender.flush()
    assert [result.complete for result in watcher.results()] == [True]
    assert running.service.counters["duplicates"] == 2 * len(frames_of(8))


def test_another_picture_under_the_same_number_is_another_picture(endpoint, serve, watch, frames_of) -> None:
    serve()
    watcher = watch()
    with Sender(endpoint) as sender:
        for start in (0, 10**6):
            for frame in frames_of(8):
                sender.send(dataclasses.replace(frame, start_sample=start))
        sender.flush()
    assert [(result.complete, result.picture) for result in watcher.results()] == [
        (True, "00008.png"), (True, "00008-2.png")
    ]  # fmt: skip


def test_flushes_without_end_are_bounded_and_the_last_is_answered(endpoint, serve, send_pictures, monkeypatch) -> None:
    monkeypatch.setattr("lrisc_sdr.link.announcing.MAX_PROMISES", 4)
    running = serve()
    running.decoder.gate.clear()
    send_pictures(range(1))
    with Client(endpoint, timeout_s=60) as client:
        for _ in range(20):
            client.post(pack(Flush(client.next_sequence(), client.stream)))
        assert [client.expect() for _ in range(20)] == [Accepted(sequence) for sequence in range(1, 21)]
        running.decoder.gate.set()
        # The fourth is that of the sender, who is gone.
        assert [client.expect() for _ in range(3)] == [Drained(sequence) for sequence in range(18, 21)]


def test_results_and_counters_are_published(endpoint, serve, watch, frames_of) -> None:
    serve(publish=f"{endpoint}-pub")
    watch()
    context = zmq.Context()
    subscriber = context.socket(zmq.SUB)
    subscriber.subscribe(b"")
    subscriber.connect(f"{endpoint}-pub")
    topic, *parts = subscriber.recv_multipart()  # counters: the subscription stands
    assert topic == b"counters"
    assert unpack_reply(parts).values["decoded"] == 0
    with Sender(endpoint) as sender:
        for frame in frames_of(8):
            sender.send(frame)
        sender.flush()
    while (message := subscriber.recv_multipart())[0] != b"result":
        pass
    assert unpack_reply(message[1:]).picture_id == 8
    context.destroy(linger=0)

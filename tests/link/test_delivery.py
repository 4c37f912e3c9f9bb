# SPDX-License-Identifier: MIT
"""Frames that come twice, in another order, or while the decoder is away."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import numpy as np
import pytest

from lrisc_sdr.errors import ProcessFailed, SpoolFull
from lrisc_sdr.link import Sender, sender
from lrisc_sdr.link.outbox import Outbox
from lrisc_sdr.link.wire import pack_frame


def levels(running) -> dict[str, int]:
    """Of each result: the number of symbols that its latents had."""
    return {f"{received.picture_id}": int(np.isfinite(received.noise_var).sum()) for received in running.decoder.given}


def rows(running) -> list[dict[str, object]]:
    return [json.loads(line) for line in (running.folder / "pictures.jsonl").read_text().splitlines()]


def test_duplicated_and_reordered_frames_give_every_picture_once_and_whole(serve, endpoint, watch, frames_of) -> None:
    running, watcher = serve(), watch()
    frames = [frame for picture_id in range(8) for frame in frames_of(picture_id)]
    muddled = frames + frames[::2]
    random.Random(3).shuffle(muddled)
    with Sender(endpoint) as out:
        for frame in muddled:
            out.send(frame)
        out.flush()
    results = watcher.results()
    assert sorted(result.picture_id for result in results) == list(range(8))
    assert all(result.complete for result in results)
    assert set(levels(running).values()) == {900}
    assert running.service.counters["duplicates"] == len(frames[::2])


def test_frames_wait_in_the_outbox_while_the_decoder_is_away(
    serve, endpoint, watch, frames_of, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "WINDOW", 4)
    monkeypatch.setattr(sender, "AWAY_S", 0.2)
    frames = [frame for picture_id in range(6) for frame in frames_of(picture_id)]
    with Sender(endpoint, outbox=tmp_path / "box" / "outbox", timeout_s=60) as out:
        for frame in frames:
            out.send(frame)  # nobody listens yet, and the radio does not wait
        assert out._outbox is not None
        assert len(out._outbox) >= len(frames) - 4
        time.sleep(0.5)  # long enough to connect anew
        out.send(frames[0])
        serve()
        watcher = watch()
        out.flush()
        assert len(out._outbox) == 0
    assert sorted(result.picture_id for result in watcher.results()) == list(range(6))


def test_the_next_receiver_sends_what_the_last_one_left(
    serve, endpoint, watch, frames_of, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "WINDOW", 1)
    file = tmp_path / "outbox"
    frames = frames_of(1)
    with Sender(endpoint, outbox=file, timeout_s=0.5) as out:
        for frame in frames:
            out.send(frame)
        with pytest.raises(ProcessFailed, match="frames are kept in"):
            out.flush()
    serve()
    watcher = watch()
    with Sender(endpoint, outbox=file) as out:
        out.flush()
    assert [result.complete for result in watcher.results()] == [True]


def test_a_decoder_that_comes_back_gets_again_what_it_did_not_acknowledge(
    serve, endpoint, watch, frames_of, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "AWAY_S", 0.2)
    first = serve()
    with Sender(endpoint) as out:
        for frame in frames_of(1)[:2]:
            out.send(frame)
        out._collect(0)
        first.close()
        out.send(frames_of(1)[2])
        time.sleep(0.5)
        running = serve()
        for frame in frames_of(1)[3:]:
            out.send(frame)
        out.flush()
    watch().results()
    assert [row["complete"] for row in rows(running)] == [True]


def test_an_outbox_at_its_quota_says_so(tmp_path: Path, frames_of) -> None:
    parts = pack_frame(frames_of(1)[0], 1, 16 * "a")
    box = Outbox(tmp_path / "outbox", quota_bytes=2 * sum(map(len, parts[1:])))
    box.put(1, parts)
    box.put(2, parts)
    with pytest.raises(SpoolFull, match="start it"):
        box.put(3, parts)
    box.drop(1)
    box.put(3, parts)
    assert box.take(0) == (2, parts[1], parts[2])
    stream = box.stream
    box.close()
    again = Outbox(tmp_path / "outbox")
    assert (again.stream, again.last_sequence, len(again)) == (stream, 3, 2)
    again.close()

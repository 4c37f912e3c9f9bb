# SPDX-License-Identifier: MIT
"""What a decoder service keeps for the next one, and when it lets go."""

from __future__ import annotations

import json

from lrisc_sdr.link import Sender
from lrisc_sdr.link.spool import Spool


def test_what_was_accepted_is_decoded_by_the_next_service(endpoint, serve, watch, frames_of) -> None:
    first = serve()
    first.decoder.gate.clear()
    with Sender(endpoint) as sender:
        for picture_id in range(3):
            for frame in frames_of(picture_id):
                sender.send(frame)
        sender.flush()
    first.close()
    second = serve()
    watch().results()
    rows = [json.loads(line) for line in (second.folder / "pictures.jsonl").read_text().splitlines()]
    assert [row["number"] for row in rows] == [1, 2, 3]
    assert sorted(row["picture_id"] for row in rows) == [0, 1, 2]


def test_lines_that_a_power_cut_took_are_written_again(serve, watch, send_pictures) -> None:
    first = serve()
    watcher = watch()
    send_pictures(range(3))
    watcher.results()
    first.close()
    file = first.folder / "pictures.jsonl"
    lines = file.read_bytes()
    file.write_bytes(lines[: lines.index(b"\n") + 20])
    serve()
    assert file.read_bytes() == lines


def test_results_leave_the_spool_when_their_lines_are_on_the_disk(serve, watch, send_pictures, monkeypatch) -> None:
    monkeypatch.setattr("lrisc_sdr.link.lines.SYNCED", 4)
    monkeypatch.setattr("lrisc_sdr.link.service.TICK_S", 0.0)  # or all is decoded before the first look
    running = serve()
    watcher = watch()
    for first in range(0, 12, 6):
        send_pictures(range(first, first + 6))
        watcher.results()
    running.close()
    kept = Spool(running.folder / "spool", quota_bytes=10**8)
    assert len(kept.results(0)) < 12
    kept.close()

# SPDX-License-Identifier: MIT
"""More comes than is decoded: the spool fills to its quota and says so, the memory stays, and nothing is lost."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from benchmarks.fuzz_wire import resident_kib
from benchmarks.service.pictures import frames
from benchmarks.service.running import service
from lrisc_sdr.link.client import Client
from lrisc_sdr.link.endpoint import HIGH_WATER_MARK
from lrisc_sdr.link.messages import Accepted, Busy
from lrisc_sdr.link.spool.file import NAME
from lrisc_sdr.link.wire import pack_frame

QUOTA_MB = 3
N = 400
ROUNDS = 3


def test_under_overload_spool_and_memory_are_bounded(tmp_path: Path) -> None:
    with service(tmp_path, "--decoder", "null", f"--quota-mb={QUOTA_MB}") as running:
        client = running.watch()
        (worker,) = running.workers()
        os.kill(worker, signal.SIGSTOP)
        resident = []
        accepted: set[int] = set()
        for _ in range(ROUNDS):
            # Ten times what there is room for, by a client that does not wait for answers.
            answers = offer(client)
            accepted |= {reply.sequence for reply in answers if isinstance(reply, Accepted)}
            busy = [reply for reply in answers if isinstance(reply, Busy)]
            assert busy
            assert "is full" in busy[0].reason
            used = sum(file.stat().st_size for file in running.out.rglob(NAME))
            assert used < 2e6 * QUOTA_MB
            resident.append(resident_kib(running.pid))
        # The first round has filled SQLite's cache.
        assert resident[-1] - resident[0] < 4_096
        os.kill(worker, signal.SIGCONT)
        deadline = time.monotonic() + 60
        while len(rows := running.results()) < len(accepted) and time.monotonic() < deadline:
            running.require_alive()
            time.sleep(0.05)
        client.close()
    assert len(rows) == len(accepted) == len({row["picture_id"] for row in rows}) > 10
    assert all(row["ok"] for row in rows)


def offer(client: Client) -> list[object]:
    """Send `N` pictures that were not sent before, as fast as the client's socket takes them; the answers."""
    answers: list[object] = []
    sent = 0
    for _, (frame,) in frames(range(client.replies, client.replies + N)):
        while sent - len(answers) >= HIGH_WATER_MARK:
            answers.append(client.expect())
        client.post(pack_frame(frame, client.next_sequence(), client.stream))
        sent += 1
        while (reply := client.reply(0.0)) is not None:
            answers.append(reply)
    while len(answers) < sent:
        answers.append(client.expect())
    return answers

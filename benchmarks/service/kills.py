# SPDX-License-Identifier: MIT
"""SIGKILL of receiver, broker and workers at random: what was acknowledged must be decoded, and as without kills."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.service.pictures import frames
from benchmarks.service.receiver import acknowledged
from benchmarks.service.running import Service, environment, service
from lrisc_sdr.errors import ProcessFailed
from lrisc_sdr.framing import assemble
from lrisc_sdr.link.jobs import Job
from lrisc_sdr.link.worker import NullWorker
from lrisc_sdr.runs.progress import Progress, silent

STREAM = "00000000000000ff"
STALL_S = 120.0
# A kill follows the first picture after the one before, or after so long: some hit a process that only begins.
KILL_S = 2.0
VICTIMS = ("receiver", "broker", "worker")


@dataclass(frozen=True)
class Survived:
    """What was left.

    Attributes:
        acknowledged: pictures of which the receiver knew that they were taken.
        decoded: pictures with a result.
        lost: acknowledged without a result.
        decoded_twice: pictures with more than one result.
        different: results that are not those of an undisturbed worker.
        kills: SIGKILLs by victim.
    """

    acknowledged: int
    decoded: int
    lost: int
    decoded_twice: int
    different: int
    kills: Counter[str]


class Receiver:
    """The receiver's process, started again until it has sent everything."""

    def __init__(self, endpoint: str, folder: Path, n: int, interval_s: float) -> None:
        module = "benchmarks.service.receiver"
        self._command = [sys.executable, "-m", module, endpoint, str(folder), str(n), STREAM, str(interval_s)]
        self.start()

    def start(self) -> None:
        """Start it (again)."""
        self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, env=environment())

    @property
    def alive(self) -> bool:
        """Whether it still sends; where it failed, it is started again."""
        code = self._process.poll()
        if code not in (None, 0):
            self.start()
        return code != 0

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()
        self._process.wait()
        self.start()

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()


def survive(
    n: int,
    kills: int,
    folder: Path,
    seed: int = 0,
    progress: Progress = silent,
) -> Survived:
    """Have `n` pictures received and decoded while processes are killed."""
    rng = random.Random(seed)
    # It also compiles what the broker needs: in a fresh checkout it would be killed before it has.
    expected = digests(n)
    killed: Counter[str] = Counter(dict.fromkeys(VICTIMS, 0))
    with service(folder, "--decoder", "null") as running:
        # So slow that there is something to kill until the end.
        receiver = Receiver(running.endpoint, folder, n, KILL_S * kills / n)
        try:
            rows: list[dict[str, Any]] = []
            moved = last_kill = time.monotonic()
            rows_then = 0
            while receiver.alive or len({row["picture_id"] for row in rows}) < n or killed.total() < kills:
                time.sleep(rng.uniform(0.02, 0.2))
                running.require_alive()
                before, rows, now = len(rows), running.results(), time.monotonic()
                if len(rows) > before:
                    moved = now
                elif now - moved > STALL_S:
                    raise ProcessFailed(f"no picture was decoded for {STALL_S:g} s, {len(rows)} of {n} were before")
                progress("pictures decoded while processes are killed", len(rows), n)
                if killed.total() < kills and (len(rows) > rows_then or now - last_kill > KILL_S):
                    victim = rng.choice(VICTIMS)
                    killed[victim] += _kill(victim, running, receiver, rng)
                    rows_then, last_kill = len(rows), now
        finally:
            receiver.close()
        taken = acknowledged(folder)
        rows = running.results()
    counts = Counter(row["picture_id"] for row in rows if row["ok"])
    return Survived(
        acknowledged=len(taken),
        decoded=len(counts),
        lost=len(taken - set(counts)),
        decoded_twice=sum(count > 1 for count in counts.values()),
        different=sum(row["digest"] != expected[row["picture_id"]] for row in rows),
        kills=killed,
    )


def digests(n: int) -> dict[int, str | None]:
    """What a worker that is left alone makes of the pictures, by their numbers."""
    jobs = [Job(number, len(received), "", assemble(received)) for number, received in frames(range(n))]
    outcomes = NullWorker().decode(jobs)
    return {item.picture: item.result.digest for item in outcomes if item.result is not None}


def _kill(victim: str, running: Service, receiver: Receiver, rng: random.Random) -> int:
    """Whether there was one to kill."""
    if victim == "broker":
        running.kill()
    elif victim == "receiver":
        if not receiver.alive:
            return 0
        receiver.kill()
    else:
        workers = running.workers()
        if not workers:
            return 0
        with contextlib.suppress(ProcessLookupError):
            os.kill(rng.choice(workers), signal.SIGKILL)
    return 1

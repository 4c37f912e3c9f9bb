# SPDX-License-Identifier: MIT
"""How many pictures the service takes a second when nothing is decoded, and how long one takes at half of that."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.service.pictures import frames
from benchmarks.service.running import service, take_results
from lrisc_sdr.link import Sender
from lrisc_sdr.link.messages import Result


@dataclass(frozen=True)
class Speed:
    """What was measured.

    Attributes:
        pictures_per_s: at full load, from the first frame to the last result.
        cpu_ms: processor time of broker and worker for a picture `[ms]`.
        p50_s, p99_s: latency at half of that load, from the frame to its result `[s]`.
    """

    pictures_per_s: float
    cpu_ms: float
    p50_s: float
    p99_s: float


def measure(n: int, folder: Path) -> Speed:
    """Send `n` pictures as fast as they are taken, then as many at half of that rate."""
    with service(folder, "--decoder", "null") as running:
        watcher = running.watch()
        flood = [frame for _, received in frames(range(n)) for frame in received]
        trickle = [frame for _, received in frames(range(n, 2 * n)) for frame in received]
        cpu_s = running.cpu_s()
        started = time.perf_counter()
        done: set[int] = set()
        with Sender(running.endpoint) as sender:
            for frame in flood:
                sender.send(frame)
                done |= {result.picture_id for result in take_results(watcher)}
            while len(done) < n:
                running.require_alive()
                done |= {result.picture_id for result in take_results(watcher, 0.1)}
        rate = n / (time.perf_counter() - started)
        cpu_ms = 1e3 * (running.cpu_s() - cpu_s) / n
        sent: dict[int, float] = {}
        took: dict[int, float] = {}
        with Sender(running.endpoint) as sender:
            started = time.perf_counter()
            for number, frame in enumerate(trickle):
                due = started + 2 * number / rate
                while (left := due - time.perf_counter()) > 0:
                    _note(took, sent, take_results(watcher, min(left, 0.001)))
                sent[frame.header.picture_id] = due
                sender.send(frame)
                _note(took, sent, take_results(watcher))
            while len(took) < n:
                running.require_alive()
                _note(took, sent, take_results(watcher, 0.1))
        watcher.close()
    p50, p99 = np.percentile(list(took.values()), [50, 99])
    return Speed(rate, cpu_ms, float(p50), float(p99))


def _note(took: dict[int, float], sent: dict[int, float], results: list[Result]) -> None:
    now = time.perf_counter()
    for result in results:
        if result.picture_id in sent:
            took[result.picture_id] = now - sent[result.picture_id]

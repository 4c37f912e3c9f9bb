# SPDX-License-Identifier: MIT
"""What the live page costs the receiver: `python -m benchmarks.console [ROUNDS]`.

The same stream goes through two receivers, one of them watched, in turns, in one process, as fast as can be; the
console is in another process, and a client that takes every update in a third. Processor time of the receiver's thread
and of its whole process (the socket has a thread of its own) and the clock are compared turn by turn; the result is the
median ratio. The clock has to share the cores with whatever else is on them, the console and its client included.
The watched receiver tells 30 updates in a second of its own processor time, as it would on a core of its own: on a busy
machine a second of the clock holds less of the receiver's work, but no less updates.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np

from lrisc_sdr import phy, telemetry
from lrisc_sdr.telemetry.messages import Begun
from lrisc_sdr.types import ComplexArray, Frame, FrameHeader
from lrisc_sdr.waveform import Waveform, waveform

ROUNDS = 15
STREAM_S = 4.0
CHUNK_SAMPLES = 1 << 17
"""As a radio's receiver gets them."""
GOAL = 0.05
CLIENT = """
import sys
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
host, count = sys.argv[1], 0
try:
    with connect(f"ws://{host}/live", origin=f"http://{host}", compression=None) as stream:
        while stream.recv():
            count += 1
except ConnectionClosed:
    print(count)
"""


@dataclass(frozen=True)
class Spent:
    """What one pass of the stream took: the receiver's thread, the whole process, the clock `[s]`; and what it told.

    Attributes:
        updates_per_s: in a second of the thread's time.
    """

    thread_s: float
    process_s: float
    wall_s: float
    frames: int
    updates_per_s: float


def stream(chosen: Waveform) -> ComplexArray:
    """Some seconds of bursts with short gaps, in noise of 15 dB."""
    rng = np.random.default_rng(1)
    parts: list[ComplexArray] = []
    n_symbols, total, number = 8_000, 0, 0
    while total < STREAM_S * chosen.rate_sps:
        symbols = (rng.standard_normal(n_symbols) + 1j * rng.standard_normal(n_symbols)).astype(np.complex64)
        header = FrameHeader(number % 1_000, 0, 1, n_symbols, 4, 1)
        burst = phy.transmit(Frame(header, symbols / np.float32(np.sqrt(2))), chosen)
        parts += [burst, np.zeros(4_096, np.complex64)]
        total += burst.size + 4_096
        number += 1
    whole = np.concatenate(parts)
    noise = rng.standard_normal((whole.size, 2)).astype(np.float32).view(np.complex64)[:, 0]
    return (whole + noise * np.float32(np.sqrt(chosen.noise_var(15.0) / 2))).astype(np.complex64)


def receive(receiver: phy.Receiver, samples: ComplexArray) -> Spent:
    """Send a stream through a receiver."""
    thread_s, process_s, wall_s = time.thread_time(), time.process_time(), time.monotonic()
    frames = 0
    for start in range(0, samples.size, CHUNK_SAMPLES):
        frames += len(receiver.process(samples[start : start + CHUNK_SAMPLES]))
    wall_s = time.monotonic() - wall_s
    thread_s, process_s = time.thread_time() - thread_s, time.process_time() - process_s
    told = 0
    if isinstance(receiver, Counted):
        told, receiver.told = receiver.told, 0
    return Spent(thread_s, process_s, wall_s, frames, told / thread_s)


class Counted(telemetry.WatchedReceiver):
    """The watched receiver, which counts its updates."""

    told = 0

    def _tell(self, at_once: bool = False) -> None:
        before = self._told_s
        super()._tell(at_once)
        self.told += self._told_s != before


@contextlib.contextmanager
def watched() -> Iterator[list[int]]:
    """A console in a process of its own, and in another one a client that takes all; yields the updates it has had."""
    with tempfile.TemporaryDirectory(prefix="lrisc-") as folder:
        os.environ["XDG_RUNTIME_DIR"] = folder
        telemetry.close()
        command = [sys.executable, "-m", "lrisc_sdr.cli", "console", "--port", "0"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=folder) as process:
            assert process.stderr is not None
            match = re.search(r"http://(\S+?)/", process.stderr.readline())
            assert match is not None
            client = subprocess.Popen([sys.executable, "-c", CLIENT, match[1]], stdout=subprocess.PIPE, text=True)
            updates: list[int] = []
            try:
                telemetry.tell(Begun(run=telemetry.run_name(), verb="benchmark", facts={}))
                while not telemetry.wanted():
                    time.sleep(0.01)
                yield updates
            finally:
                process.terminate()
                out, _ = client.communicate()
                updates.append(int(out or 0))
    telemetry.close()


def main(rounds: int) -> int:
    """Measure and print; 1 where the goal is missed."""
    chosen = waveform("pluto256")
    samples = stream(chosen)
    rows: list[tuple[Spent, Spent]] = []
    with watched() as updates:
        receivers = phy.Receiver(chosen), Counted(chosen, time.thread_time)
        for receiver in receivers:
            receive(receiver, samples)
        for number in range(rounds):
            order = (0, 1) if number % 2 else (1, 0)
            spent = {which: receive(receivers[which], samples) for which in order}
            rows.append((spent[0], spent[1]))
    # Lower quartile, median, upper quartile.
    ratios = {
        name: statistics.quantiles([getattr(b, name) / getattr(a, name) for a, b in rows], n=4)
        for name in ("thread_s", "process_s", "wall_s")
    }
    document = {
        "samples": samples.size,
        "rounds": rounds,
        "updates_per_s": statistics.median(b.updates_per_s for _, b in rows),
        "client_updates": updates[0],
        "ratio_quartiles": ratios,
        "goal": 1.0 + GOAL,
        "unwatched": asdict(rows[-1][0]),
        "watched": asdict(rows[-1][1]),
    }
    sys.stdout.write(json.dumps(document, indent=2) + "\n")
    return int(ratios["thread_s"][1] > 1.0 + GOAL)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS))

# SPDX-License-Identifier: MIT
"""The resident set of a process with one receiver over a stream of ten minutes: frames, pauses, noise."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np

from benchmarks.effort import Effort
from benchmarks.phy.signals import gaussian, stream
from benchmarks.rows import Curve, Measured, Row, at_most
from benchmarks.tasks import Result, Task, Work
from lrisc_sdr import phy
from lrisc_sdr.waveform import DEFAULT
from lrisc_sdr.waveform import waveform as find_waveform

STREAM_S = 600.0
GOAL_MIB = 1.0
_CHUNK = 100_000
_POINTS = 200


def measure(effort: Effort, work: Work) -> Measured:
    """One row, and the resident set over the stream."""
    arguments = {"seconds": effort.choose(240.0, 3.0), "stream_s": effort.choose(STREAM_S, 10.0), "seed": effort.seed}
    found = work.run("memory", [Task("phy.memory:trial", arguments)])[0]
    row = Row(
        f"memory, {DEFAULT}, growth after the first tenth of {found['stream_s']:.0f} s of stream",
        found["growth_mib"],
        "MiB",
        f"≤ {GOAL_MIB:g} MiB",
        at_most(found["growth_mib"], GOAL_MIB) if found["stream_s"] >= 0.99 * arguments["stream_s"] else None,
        {"resident set": found["resident_mib"]},
    )
    return Measured([row], [Curve("memory", "", "resident set", "ours", found["at_s"], found["at_mib"])])


def trial(seconds: float, stream_s: float, seed: int) -> Result:
    """Receive up to `stream_s` of stream, or for `seconds`, and return the resident set along the way."""
    chosen = find_waveform(DEFAULT)
    rng = np.random.default_rng(seed)
    burst = stream(chosen, 8, 8192, rng)
    pause = np.zeros(burst.size // 4, dtype=np.complex64)
    samples = np.concatenate((burst, pause)).astype(np.complex64)
    samples += gaussian(samples.size, rng) * np.float32(np.sqrt(chosen.noise_var(10.0)))
    receiver = phy.Receiver(chosen)
    wanted = int(stream_s * chosen.rate_sps)
    at_s, at_mib = np.full(_POINTS, np.nan), np.full(_POINTS, np.nan)
    taken, end = 0, time.monotonic() + seconds
    # The record has its room before the stream begins, and does not grow with it.
    while receiver.counters.samples < wanted and time.monotonic() < end:
        for first in range(0, samples.size, _CHUNK):
            receiver.process(samples[first : first + _CHUNK])
        if receiver.counters.samples * _POINTS >= taken * wanted and taken < _POINTS:
            at_s[taken], at_mib[taken] = receiver.counters.samples / chosen.rate_sps, resident_mib()
            taken += 1
    at_s, at_mib = at_s[:taken], at_mib[:taken]
    late = at_mib[at_s >= 0.1 * at_s[-1]]
    return {
        "stream_s": receiver.counters.samples / chosen.rate_sps,
        "growth_mib": float(late.max() - late[0]),
        "resident_mib": float(at_mib[-1]),
        "at_s": at_s.tolist(),
        "at_mib": at_mib.tolist(),
    }


def resident_mib() -> float:
    """Resident set of this process `[MiB]`."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

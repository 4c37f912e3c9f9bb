# SPDX-License-Identifier: MIT
"""Header errors among frames whose preamble was verified, beside the best that any code of that length can do.

Frames of 8 symbols, carrier offset uniform in ±60 kHz, white noise. The limits know the channel; the receiver has its
preamble's estimate.
"""

from __future__ import annotations

import numpy as np

from benchmarks.effort import Effort
from benchmarks.phy.bounds import block_error
from benchmarks.phy.signals import CHANNELS, FLAT, batches, gaussian_frame, received, send
from benchmarks.rows import Curve, Measured, Row, at_most
from benchmarks.tasks import Result, Task, Work
from lrisc_sdr import phy
from lrisc_sdr.coding import HEADER_SYMBOLS
from lrisc_sdr.waveform import waveform as find_waveform

N_SYMBOLS = 8
GOAL_SNR_DB = -3.0
GOAL = 1e-3
CODED_BITS = 2 * HEADER_SYMBOLS
BITS, BITS_WITH_CRC = 64, 80


def measure(effort: Effort, work: Work) -> Measured:
    """A row for every preset at the goal's ratio, and the curve of errors below it."""
    parts = effort.choose(4, 1)
    frames = effort.choose(5120, 256)
    fewer = effort.choose(2048, 256)  # below the goal's ratio there are errors enough
    levels = effort.choose([-8.0, -7.0, -6.0, -5.0, -4.0, GOAL_SNR_DB], [-6.0, GOAL_SNR_DB])
    cases = [(name, snr, part) for name in effort.presets for snr in levels for part in range(parts)]
    cases = [case for case in cases if case[1] == GOAL_SNR_DB or case[2] == 0]
    tasks = [
        Task(
            "phy.header:trial",
            {
                "waveform": name,
                "snr_db": snr,
                "frames": frames if snr == GOAL_SNR_DB else fewer,
                "seed": effort.seed,
                "part": part,
            },
        )
        for name, snr, part in cases
    ]
    results = work.run("header", tasks)
    rows: list[Row] = []
    curves: list[Curve] = []
    for name in effort.presets:
        errors: list[float | None] = []
        for snr in levels:
            found = [r for c, r in zip(cases, results, strict=True) if c[:2] == (name, snr)]
            detected = sum(result["detected"] for result in found)
            errors.append(sum(result["wrong"] for result in found) / detected if detected else None)
            if snr == GOAL_SNR_DB:
                rows.append(_row(name, errors[-1], detected))
        curves.append(Curve("header", "", name, "ours", levels, errors))
    fine = np.arange(-12.0, -2.9, 0.25).tolist()
    for n, k in ((CODED_BITS, BITS_WITH_CRC), (CODED_BITS, BITS), (354, BITS)):
        limit: list[float | None] = [block_error(n, k, 10.0 ** (snr / 10.0)) for snr in fine]
        curves.append(Curve("header", "", f"normal approximation, {k} bits in {n}", "limit", fine, limit))
    return Measured(rows, curves)


def trial(waveform: str, snr_db: float, frames: int, seed: int, part: int) -> Result:
    """Verified preambles of `frames` frames, and how many of their headers were not read or read wrongly."""
    chosen, spec = find_waveform(waveform), CHANNELS[FLAT]
    rng = np.random.default_rng([seed, round(10 * snr_db) + 1000, part])
    variance = chosen.noise_var(snr_db)
    detected = right = 0
    for size in batches(frames):
        receiver = phy.Receiver(chosen)
        sent = [send(gaussian_frame(i, N_SYMBOLS, rng), chosen, spec, rng) for i in range(size)]
        told = receiver.process(np.concatenate([received(s.samples, spec, variance, rng) for s in sent]))
        told += receiver.flush()
        headers = {one.frame.header for one in sent}
        detected += receiver.counters.detected
        right += len({frame.header for frame in told} & headers)
    return {"detected": detected, "wrong": max(detected - right, 0)}


def _row(name: str, value: float | None, detected: int) -> Row:
    snr = 10.0 ** (GOAL_SNR_DB / 10.0)
    return Row(
        f"header errors at {GOAL_SNR_DB:g} dB, {name}, of {detected:,} detected",
        value,
        "",
        f"≤ {GOAL:g}",
        at_most(value, GOAL),
        {
            f"normal approximation, {BITS_WITH_CRC} bits in {CODED_BITS}": block_error(CODED_BITS, BITS_WITH_CRC, snr),
            f"{BITS} bits in {CODED_BITS}": block_error(CODED_BITS, BITS, snr),
        },
    )

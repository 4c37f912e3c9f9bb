# SPDX-License-Identifier: MIT
"""What the receiver's estimates cost the latents: |ŝ−s|² over that of a genie on the very same samples.

Frames of 2,000 symbols, 50 ppm clock offset, a carrier offset in ±60 kHz that drifts by 20 Hz/s. Every frame counts the
same.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.effort import Effort
from benchmarks.phy import genie
from benchmarks.phy.signals import CHANNELS, FLAT, Sent, batches, gaussian_frame, received, send
from benchmarks.rows import Curve, Measured, Row, at_most, decibels
from benchmarks.tasks import Result, Task, Work
from lrisc_sdr.phy import receive
from lrisc_sdr.types import ComplexArray
from lrisc_sdr.waveform import waveform as find_waveform

N_SYMBOLS = 2000
SCO_PPM = 50.0
DRIFT_HZ_PER_S = 20.0
MEDIA = (FLAT, "desk")
GOAL_DB = 0.5


def measure(effort: Effort, work: Work) -> Measured:
    """Rows and curves of all presets."""
    levels = effort.choose((0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0), (0.0, 30.0))
    cases = [(name, medium, snr) for name in effort.presets for medium in MEDIA for snr in levels]
    frames = effort.choose(512, 32)
    tasks = [
        Task("phy.latents:trial", {"waveform": n, "medium": m, "snr_db": s, "frames": frames, "seed": effort.seed})
        for n, m, s in cases
    ]
    found = dict(zip(cases, work.run("latents", tasks), strict=True))
    rows: list[Row] = []
    curves: list[Curve] = []
    for name in effort.presets:
        for medium in MEDIA:
            points = [found[name, medium, snr] for snr in levels]
            rows.append(_row(name, medium, points))
            for key, label in (("mean_db", "mean"), ("p90_db", "90th percentile")):
                loss = [point[key] for point in points]
                curves.append(Curve("latents", name, f"{medium}, {label}", "ours", levels, loss))
    return Measured(rows, curves)


def trial(waveform: str, medium: str, snr_db: float, frames: int, seed: int) -> Result:
    """The loss of `frames` frames at one Es/N0: its mean and 90th percentile, and the mean of two variants."""
    chosen, spec = find_waveform(waveform), CHANNELS[medium]
    rng = np.random.default_rng([seed, round(10 * snr_db) + 1000, MEDIA.index(medium)])
    variance = chosen.noise_var(snr_db)
    losses: dict[str, list[float]] = {"plain": [], "weighted": [], "resampled": []}
    for size in batches(frames):
        sent, noisy = [], []
        for index in range(size):
            sign = float(rng.choice((-1.0, 1.0)))
            frame = gaussian_frame(index, N_SYMBOLS, rng)
            sent.append(send(frame, chosen, spec, rng, sco_ppm=sign * SCO_PPM, drift_hz_per_s=DRIFT_HZ_PER_S))
            noisy.append(received(sent[-1].samples, spec, variance, rng))
        for told in receive(np.concatenate(noisy), chosen):
            truth, samples = sent[told.header.index], noisy[told.header.index]
            perfect = genie.latents(truth, samples, chosen)
            resampled = genie.latents(truth, samples, chosen, resampled=True)
            weight = genie.gain(truth, chosen)
            losses["plain"].append(error(told.symbols, truth) / error(perfect, truth))
            losses["weighted"].append(error(told.symbols, truth, weight) / error(perfect, truth, weight))
            losses["resampled"].append(error(told.symbols, truth) / error(resampled, truth))
    mean = {name: decibels(float(np.mean(ratios))) for name, ratios in losses.items()}
    return {
        "received": len(losses["plain"]) / frames,
        "mean_db": mean["plain"],
        "p90_db": decibels(float(np.percentile(losses["plain"], 90))),
        "weighted_db": mean["weighted"],
        "resampled_db": mean["resampled"],
    }


def error(symbols: ComplexArray, sent: Sent, weight: NDArray[np.float64] | None = None) -> float:
    """Mean of |ŝ−s|², weighted if wanted."""
    squares = np.abs((symbols - sent.frame.symbols).astype(np.complex128)) ** 2
    return float(np.mean(squares if weight is None else squares * weight))


def _row(name: str, medium: str, points: Sequence[Result]) -> Row:
    worst = max(point["mean_db"] for point in points)
    return Row(
        f"loss of the latents' SNR, {name}, {'AWGN' if medium == FLAT else medium}, worst of 0–30 dB",
        worst,
        "dB",
        f"≤ {GOAL_DB:g} dB",
        at_most(worst, GOAL_DB),
        {
            "perfect knowledge": 0.0,
            "90th percentile of frames": max(point["p90_db"] for point in points),
            "every symbol weighted by |H|²": max(point["weighted_db"] for point in points),
            "against perfect knowledge that also resamples": max(point["resampled_db"] for point in points),
        },
        "Latents: beside perfect knowledge of taps, phase and clock on the same samples; all frames count the same.",
    )

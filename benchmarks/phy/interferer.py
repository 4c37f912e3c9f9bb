# SPDX-License-Identifier: MIT
"""Another transmitter in the band, 10 dB above the signal over 5 % of it: what the other carriers lose.

White Gaussian noise in 5 % of the used band, its density ten times the signal's, at a random place, on top of white
noise. Left out are the carriers within that band and two on either side. The rest of what leaks through the transform's
window no receiver of OFDM can avoid: it is in the genie's error, too, and shown beside.
"""

from __future__ import annotations

import numpy as np

from benchmarks.effort import Effort
from benchmarks.phy import genie
from benchmarks.phy.signals import CHANNELS, FLAT, batches, gaussian_frame, received, send
from benchmarks.rows import Curve, Measured, Row, at_most, decibels
from benchmarks.tasks import Result, Task, Work
from lrisc_sdr.channel.interference import interference, start_state
from lrisc_sdr.phy import receive
from lrisc_sdr.waveform import DEFAULT
from lrisc_sdr.waveform import waveform as find_waveform

N_SYMBOLS = 2000
SHARE = 0.05
ABOVE = 10.0  # of the signal's density, linear
MARGIN_CARRIERS = 2
GOAL_DB = 0.5


def measure(effort: Effort, work: Work) -> Measured:
    """A row for every preset, and the loss of the default one over Es/N0."""
    levels = effort.choose([5.0, 10.0, 15.0, 20.0, 25.0], [10.0, 20.0])
    frames = effort.choose(512, 32)
    cases = [(name, snr) for name in effort.presets for snr in levels]
    tasks = [
        Task("phy.interferer:trial", {"waveform": n, "snr_db": s, "frames": frames, "seed": effort.seed})
        for n, s in cases
    ]
    found = dict(zip(cases, work.run("interferer", tasks), strict=True))
    rows = []
    for name in effort.presets:
        points = [found[name, snr] for snr in levels]
        worst = max(point["loss_db"] for point in points)
        rows.append(
            Row(
                f"loss of the latents' SNR beside an interferer, {name}, worst of {levels[0]:g}–{levels[-1]:g} dB",
                worst,
                "dB",
                f"≤ {GOAL_DB:g} dB",
                at_most(worst, GOAL_DB),
                {
                    "perfect knowledge": 0.0,
                    "leakage that none can avoid": max(point["leakage_db"] for point in points),
                    "share of frames received": min(point["received"] for point in points),
                    "|ŝ−s|²/noise_var outside": points[-1]["calibration"],
                    "|ŝ−s|²/noise_var inside": points[-1]["calibration_inside"],
                },
            )
        )
    loss = [found[DEFAULT, snr]["loss_db"] for snr in levels]
    return Measured(rows, [Curve("interferer", "", DEFAULT, "ours", levels, loss)])


def trial(waveform: str, snr_db: float, frames: int, seed: int) -> Result:
    """Mean loss of the other carriers, the genie's own loss by leakage, and the calibration of noise_var."""
    chosen, spec = find_waveform(waveform), CHANNELS[FLAT]
    rng = np.random.default_rng([seed, round(10 * snr_db) + 1000])
    band = chosen.n_used / chosen.n_fft
    density = ABOVE * chosen.n_fft / chosen.n_used
    used = genie.carriers(N_SYMBOLS, chosen)
    sums: dict[str, list[float]] = {name: [] for name in ("loss", "leakage", "outside", "inside")}
    for size in batches(frames):
        sent, quiet, disturbed, outside = [], [], [], []
        for index in range(size):
            sent.append(send(gaussian_frame(index, N_SYMBOLS, rng), chosen, spec, rng))
            quiet.append(received(sent[-1].samples, spec, chosen.noise_var(snr_db), rng))
            centre = float(rng.uniform(-0.5, 0.5)) * band * (1.0 - SHARE)
            state = start_state(SHARE * band, rng)
            other, _ = interference(0, quiet[-1].size, centre, SHARE * band, density, rng, state)
            disturbed.append(quiet[-1] + other)
            # The receiver's carriers lie where the transmitter's were moved by the carrier offset.
            place = used / chosen.n_fft + sent[-1].cfo_hz / chosen.rate_sps
            outside.append(np.abs(place - centre) > 0.5 * SHARE * band + (MARGIN_CARRIERS + 0.5) / chosen.n_fft)
        for told in receive(np.concatenate(disturbed), chosen):
            index = told.header.index
            truth, rest = sent[index], outside[index]
            ours = np.abs(told.symbols - truth.frame.symbols) ** 2
            best = np.abs(genie.latents(truth, disturbed[index], chosen) - truth.frame.symbols) ** 2
            alone = np.abs(genie.latents(truth, quiet[index], chosen) - truth.frame.symbols) ** 2
            known = np.isfinite(told.noise_var)
            sums["loss"].append(float(ours[rest].mean() / best[rest].mean()))
            sums["leakage"].append(float(best[rest].mean() / alone[rest].mean()))
            sums["outside"].append(float(np.mean((ours / told.noise_var)[rest & known])))
            if np.any(~rest & known):
                sums["inside"].append(float(np.mean((ours / told.noise_var)[~rest & known])))
    mean = {name: float(np.mean(values)) if values else None for name, values in sums.items()}
    if mean["loss"] is None or mean["leakage"] is None:
        raise RuntimeError(f"no frame arrived beside the interferer at {snr_db:g} dB")
    return {
        "received": len(sums["loss"]) / frames,
        "loss_db": decibels(mean["loss"]),
        "leakage_db": decibels(mean["leakage"]),
        "calibration": mean["outside"],
        "calibration_inside": mean["inside"],
    }

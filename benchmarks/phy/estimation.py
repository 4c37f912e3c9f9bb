# SPDX-License-Identifier: MIT
"""Carrier offset, signal-to-noise ratio and noise variance against the truth and the Cramér-Rao bounds.

Frames of 2,000 symbols, offsets uniform in ±60 kHz with the sampling clock that one crystal gives, one tap or eight.
The true Es/N0 ρ of a frame is the mean over the data carriers, and counts as noise what is noise to every receiver:
what the transmitter clips, and what the clock offset ε makes of other carriers without resampling.

    1/ρ = N0 / (Es · mean |H|²) + clip distortion + mean (π k ε)²/3
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.effort import Effort
from benchmarks.phy import bounds, estimators, genie
from benchmarks.phy.signals import CHANNELS, FLAT, batches, gaussian_frame, received, send
from benchmarks.rows import Curve, Measured, Row, at_most, decibels
from benchmarks.tasks import Result, Task, Work
from lrisc_sdr.channel.spec import CARRIER_HZ
from lrisc_sdr.phy import receive
from lrisc_sdr.waveform import DEFAULT
from lrisc_sdr.waveform import waveform as find_waveform

N_SYMBOLS = 2000
MEDIA = (FLAT, "8 taps")
_ONE_FRAME = ("cfo", "cfo limit", "snr", "nmse limit", "noise", "boumard", "difference")


def measure(effort: Effort, work: Work) -> Measured:
    """Rows and curves of all presets."""
    levels = effort.choose((0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0), (0.0, 30.0))
    cases = [(name, medium, snr) for name in effort.presets for medium in MEDIA for snr in levels]
    # The worst of fourteen ratios lies above their mean by what chance adds: 3 % each over 2,000 frames.
    frames = {name: effort.choose(2000 if name == DEFAULT else 1000, 50) for name in effort.presets}
    common = {"seed": effort.seed}
    tasks = [
        Task("phy.estimation:trial", {"waveform": n, "medium": m, "snr_db": s, "frames": frames[n], **common})
        for n, m, s in cases
    ]
    found = dict(zip(cases, work.run("estimation", tasks), strict=True))
    rows: list[Row] = []
    curves: list[Curve] = []
    for name in effort.presets:
        points = {medium: [found[name, medium, snr] for snr in levels] for medium in MEDIA}
        rows += [_cfo(name, points), _snr_bias(name, points), _snr_spread(name, points), _noise(name, points)]
        for medium in MEDIA:
            curves += _curves(name, medium, levels, points[medium])
    return Measured(rows, curves)


def trial(waveform: str, medium: str, snr_db: float, frames: int, seed: int) -> Result:
    """Receive `frames` frames at one Es/N0 and return the statistics of what the receiver told about them."""
    chosen, spec = find_waveform(waveform), CHANNELS[medium]
    rng = np.random.default_rng([seed, round(10 * snr_db) + 1000, MEDIA.index(medium)])
    variance, cells = chosen.noise_var(snr_db), bounds.known_cells(chosen, N_SYMBOLS)
    per_frame: dict[str, list[float]] = {name: [] for name in _ONE_FRAME}
    for size in batches(frames):
        sent, noisy = [], []
        for index in range(size):
            cfo_hz = float(rng.uniform(-1.0, 1.0)) * min(60e3, chosen.max_cfo_hz)
            frame = gaussian_frame(index, N_SYMBOLS, rng)
            sent.append(send(frame, chosen, spec, rng, sco_ppm=cfo_hz / CARRIER_HZ * 1e6, cfo_hz=cfo_hz))
            noisy.append(received(sent[-1].samples, spec, variance, rng))
        # Of one frame it is a matter of chance; of all of them, but for the clock's share, it is a property.
        own_noise = float(np.mean([genie.own_noise(s, chosen) - genie.clock_noise(s, chosen) for s in sent]))
        for told in receive(np.concatenate(noisy), chosen):
            truth, samples = sent[told.header.index], noisy[told.header.index]
            gain = np.abs(truth.response(chosen.n_fft)[chosen.data_carriers].astype(np.complex128)) ** 2
            noise = 10.0 ** (-snr_db / 10.0) / float(gain.mean())
            snr = 1.0 / (noise + own_noise + genie.clock_noise(truth, chosen))
            preamble = genie.preamble(truth, samples, chosen)
            error = np.abs(told.symbols - truth.frame.symbols) ** 2 / told.noise_var
            for name, value in (
                ("cfo limit", bounds.cfo_variance(chosen, N_SYMBOLS, 1.0 / noise)),
                ("nmse limit", bounds.snr_nmse(cells, snr)),
                ("cfo", (told.cfo_hz - truth.cfo_hz) / chosen.rate_sps * 2.0 * math.pi),
                ("snr", 10.0 ** (told.snr_db / 10.0) / snr),
                ("noise", float(np.mean(error[np.isfinite(told.noise_var)]))),
                ("boumard", estimators.boumard(preamble) / snr),
                ("difference", estimators.two_symbol_difference(preamble) / snr),
            ):
                per_frame[name].append(value)
    return _statistics({name: np.array(values) for name, values in per_frame.items()}, waveform, snr_db, frames)


def _statistics(per_frame: dict[str, NDArray[np.float64]], waveform: str, snr_db: float, frames: int) -> Result:
    chosen, snr = find_waveform(waveform), 10.0 ** (snr_db / 10.0)
    # A bound of many frames is the mean of theirs: where the channel fades, both it and the errors grow.
    cfo_limit = float(np.mean(per_frame["cfo limit"]))
    cfo_power = float(np.mean(per_frame["cfo"] ** 2))
    to_hz = chosen.rate_sps / (2.0 * math.pi)
    result: dict[str, Any] = {
        "received": len(per_frame["cfo"]) / frames,
        "cfo_hz": math.sqrt(cfo_power) * to_hz,
        "cfo_limit_hz": math.sqrt(cfo_limit) * to_hz,
        "cfo_preamble_limit_hz": math.sqrt(bounds.cfo_variance(chosen, None, snr)) * to_hz,
        "cfo_ratio": math.sqrt(cfo_power / cfo_limit),
        "noise_ratio": float(np.mean(per_frame["noise"])),
        "nmse_limit": float(np.mean(per_frame["nmse limit"])),
    }
    for name in ("snr", "boumard", "difference"):
        mean = float(np.mean(per_frame[name]))
        result[f"{name}_bias_db"] = decibels(mean) if mean > 0.0 else None
        result[f"{name}_nmse"] = float(np.mean((per_frame[name] - 1.0) ** 2))
    return result


def _worst(points: Sequence[Result], name: str) -> float:
    return max((abs(point[name]) for point in points if point[name] is not None), default=math.inf)


def _cfo(name: str, points: dict[str, list[Result]]) -> Row:
    worst = _worst(points[FLAT], "cfo_ratio")
    return Row(
        f"CFO error, rms, {name}, worst of 0–30 dB",
        worst,
        "× CRLB",
        "≤ 1.2 × CRLB",
        at_most(worst, 1.2),
        {
            "CRLB of the preamble alone": points[FLAT][0]["cfo_preamble_limit_hz"] / points[FLAT][0]["cfo_limit_hz"],
            "8 taps": _worst(points["8 taps"], "cfo_ratio"),
        },
        "CFO: the CRLB takes every symbol's known cells as one measurement of phase; preamble and pilots are known.",
    )


def _snr_bias(name: str, points: dict[str, list[Result]]) -> Row:
    every = [point for medium in MEDIA for point in points[medium]]
    worst = _worst(every, "snr_bias_db")
    return Row(
        f"SNR estimate, bias, {name}, worst of 0–30 dB on 1 and 8 taps",
        worst,
        "dB",
        "≤ 0.1 dB",
        at_most(worst, 0.1),
        {
            "Boumard": _worst(every, "boumard_bias_db"),
            "two-symbol difference": _worst(every, "difference_bias_db"),
            "share of frames received": min(point["received"] for point in every),
        },
        "Boumard's and the two-symbol-difference estimator get the preamble with true timing and carrier offset.",
    )


def _snr_spread(name: str, points: dict[str, list[Result]]) -> Row:
    every = [point for medium in MEDIA for point in points[medium]]

    def worst(which: str) -> float:
        return max(float(point[f"{which}_nmse"] / point["nmse_limit"]) for point in every)

    return Row(
        f"SNR estimate, NMSE, {name}, worst of 0–30 dB on 1 and 8 taps",
        worst("snr"),
        "× CRLB",
        "≤ 1.2 × CRLB",
        at_most(worst("snr"), 1.2),
        {"Boumard": worst("boumard"), "two-symbol difference": worst("difference")},
    )


def _noise(name: str, points: dict[str, list[Result]]) -> Row:
    ratios = [point["noise_ratio"] for medium in MEDIA for point in points[medium]]
    worst = max(ratios, key=lambda value: abs(value - 1.0))
    return Row(
        f"mean of |ŝ−s|²/noise_var, {name}, worst of 0–30 dB on 1 and 8 taps",
        worst,
        "",
        "1 ± 0.05",
        abs(worst - 1.0) <= 0.05,
        {"calibrated": 1.0},
    )


def _curves(name: str, medium: str, levels: Sequence[float], points: Sequence[Result]) -> list[Curve]:
    def line(plot: str, panel: str, label: str, kind: str, key: str) -> Curve:
        return Curve(plot, panel, label, kind, levels, [point[key] for point in points])

    def snr(label: str, kind: str, key: str) -> list[Curve]:
        nmse = [point[f"{key}_nmse"] / point["nmse_limit"] for point in points]
        spread = Curve("snr", f"mean-square error, {medium}", label, kind, levels, nmse)
        return [line("snr", f"bias, {medium}", label, kind, f"{key}_bias_db"), spread]

    curves = [*snr(name, "ours", "snr"), line("noise-variance", medium, name, "ours", "noise_ratio")]
    if medium == FLAT:
        curves += [
            line("cfo", name, "receiver", "ours", "cfo_hz"),
            line("cfo", name, "CRLB of all known cells", "limit", "cfo_limit_hz"),
            line("cfo", name, "CRLB of the preamble", "limit", "cfo_preamble_limit_hz"),
        ]
    if name == DEFAULT:
        curves += snr(f"Boumard, {name}", "peer", "boumard")
        curves += snr(f"two-symbol difference, {name}", "peer", "difference")
    return curves

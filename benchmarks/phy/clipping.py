# SPDX-License-Identifier: MIT
"""What clipping at the transmitter costs: distortion, peaks, and whether the receiver's noise_var knows of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.effort import Effort
from benchmarks.phy import genie
from benchmarks.phy.signals import CHANNELS, FLAT, batches, gaussian_frame, received, send
from benchmarks.rows import Curve, Measured, Row, decibels
from benchmarks.tasks import Result, Task, Work
from lrisc_sdr.phy import receive, transmit
from lrisc_sdr.types import ComplexArray
from lrisc_sdr.waveform import DEFAULT, PRESETS, Waveform
from lrisc_sdr.waveform import waveform as find_waveform

N_SYMBOLS = 2000
HIGH_SNR_DB = 40.0  # noise and distortion are about the same
CCDF = 1e-3
_LONG_SYMBOLS = 32768  # distortion comes from rare peaks
_OVERSAMPLING = 4
_LEVELS_DB = [3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]


def measure(effort: Effort, work: Work) -> Measured:
    """Two rows for every preset, the distortion over the level, and the distribution of peaks."""
    frames, symbols = effort.choose((256, 200_000), (32, 10_000))
    tasks = [Task("phy.clipping:trial", {"waveform": n, "frames": frames, "seed": effort.seed}) for n in PRESETS]
    tasks.append(Task("phy.clipping:levels", {"frames": max(frames // 8, 4), "seed": effort.seed}))
    tasks += [
        Task("phy.clipping:peaks", {"clipped": clipped, "symbols": symbols, "seed": effort.seed})
        for clipped in (True, False)
    ]
    *found, over_level, clipped, free = work.run("clipping", tasks)
    rows: list[Row] = []
    for name, result in zip(PRESETS, found, strict=True):
        level = find_waveform(name).clip_db
        told = "none" if level is None else f"{level:g} dB"
        rows += [
            Row(
                f"signal over clipping distortion, {name}, clip level {told}",
                result["signal_over_distortion_db"],
                "dB",
                beside={"Bussgang": result["theory_db"]},
            ),
            Row(
                f"mean of |ŝ−s|²/noise_var, {name}, clipped, {HIGH_SNR_DB:g} dB",
                result["noise_ratio"],
                "",
                "1 ± 0.05",
                abs(result["noise_ratio"] - 1.0) <= 0.05,
                {"calibrated": 1.0},
            ),
        ]
    rows.append(
        Row(
            f"peak over mean power of an OFDM symbol, {DEFAULT}, exceeded by one in {1 / CCDF:,.0f}",
            clipped["papr_db"],
            "dB",
            beside={"unclipped": free["papr_db"]},
        )
    )
    curves = [
        Curve("clipping", "distortion", "measured", "ours", _LEVELS_DB, over_level["measured_db"]),
        Curve("clipping", "distortion", "Bussgang", "limit", _LEVELS_DB, over_level["theory_db"]),
        Curve("clipping", "peaks", "default clip level", "ours", clipped["level_db"], clipped["ccdf"]),
        Curve("clipping", "peaks", "unclipped", "limit", free["level_db"], free["ccdf"]),
    ]
    return Measured(rows, curves)


def trial(waveform: str, frames: int, seed: int) -> Result:
    """The default level's distortion, without noise, and the calibration of noise_var where it is half of the noise."""
    chosen, spec = find_waveform(waveform), CHANNELS[FLAT]
    rng = np.random.default_rng(seed)
    ratios: list[float] = []
    for size in batches(frames):
        sent = [send(gaussian_frame(index, N_SYMBOLS, rng), chosen, spec, rng) for index in range(size)]
        noisy = [received(one.samples, spec, chosen.noise_var(HIGH_SNR_DB), rng) for one in sent]
        for told in receive(np.concatenate(noisy), chosen):
            error = np.abs(told.symbols - sent[told.header.index].frame.symbols) ** 2 / told.noise_var
            ratios.append(float(np.mean(error[np.isfinite(told.noise_var)])))
    return {
        "signal_over_distortion_db": -decibels(_distortion(chosen, max(frames // 8, 4), rng)),
        "theory_db": -decibels(chosen.clip_distortion) if chosen.clip_distortion else None,
        "noise_ratio": float(np.mean(ratios)),
    }


def levels(frames: int, seed: int) -> Result:
    """Signal over distortion at every level, measured and by Bussgang's theorem `[dB]`."""
    rng = np.random.default_rng(seed)
    waveforms = [replace(find_waveform(DEFAULT), clip_db=level) for level in _LEVELS_DB]
    return {
        "measured_db": [-decibels(_distortion(one, frames, rng)) for one in waveforms],
        "theory_db": [-decibels(one.clip_distortion) for one in waveforms],
    }


def _distortion(waveform: Waveform, frames: int, rng: np.random.Generator) -> float:
    """Mean |ŝ−s|² of a genie without noise, carrier or clock offset."""
    errors = []
    for index in range(frames):
        sent = send(gaussian_frame(index, _LONG_SYMBOLS, rng), waveform, CHANNELS[FLAT], rng, cfo_hz=0.0)
        errors.append(np.mean(np.abs(genie.latents(sent, sent.samples, waveform) - sent.frame.symbols) ** 2))
    return float(np.mean(errors))


def peaks(clipped: bool, symbols: int, seed: int) -> Result:
    """The distribution of an OFDM symbol's peak over the mean power, between the samples, too, after the preamble."""
    chosen = find_waveform(DEFAULT) if clipped else replace(find_waveform(DEFAULT), clip_db=None)
    rng = np.random.default_rng(seed)
    found: list[NDArray[np.float64]] = []
    while sum(map(len, found)) < symbols:
        burst = transmit(gaussian_frame(0, _LONG_SYMBOLS, rng), chosen).reshape(-1, chosen.symbol_samples)
        found.append(_peak_power(burst[chosen.preamble_symbols :, chosen.cp_samples :]))
    power_db = 10.0 * np.log10(np.concatenate(found))
    level = np.arange(5.0, 13.01, 0.1)
    above = np.array([np.mean(power_db > one) for one in level])
    return {
        "papr_db": float(np.quantile(power_db, 1.0 - CCDF)),
        "level_db": level.tolist(),
        "ccdf": [float(value) if value > 10.0 / power_db.size else None for value in above],
    }


def _peak_power(bodies: ComplexArray) -> NDArray[np.float64]:
    """Largest |x|² of every row after interpolation, f64 `[rows]`."""
    n_fft = bodies.shape[1]
    spectrum = np.fft.fft(bodies, axis=1)
    padded = np.zeros((len(bodies), _OVERSAMPLING * n_fft), dtype=np.complex128)
    padded[:, : n_fft // 2] = spectrum[:, : n_fft // 2]
    padded[:, -n_fft // 2 :] = spectrum[:, -n_fft // 2 :]
    power: NDArray[np.float64] = np.abs(_OVERSAMPLING * np.fft.ifft(padded, axis=1)) ** 2
    peak: NDArray[np.float64] = power.max(axis=1)
    return peak

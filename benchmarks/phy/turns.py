# SPDX-License-Identifier: MIT
"""Receiving and making samples on one thread, in this process's time, in turn with liquid-dsp and the bare transform.

Ours: frames of Gaussian latents back to back, as long as the transmitter makes them, and some others; liquid-dsp's are
as long, of uncoded QPSK. 25 dB, a carrier offset of 0.13 carriers. gr-digital, in a process of its own, gets what it
can take: see `peers_gnuradio`. Every figure is a median over repetitions; in each of them all take their turn.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import numpy as np
import scipy.fft

from benchmarks.phy import impaired
from benchmarks.phy.signals import gaussian, gaussian_frame, stream
from benchmarks.tasks import Result
from lrisc_sdr import phy
from lrisc_sdr.framing import DEFAULT_FRAME_SYMBOLS
from lrisc_sdr.types import ComplexArray
from lrisc_sdr.waveform import waveform as find_waveform

N_SYMBOLS = DEFAULT_FRAME_SYMBOLS
OTHER_LENGTHS = (2000, 8192, 32768)
SNR_DB = 25.0
CFO = 0.13  # carriers
_CHUNK = 1 << 16
_BUFFER = 1 << 19  # samples, at least; back to back

Turns = dict[str, tuple[Callable[[], Any], int]]
"""What takes its turn: what to call, and how many samples that is."""


def trial(waveform: str, seconds: float, repetitions: int, seed: int) -> Result:
    """Msps of everything that one process can measure in turn: medians by name; None where a package is missing."""
    chosen = find_waveform(waveform)
    rng = np.random.default_rng(seed)
    usual, *others = (
        _noisy(stream(chosen, -(-_BUFFER // chosen.frame_samples(n)), n, rng), chosen.n_fft, rng)
        for n in (N_SYMBOLS, *OTHER_LENGTHS)
    )
    noise = gaussian(_BUFFER, rng)
    some = [gaussian_frame(index, N_SYMBOLS, rng) for index in range(8)]
    chunk = usual[: _CHUNK // 2].reshape(-1, chosen.n_fft)

    receiver, in_noise = phy.Receiver(chosen), phy.Receiver(chosen)
    turns: Turns = {
        "receive": (lambda: _feed(receiver, usual), usual.size),
        **{
            f"receive {n}": (partial(_feed, phy.Receiver(chosen), samples), samples.size)
            for n, samples in zip(OTHER_LENGTHS, others, strict=True)
        },
        "noise": (lambda: _feed(in_noise, noise), noise.size),
        "transmit": (lambda: [phy.transmit(f, chosen) for f in some], 8 * chosen.frame_samples(N_SYMBOLS)),
        "scipy FFT": (lambda: [scipy.fft.fft(chunk, axis=1) for _ in range(16)], 16 * chunk.size),
    }
    notes = _add_liquid(turns, chosen.n_fft, chosen.cp_samples, noise, rng)
    _add_torch(turns, chunk)
    result: Result = {name: median(rates) for name, rates in _in_turn(turns, seconds, repetitions).items()}
    whole, detected = receiver.counters.payload_ok, receiver.counters.detected
    # A frame at a seam of the repeated buffer may begin in the middle; all others must have come through.
    if whole < 0.95 * receiver.counters.samples / chosen.frame_samples(N_SYMBOLS):
        raise RuntimeError(f"only {whole} frames of {detected} detected came through")
    return result | notes


def _noisy(samples: ComplexArray, n_fft: int, rng: np.random.Generator) -> ComplexArray:
    return impaired.received(samples, SNR_DB, CFO / n_fft, rng)


def _feed(receiver: Any, samples: ComplexArray) -> None:
    for first in range(0, samples.size, _CHUNK):
        receiver.process(samples[first : first + _CHUNK])


def _add_liquid(turns: Turns, n_fft: int, cp: int, noise: ComplexArray, rng: np.random.Generator) -> Result:
    try:
        from benchmarks.phy import peers_liquid
    except ModuleNotFoundError:
        return {"missing": "liquid-dsp is not installed: pip install 'lrisc-sdr[bench]'"}
    bursts = [peers_liquid.burst(n_fft, cp, N_SYMBOLS // 4, rng) for _ in range(8)]
    samples = _noisy(np.concatenate(bursts * -(-_BUFFER // sum(burst.size for burst in bursts))), n_fft, rng)
    receiver, in_noise = (peers_liquid.Receiver(n_fft, cp) for _ in range(2))
    _feed(receiver, samples)
    arrived = receiver.payloads / round(samples.size / bursts[0].size)
    turns["liquid-dsp"] = (lambda: _feed(receiver, samples), samples.size)
    turns["liquid-dsp noise"] = (lambda: _feed(in_noise, noise), noise.size)
    return {"arrived": arrived}


def _add_torch(turns: Turns, chunk: ComplexArray) -> None:
    try:
        import torch
    except ModuleNotFoundError:
        return
    torch.set_num_threads(1)
    tensor = torch.from_numpy(chunk)
    turns["torch FFT"] = (lambda: [torch.fft.fft(tensor, dim=1) for _ in range(16)], 16 * chunk.size)


def _in_turn(turns: Turns, seconds: float, repetitions: int) -> dict[str, list[float]]:
    """Msps of process time, every one of the turns for `seconds` in each of the repetitions."""
    rates: dict[str, list[float]] = {name: [] for name in turns}
    for work, _ in turns.values():
        work()  # compiles, and fills caches
    for _ in range(repetitions):
        for name, (work, samples) in turns.items():
            began, calls, spent = time.process_time(), 0, 0.0
            while spent < seconds / len(turns):
                work()
                calls += 1
                spent = time.process_time() - began
            rates[name].append(calls * samples / spent / 1e6)
    return rates

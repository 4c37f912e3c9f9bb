# SPDX-License-Identifier: MIT
"""Preambles verified where there is none: in noise, in tones, in OFDM of another layout.

The other layout is that of IEEE 802.11a, clause 17: short and long training symbols, then QPSK on 52 of 64 carriers,
oversampled by 5/4, in frames of random length with pauses, at random carrier offsets, half of it in noise.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from benchmarks.effort import Effort
from benchmarks.phy.signals import gaussian
from benchmarks.rows import Measured, Row, at_most
from benchmarks.tasks import Result, Task, Work
from lrisc_sdr import phy
from lrisc_sdr.types import ComplexArray
from lrisc_sdr.waveform import DEFAULT
from lrisc_sdr.waveform import waveform as find_waveform

CHUNK = 1 << 20
GOAL = 1.0
_OVERSAMPLED, _PREFIX, _EDGE = 80, 20, 26
_PARTS = 2


def measure(effort: Effort, work: Work) -> Measured:
    """A row for every preset and kind of signal."""
    parts = effort.choose(_PARTS, 1)
    cases = [(name, kind, part) for name in effort.presets for kind in KINDS for part in range(parts)]

    def task(name: str, kind: str, part: int) -> Task:
        samples = effort.choose(1e9 if name == DEFAULT else 1e8, 4e6) / parts
        arguments = {"waveform": name, "kind": kind, "samples": samples, "seed": effort.seed, "part": part}
        return Task("phy.false_alarms:trial", {**arguments, "seconds": effort.choose(90.0, 5.0)})

    results = work.run("false alarms", [task(*case) for case in cases])
    rows = []
    for name in effort.presets:
        for kind in KINDS:
            found = [r for c, r in zip(cases, results, strict=True) if c[:2] == (name, kind)]
            rows.append(_row(name, kind, sum(r["detected"] for r in found), sum(r["samples"] for r in found)))
    return Measured(rows)


def trial(waveform: str, kind: str, samples: float, seconds: float, seed: int, part: int) -> Result:
    """Run a receiver over `samples` samples, or for `seconds`, and return what its counters say."""
    rng = np.random.default_rng([seed, list(KINDS).index(kind), part])
    receiver = phy.Receiver(find_waveform(waveform))
    end = time.monotonic() + seconds
    while receiver.counters.samples < samples and time.monotonic() < end:
        receiver.process(KINDS[kind](rng))
    receiver.flush()
    return {"samples": receiver.counters.samples, "detected": receiver.counters.detected}


def _noise(rng: np.random.Generator) -> ComplexArray:
    return gaussian(CHUNK, rng)


def _tone(rng: np.random.Generator) -> ComplexArray:
    """A tone of a new frequency, amplitude and phase in every chunk."""
    phase = 2.0 * np.pi * (rng.uniform(-0.5, 0.5) * np.arange(CHUNK) + rng.random())
    tone: ComplexArray = (10.0 ** rng.uniform(-2.0, 1.0) * np.exp(1j * phase)).astype(np.complex64)
    return tone


def _tone_in_noise(rng: np.random.Generator) -> ComplexArray:
    """A tone 40 dB above to 10 dB below the noise."""
    return _tone(rng) + gaussian(CHUNK, rng) * np.float32(10.0 ** rng.uniform(-1.5, -0.5))


def _other_layout(rng: np.random.Generator) -> ComplexArray:
    """Frames of IEEE 802.11a and pauses, oversampled by 5/4."""
    pieces: list[ComplexArray] = []
    size = 0
    while size < CHUNK:
        frame = _frame_80211(int(rng.integers(5, 200)), rng)
        pieces += [frame, np.zeros(int(rng.integers(100, 4000)), dtype=np.complex64)]
        size += frame.size + pieces[-1].size
    samples = np.concatenate(pieces)[:CHUNK]
    samples *= np.exp(2j * np.pi * rng.uniform(-0.01, 0.01) * np.arange(CHUNK)).astype(np.complex64)
    if rng.random() < 0.5:
        samples += gaussian(CHUNK, rng) * np.float32(10.0 ** rng.uniform(-1.5, 0.0))
    return samples


def _frame_80211(symbols: int, rng: np.random.Generator) -> ComplexArray:
    carriers = np.concatenate((np.arange(-_EDGE, 0), np.arange(1, _EDGE + 1)))
    spectrum = np.zeros((symbols + 2, _OVERSAMPLED), dtype=np.complex64)
    signs = 1.0 - 2.0 * rng.integers(0, 2, (2, symbols + 1, carriers.size))
    spectrum[1:, carriers] = np.sqrt(0.5) * (signs[0] + 1j * signs[1])
    every_fourth = carriers[carriers % 4 == 0]
    spectrum[0, every_fourth] = np.sqrt(13.0 / 6.0) * (1 + 1j) * _SHORT_TRAINING
    spectrum[1, carriers] = _LONG_TRAINING
    time_domain = np.fft.ifft(spectrum, axis=1).astype(np.complex64) * np.float32(np.sqrt(_OVERSAMPLED))
    # The short training is ten repetitions of a quarter of a symbol, the long one a double prefix and two symbols.
    short = np.tile(time_domain[0], 3)[: 2 * (_OVERSAMPLED + _PREFIX)]
    long = np.concatenate((time_domain[1, -2 * _PREFIX :], time_domain[1], time_domain[1]))
    data = np.concatenate((time_domain[2:, -_PREFIX:], time_domain[2:]), axis=1).reshape(-1)
    return np.concatenate((short, long, data))


# IEEE 802.11-2020, equations 17-6 and 17-8.
_SHORT_TRAINING = np.array([1, -1, 1, -1, -1, 1, -1, -1, 1, 1, 1, 1])
_LONG_TRAINING = np.array(
    [
        *(1, 1, -1, -1, 1, 1, -1, 1, -1, 1, 1, 1, 1, 1, 1, -1, -1, 1, 1, -1, 1, -1, 1, 1, 1, 1),
        *(1, -1, -1, 1, 1, -1, 1, -1, 1, -1, -1, -1, -1, -1, 1, 1, -1, -1, 1, -1, 1, -1, 1, 1, 1, 1),
    ]
)

KINDS: dict[str, Callable[[np.random.Generator], ComplexArray]] = {
    "white noise": _noise,
    "a tone": _tone,
    "a tone in noise": _tone_in_noise,
    "802.11-like OFDM": _other_layout,
}


def _row(name: str, kind: str, detected: int, samples: int) -> Row:
    value = detected * 1e9 / samples
    enough = detected > 0 or samples >= 1e9
    return Row(
        f"false alarms, {name}, {kind}, {samples / 1e6:,.0f} M samples",
        value,
        "per 10⁹ samples",
        f"≤ {GOAL:g} in 10⁹",
        at_most(value, GOAL) if enough else None,
        {"preambles verified": float(detected)},
        "" if enough else "False alarms: fewer than 10⁹ samples without one show no more than that.",
    )

# SPDX-License-Identifier: MIT
"""How fast samples are received and made: the rows of what `turns` and the peers measure."""

from __future__ import annotations

from statistics import median

from benchmarks.effort import Effort
from benchmarks.phy.turns import N_SYMBOLS, OTHER_LENGTHS
from benchmarks.rows import Beside, Curve, Measured, Row, at_least, ratio
from benchmarks.tasks import Result, Task, Work
from lrisc_sdr.waveform import PRESETS

OVER_LIQUID = {"wifi64": 2.0, "pluto256": 3.0, "wide1024": 2.0}
OVER_GNURADIO = 10.0
OVER_LIQUID_IN_NOISE = 4.0
TRANSMIT_OVER_RECEIVE = 2.0
_NOTE = f"Speed: Msps of process time, one thread, medians of turns; {N_SYMBOLS:,}-symbol frames back to back at 25 dB."


def measure(effort: Effort, work: Work) -> Measured:
    """Rows of receiving, receiving noise and transmitting, for every preset."""
    seconds, repetitions = effort.choose((2.4, 15), (0.3, 3))
    tasks: list[Task] = []
    for name in effort.presets:
        waveform = PRESETS[name]
        sizes = {"n_fft": waveform.n_fft, "cp": waveform.cp_samples, "seed": effort.seed}
        common = {"seconds": seconds, "repetitions": repetitions, "seed": effort.seed}
        tasks.append(Task("phy.turns:trial", {"waveform": name, **common}))
        packets = effort.choose(1000, 80) * 256 // max(waveform.n_fft, 256)
        again = {"packets": packets, "repetitions": effort.choose(5, 1)}
        tasks.append(Task("phy.peers_gnuradio:speed", {**sizes, **again}, peer=True))
    found = work.run("speed", tasks, alone=True)
    rows: list[Row] = []
    figures: dict[str, Result] = {}
    for name, ours, theirs in zip(effort.presets, found[::2], found[1::2], strict=True):
        figures[name] = ours | {"gr-digital": _gnuradio(theirs)}
        rows += _rows(name, figures[name], theirs)
    return Measured(rows, _curves(figures))


def _gnuradio(result: Result) -> float | None:
    return None if "missing" in result or result["arrived"] < 1.0 else median(result["msps"])


def _why(peer: str, result: Result) -> str:
    """What a reader must know of a peer's figure: it is missing, or frames of its own were lost."""
    if "missing" in result:
        return f"{peer}: {result['missing']}"
    return "" if result["arrived"] > 0.95 else f"{peer}: only {result['arrived']:.0%} of its own frames arrived"


def _rows(name: str, figures: Result, gnuradio: Result) -> list[Row]:
    liquid, in_noise = figures.get("liquid-dsp"), figures.get("liquid-dsp noise")
    notes = "; ".join(filter(None, (_why("liquid-dsp", figures), _why("gr-digital", gnuradio))))
    beside: Beside = {
        "liquid-dsp": liquid,
        "gr-digital": figures["gr-digital"],
        "FFT, scipy": figures["scipy FFT"],
        "FFT, torch": figures.get("torch FFT"),
        **{f"{n:,}-symbol frames": figures[f"receive {n}"] for n in OTHER_LENGTHS},
    }
    factor = OVER_LIQUID[name]
    times, over_gnuradio = ratio(figures["receive"], liquid), ratio(figures["receive"], figures["gr-digital"])
    rows = [
        Row(
            f"receive speed, {name}",
            figures["receive"],
            "Msps",
            f"≥ {factor:g} × liquid-dsp",
            at_least(times, factor),
            {"× liquid-dsp": times, **beside},
            notes or _NOTE,
        ),
        Row(
            f"receive speed over gr-digital's, {name}",
            over_gnuradio,
            "×",
            f"≥ {OVER_GNURADIO:g} ×",
            at_least(over_gnuradio, OVER_GNURADIO),
            {"gr-digital, Msps": figures["gr-digital"]},
        ),
    ]
    times = ratio(figures["noise"], in_noise)
    rows.append(
        Row(
            f"receive speed on noise, {name}",
            figures["noise"],
            "Msps",
            f"≥ {OVER_LIQUID_IN_NOISE:g} × liquid-dsp",
            at_least(times, OVER_LIQUID_IN_NOISE),
            {"× liquid-dsp": times, "liquid-dsp": in_noise},
        )
    )
    times = figures["transmit"] / figures["receive"]
    rows.append(
        Row(
            f"transmit speed, {name}",
            figures["transmit"],
            "Msps",
            f"≥ {TRANSMIT_OVER_RECEIVE:g} × receive speed",
            at_least(times, TRANSMIT_OVER_RECEIVE),
            {"× receive speed": times},
        )
    )
    return rows


def _curves(figures: dict[str, Result]) -> list[Curve]:
    sizes = [float(PRESETS[name].n_fft) for name in figures]

    def bars(panel: str, label: str, kind: str, key: str) -> Curve:
        return Curve("speed", panel, label, kind, sizes, [figures[name].get(key) for name in figures])

    return [
        bars("frames", "lrisc", "ours", "receive"),
        bars("frames", "liquid-dsp", "peer", "liquid-dsp"),
        bars("frames", "gr-digital", "peer", "gr-digital"),
        bars("frames", "FFT alone, scipy", "limit", "scipy FFT"),
        bars("noise only", "lrisc", "ours", "noise"),
        bars("noise only", "liquid-dsp", "peer", "liquid-dsp noise"),
        bars("transmit", "lrisc", "ours", "transmit"),
    ]

# SPDX-License-Identifier: GPL-3.0-or-later
"""The GNU Radio receive block behind a file source, beside the plain function on the same samples, by the clock.

Both get the same samples again and again. Starting and stopping a graph takes time of its own: a short file's time is
taken from a long one's.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
from gnuradio import blocks, gr

from benchmarks.phy import impaired
from benchmarks.phy.signals import stream
from benchmarks.tasks import Result
from lrisc_sdr import phy
from lrisc_sdr.blocks import Receiver
from lrisc_sdr.blocks.stage import BUFFER_ITEMS
from lrisc_sdr.framing import DEFAULT_FRAME_SYMBOLS
from lrisc_sdr.types import ComplexArray
from lrisc_sdr.waveform import waveform as find_waveform

N_SYMBOLS = DEFAULT_FRAME_SYMBOLS
_BUFFER = 1 << 21
_CHUNK = 1 << 16
_MOST = 1 << 26  # samples of the long file: half a gigabyte


def trial(waveform: str, seconds: float, repetitions: int, seed: int) -> Result:
    """Msps of the block and of the plain function, in turn; a long run takes about `seconds`."""
    chosen = find_waveform(waveform)
    rng = np.random.default_rng(seed)
    frames = -(-_BUFFER // chosen.frame_samples(N_SYMBOLS))
    samples = impaired.received(stream(chosen, frames, N_SYMBOLS, rng), 25.0, 0.13 / chosen.n_fft, rng)
    _plain(samples, waveform, 1)
    speed = samples.size / _plain(samples, waveform, 1)
    times = min(max(2, round(seconds * speed / samples.size)), _MOST // samples.size)
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        short, long = (Path(folder) / name for name in ("short.c64", "long.c64"))
        for path, copies in ((short, 1), (long, 1 + times)):
            with path.open("wb") as file:
                for _ in range(copies):
                    samples.tofile(file)
        for _ in range(repetitions):
            theirs.append(samples.size * times / _plain(samples, waveform, times) / 1e6)
            ours.append(samples.size * times / (_in_graph(long, waveform) - _in_graph(short, waveform)) / 1e6)
    return {"block": median(ours), "plain": median(theirs)}


def _plain(samples: ComplexArray, waveform: str, times: int) -> float:
    receiver = phy.Receiver(find_waveform(waveform))
    began = time.perf_counter()
    for _ in range(times):
        for first in range(0, samples.size, _CHUNK):
            receiver.process(samples[first : first + _CHUNK])
    return time.perf_counter() - began


def _in_graph(path: Path, waveform: str) -> float:
    graph = gr.top_block()
    source = blocks.file_source(gr.sizeof_gr_complex, str(path), False)
    source.set_min_output_buffer(BUFFER_ITEMS)
    receiver = Receiver(waveform)
    graph.connect(source, receiver)
    began = time.perf_counter()
    graph.run()
    spent = time.perf_counter() - began
    if receiver.fault is not None:
        raise receiver.fault
    return spent

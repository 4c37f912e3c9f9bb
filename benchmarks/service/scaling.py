# SPDX-License-Identifier: MIT
"""What a second worker on the CPU brings: the shipped model decodes the same pictures with one worker and with two."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np

from benchmarks.service.running import service, take_results
from lrisc_sdr.link import Sender
from lrisc_sdr.runs.sending import Sending
from lrisc_sdr.runs.sources import find
from lrisc_sdr.types import Frame, ReceivedFrame
from lrisc_sdr.waveform import DEFAULT, waveform

PICTURES = 12
STEPS = 1
CBR = 1 / 48
SNR_DB = 10.0


def speedup(folder: Path) -> float:
    """Pictures a second of two workers over those of one, with a core for each. Needs torch and two free cores."""
    from lrisc_sdr.codec import Codec

    sending = Sending(Codec.from_pretrained(), waveform(DEFAULT), CBR, SNR_DB, lambda *_: None)
    frames = [_received(frame) for frame in sending.frames(PICTURES * find([]))]
    os.environ["OMP_NUM_THREADS"] = "1"
    return _rate(folder / "two", 2, frames) / _rate(folder / "one", 1, frames)


def _rate(folder: Path, workers: int, frames: list[ReceivedFrame]) -> float:
    """Pictures a second, after one that warms each worker up."""
    with service(folder, f"--workers={workers}", f"--steps={STEPS}") as running:
        watcher = running.watch()
        first = [frame for frame in frames if frame.header.picture_id < workers]
        rest = [frame for frame in frames if frame.header.picture_id >= workers]
        for part in (first, rest):
            started = time.perf_counter()
            with Sender(running.endpoint) as sender:
                for frame in part:
                    sender.send(frame)
                sender.flush()
            left = len({frame.header.picture_id for frame in part})
            while left:
                running.require_alive()
                left -= len(take_results(watcher, 0.1))
        rate = (PICTURES - workers) / (time.perf_counter() - started)
        watcher.close()
        return rate


def _received(frame: Frame) -> ReceivedFrame:
    return ReceivedFrame(
        header=frame.header,
        symbols=frame.symbols,
        noise_var=np.full(frame.symbols.size, 10 ** (-SNR_DB / 10), np.float32),
        snr_db=SNR_DB,
        cfo_hz=0.0,
        sco_ppm=0.0,
        evm_db=-SNR_DB,
        channel=np.empty(0, np.complex64),
        start_sample=frame.header.picture_id,
    )

# SPDX-License-Identifier: MIT
"""Received frames of pictures, made of their numbers: every process makes the same."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrisc_sdr import framing
from lrisc_sdr.types import Latents, ReceivedFrame

SIDE = 256
CBR = 1 / 48
SIDE_INFORMATION_BYTES = 24
SNR_DB = 10.0


def frames(pictures: range, side: int = SIDE) -> Iterator[tuple[int, list[ReceivedFrame]]]:
    """Numbers of pictures and their frames, as a receiver hands them on: `side` × `side` at a CBR of 1/48."""
    rng = np.random.default_rng(1)
    n = round(3 * side**2 * CBR)
    symbols = ((rng.standard_normal(n) + 1j * rng.standard_normal(n)) / np.sqrt(2)).astype(np.complex64)
    for number in pictures:
        latents = Latents(
            np.roll(symbols, number), number.to_bytes(SIDE_INFORMATION_BYTES, "big"), side, side, "00000000"
        )
        yield (
            number,
            [
                ReceivedFrame(
                    header=frame.header,
                    symbols=frame.symbols,
                    noise_var=np.full(frame.symbols.size, 0.1, np.float32),
                    snr_db=SNR_DB,
                    cfo_hz=0.0,
                    sco_ppm=0.0,
                    evm_db=-SNR_DB,
                    channel=np.empty(0, np.complex64),
                    start_sample=number,
                )
                for frame in framing.segment(latents, number, SNR_DB)
            ],
        )

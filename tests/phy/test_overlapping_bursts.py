# SPDX-License-Identifier: MIT
"""Two bursts on the air at once end in reports, and the stronger one is received."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from lrisc_sdr.coding import HEADER_SYMBOLS
from lrisc_sdr.phy import Receiver, transmit
from lrisc_sdr.types import Frame
from lrisc_sdr.waveform import Waveform

LEAD = 1000


HITS: Mapping[str, Callable[[Waveform], int]] = {
    "everything": lambda waveform: 0,
    "an echo's delay later": lambda waveform: waveform.cp_samples // 2,
    "half a symbol later": lambda waveform: waveform.symbol_samples // 2,
    "a symbol later": lambda waveform: waveform.symbol_samples,
    "the preamble's end": lambda waveform: waveform.preamble_symbols * waveform.symbol_samples - 50,
    "the header": lambda waveform: waveform.preamble_symbols * waveform.symbol_samples + 29,
    "the payload": lambda waveform: waveform.frame_samples(4 * waveform.n_data) + 17,
    "the last symbol": lambda waveform: waveform.frame_samples(20 * waveform.n_data) - waveform.symbol_samples // 2,
}
"""From the first burst's first sample to the second's, by what of it the second one hits."""


@pytest.mark.parametrize("second_db", [-20.0, -10.0, 0.0, 10.0, 20.0])
@pytest.mark.parametrize("hit", HITS)
def test_two_bursts_end_in_reports_and_the_stronger_one_is_received(
    preset: Waveform, make_frame: Any, rng: np.random.Generator, calibration: Any, hit: str, second_db: float
) -> None:
    frames: list[Frame] = [make_frame(20 * preset.n_data, index) for index in (0, 1)] + [make_frame(800, 2)]
    length = preset.frame_samples(20 * preset.n_data)
    offset = HITS[hit](preset)
    samples = np.zeros(LEAD + 3 * length, np.complex128)
    # Two transmitters never have the same carrier; half a kilohertz is one part in five millions.
    for frame, first, level_db, cfo_hz in (
        (frames[0], LEAD, 0.0, 500.0),
        (frames[1], LEAD + offset, second_db, -2e3),
        (frames[2], LEAD + 2 * length + 100, 0.0, 0.0),
    ):
        burst = transmit(frame, preset) * 10.0 ** (level_db / 20.0)
        turn = np.exp(2j * np.pi * cfo_hz / preset.rate_sps * np.arange(burst.size))
        samples[first : first + burst.size] += burst * turn
    noise = rng.standard_normal((samples.size, 2)) @ np.array([1, 1j]) * np.sqrt(preset.noise_var(30.0) / 2)
    receiver = Receiver(preset)
    received = receiver.process((samples + noise).astype(np.complex64)) + receiver.flush()
    indices = [frame.header.index for frame in received]
    assert len(set(indices)) == len(indices)
    assert 2 in indices
    counters = receiver.counters
    # Of two equal bursts that begin together neither need be found.
    assert 1 + (second_db != 0.0) <= counters.detected <= 3
    assert counters.payload_ok + counters.interrupted == counters.header_ok == len(received)
    # A burst of the same power after the header's symbols, or in the last one alone, does no harm to a header.
    expected = {0} if second_db <= -10.0 or hit in ("the payload", "the last symbol") else set()
    expected |= {1} if second_db >= 10.0 or (hit == "the last symbol" and second_db >= 0.0) else set()
    assert set(indices) >= expected
    if hit in ("everything", "an echo's delay later"):
        return  # The preambles and pilots of both are the same: they look like two paths of one channel.
    for frame in received:
        there = np.isfinite(frame.noise_var)
        if np.count_nonzero(there) > HEADER_SYMBOLS:
            assert calibration(frame, frames[frame.header.index]) < 2.0

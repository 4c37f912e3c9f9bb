# SPDX-License-Identifier: MIT
"""Time on the air of a stream, however it is cut."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest

from lrisc_sdr.radio.air import LEAST_PAUSE_S, Air
from lrisc_sdr.radio.metering import StreamMeter

RATE_SPS = 10_000.0
PAUSE = round(LEAST_PAUSE_S * RATE_SPS)


class Recorder:
    """Writes down what it is charged."""

    def __init__(self) -> None:
        self.events: list[tuple[str, int]] = []

    def charge(self, n_samples: int) -> None:
        # What comes in pieces counts as one.
        if self.events and self.events[-1][0] == "charge":
            n_samples += self.events.pop()[1]
        self.events.append(("charge", n_samples))

    def idle(self, n_samples: int) -> None:
        self.events.append(("idle", n_samples))


def stream(*lengths: int) -> np.ndarray:
    """Silence and sound in turn, beginning with silence."""
    return np.concatenate([np.full(length, index % 2, np.complex64) for index, length in enumerate(lengths)])


@pytest.mark.parametrize("step", [1, 7, 500, PAUSE, 100_000])
@pytest.mark.parametrize(
    ("lengths", "events"),
    [
        ((0, 300), [("idle", PAUSE), ("charge", 300)]),
        ((50, 300, PAUSE - 1, 300), [("idle", PAUSE + 50), ("charge", 600 + PAUSE - 1)]),
        ((0, 300, PAUSE, 200), [("idle", PAUSE), ("charge", 300), ("idle", PAUSE), ("charge", 200)]),
        ((0, 300, 5 * PAUSE, 200, 90), [("idle", PAUSE), ("charge", 300), ("idle", 5 * PAUSE), ("charge", 200)]),
        ((5000,), []),
    ],
)
def test_pauses_are_told_from_gaps(lengths: tuple[int, ...], events: list[tuple[str, int]], step: int) -> None:
    air, samples = Recorder(), stream(*lengths)
    meter = StreamMeter(cast(Air, air), RATE_SPS)
    for start in range(0, samples.size, step):
        meter.take(samples[start : start + step])
    assert air.events == events

# SPDX-License-Identifier: MIT
"""When a burst arrives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrisc_sdr.calibrate.arrival import arrival
from lrisc_sdr.calibrate.bursts import known_bursts
from lrisc_sdr.errors import FramesFailed
from lrisc_sdr.waveform import waveform

BURST = known_bursts(waveform("pluto256"), 1, 512).bursts[0]


def noise(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.normal(size=n) + 1j * rng.normal(size=n)) * np.sqrt(0.5)


@settings(max_examples=15, deadline=None)
@given(st.floats(0.0, 5000.0), st.floats(0.01, 2.0), st.integers(0, 10**6))
def test_to_a_fraction_of_a_sample(delay: float, amplitude: float, seed: int) -> None:
    n = BURST.size + 6000
    turned = np.fft.fft(np.pad(BURST, (0, 6000))) * np.exp(-2j * np.pi * np.fft.fftfreq(n) * delay)
    samples = np.fft.ifft(turned) * amplitude * np.exp(1j * seed) + 0.1 * amplitude * noise(n, seed)
    assert arrival(BURST, samples.astype(np.complex64)) == pytest.approx(delay, abs=0.1)


def test_noise_is_no_burst() -> None:
    with pytest.raises(FramesFailed):
        arrival(BURST, noise(20_000, 0).astype(np.complex64))
    with pytest.raises(FramesFailed):
        arrival(BURST, np.zeros(20_000, dtype=np.complex64))

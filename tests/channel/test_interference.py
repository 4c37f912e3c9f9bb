# SPDX-License-Identifier: MIT
"""The interferer has its density in its band, nothing outside, and no beginning."""

from __future__ import annotations

import numpy as np
import pytest

from lrisc_sdr.channel.interference import interference, start_state


@pytest.mark.parametrize(("centre", "bandwidth"), [(0.2, 0.05), (-0.45, 0.2), (0.0, 0.002)])
def test_interferer_fills_its_band_and_no_other(centre: float, bandwidth: float) -> None:
    rng = np.random.default_rng(8)
    state = start_state(bandwidth, rng)
    samples, _ = interference(1000, 1 << 19, centre, bandwidth, 3.0, rng, state)
    # A window whose side lobes lie below the stop band.
    window = np.blackman(8192)
    segments = samples.reshape(-1, 8192) * (window / np.linalg.norm(window))
    density = np.mean(np.abs(np.fft.fft(segments)) ** 2, axis=0)
    distance = np.abs((np.fft.fftfreq(8192) - centre + 0.5) % 1.0 - 0.5)
    inside, outside = distance < 0.45 * bandwidth, distance > 0.53 * bandwidth + 4 / 8192
    assert density[inside].mean() == pytest.approx(3.0, rel=0.12)
    assert 10 * np.log10(density[outside].mean() / density[inside].mean()) < -58.0
    assert abs(np.mean(samples**2)) < 0.1 * np.mean(np.abs(samples) ** 2)


def test_interferer_has_its_power_from_the_first_sample() -> None:
    power = np.zeros(64)
    for seed in range(300):
        rng = np.random.default_rng(seed)
        state = start_state(0.1, rng)
        power += np.abs(interference(0, 64, 0.1, 0.1, 1.0, rng, state)[0]) ** 2 / 300
    assert power[:16].mean() == pytest.approx(0.1, rel=0.15)
    assert power.mean() == pytest.approx(0.1, rel=0.1)

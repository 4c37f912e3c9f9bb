# SPDX-License-Identifier: MIT
from __future__ import annotations

import numpy as np
import pytest

from benchmarks.phy.estimators import boumard, two_symbol_difference
from benchmarks.phy.signals import gaussian
from lrisc_sdr.types import ComplexArray


def observed(channel: ComplexArray, snr: float, seed: int) -> ComplexArray:
    noise = gaussian(3 * channel.size, np.random.default_rng(seed)).reshape(3, -1)
    return (channel + noise * np.float32(np.sqrt(np.mean(np.abs(channel) ** 2) / snr))).astype(np.complex64)


@pytest.mark.parametrize("estimator", [boumard, two_symbol_difference])
@pytest.mark.parametrize("snr", [1.0, 100.0])
def test_a_flat_channel(estimator: object, snr: float) -> None:
    assert callable(estimator)
    flat = np.full(2000, 0.7j, dtype=np.complex64)
    assert np.mean([estimator(observed(flat, snr, seed)) for seed in range(20)]) == pytest.approx(snr, rel=0.03)


def test_boumard_takes_a_channels_slope_for_noise() -> None:
    k = np.arange(2000)
    selective = (1.0 + 0.8 * np.exp(-2j * np.pi * k * 7 / 256)).astype(np.complex64)
    values = observed(selective, 100.0, 0)
    assert boumard(values) < 50.0
    assert two_symbol_difference(values) == pytest.approx(100.0, rel=0.1)

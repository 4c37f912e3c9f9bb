# SPDX-License-Identifier: MIT
"""Phase ramps against exponentials."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrisc_sdr.phy.ramp import ramp
from lrisc_sdr.waveform import PRESETS, Waveform


def ramped(phase: float, delay: float, preset: Waveform) -> np.ndarray:
    factors = np.full(preset.n_used, np.nan, dtype=np.complex64)
    ramp(phase, delay, preset.n_fft, factors)
    return factors


@given(st.sampled_from(sorted(PRESETS)), st.floats(-1e3, 1e3), st.floats(-130.0, 130.0))
def test_every_carrier_has_its_phase(name: str, phase: float, delay: float) -> None:
    preset = PRESETS[name]
    expected = np.exp(-1j * (phase - 2 * np.pi * preset.used_carriers * delay / preset.n_fft))
    # Nine roundings of both factors, each of 2^-24 in both parts.
    assert np.abs(ramped(phase, delay, preset) - expected).max() < 2e-6


@pytest.mark.parametrize("edge", [1, 2, 3, 5, 8, 13])
def test_any_number_of_carriers_will_do(edge: int) -> None:
    factors = np.full(2 * edge, np.nan, dtype=np.complex64)
    ramp(0.3, 1.7, 32, factors)
    carriers = np.concatenate((np.arange(-edge, 0), np.arange(1, edge + 1)))
    np.testing.assert_allclose(factors, np.exp(-1j * (0.3 - 2 * np.pi * carriers * 1.7 / 32)), atol=1e-6)

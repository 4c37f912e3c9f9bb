# SPDX-License-Identifier: MIT
"""Frames to bursts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.phy import transmit
from lrisc_sdr.types import Frame
from lrisc_sdr.waveform import Waveform


@pytest.mark.parametrize("n_symbols", [8, 8192])
def test_length_and_mean_power(preset: Waveform, make_frame: Any, n_symbols: int) -> None:
    burst = transmit(make_frame(n_symbols), preset)
    assert burst.dtype == np.complex64
    assert burst.size == preset.frame_samples(n_symbols)
    assert np.mean(np.abs(burst) ** 2) == pytest.approx(1.0, abs=0.05)


def test_padding_has_the_power_of_the_rest(preset: Waveform, make_frame: Any) -> None:
    burst = transmit(make_frame(8), preset)
    assert np.mean(np.abs(burst[-preset.n_fft :]) ** 2) == pytest.approx(1.0, abs=0.25)


def test_a_header_that_lies_is_refused(preset: Waveform, make_frame: Any) -> None:
    frame = make_frame(16)
    with pytest.raises(ConfigurationError, match="16"):
        transmit(Frame(frame.header, frame.symbols[:8]), preset)

# SPDX-License-Identifier: MIT
"""The radio that hears itself."""

from __future__ import annotations

import numpy as np
import pytest

from lrisc_sdr import phy
from lrisc_sdr.errors import ConfigurationError, UsageError
from lrisc_sdr.radio import Drops
from lrisc_sdr.radio.opening import open_radio
from lrisc_sdr.radio.settings import RadioConfig
from lrisc_sdr.types import Frame, FrameHeader
from lrisc_sdr.waveform import waveform

CONFIG = RadioConfig()
WAVEFORM = waveform("pluto256")


def test_a_frame_comes_through_the_channel_at_its_nominal_snr() -> None:
    radio = open_radio("loopback", "desk:3")
    radio.configure(CONFIG.settings(WAVEFORM))
    rng = np.random.default_rng(1)
    symbols = np.exp(2j * np.pi * rng.random(3072)).astype(np.complex64)
    burst = phy.transmit(Frame(FrameHeader(7, 0, 1, 3072, 12, 1), symbols), WAVEFORM) * np.float32(CONFIG.amplitude)
    radio.power_up()
    radio.transmit(np.concatenate([np.zeros(5000, np.complex64), burst.astype(np.complex64)]))
    radio.silence()
    (frame,) = phy.receive(radio.receive(60_000), WAVEFORM)
    assert frame.header.picture_id == 7
    assert 15.0 < frame.snr_db < 30.0
    assert radio.drops() == Drops()


def test_it_hears_noise_where_nothing_was_sent_and_any_number_of_samples_is_served() -> None:
    radio = open_radio("loopback", "desk")
    radio.configure(CONFIG.settings(WAVEFORM))
    pieces = [radio.receive(n) for n in (1, 20_000, 7)]
    assert [piece.size for piece in pieces] == [1, 20_000, 7]
    assert np.std(pieces[1]) > 0


def test_it_sends_nothing_before_it_is_powered_up() -> None:
    radio = open_radio("loopback", "desk")
    with pytest.raises(ConfigurationError, match="configure"):
        radio.power_up()
    radio.configure(CONFIG.settings(WAVEFORM))
    with pytest.raises(ConfigurationError, match="powered up"):
        radio.transmit(np.zeros(10, np.complex64))


def test_what_does_not_exist_is_named() -> None:
    with pytest.raises(UsageError, match="did you mean pluto"):
        open_radio("plutto", "")
    with pytest.raises(ConfigurationError, match="seed"):
        open_radio("loopback", "desk:x")

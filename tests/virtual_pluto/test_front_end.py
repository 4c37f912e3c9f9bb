# SPDX-License-Identifier: MIT
"""The truth that calibrations look for: what is set is what is sent and received."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from lrisc_sdr.channel import ChannelSpec
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.types import ComplexArray
from lrisc_sdr.virtual_pluto import FrontEnd, Imbalance, VirtualSettings
from lrisc_sdr.virtual_pluto.front_end import amplify
from lrisc_sdr.virtual_pluto.station import Station
from lrisc_sdr.virtual_pluto.words import Codes

N = 1 << 16


def station(front_end: FrontEnd) -> Station:
    settings = VirtualSettings(channel=ChannelSpec(), front_ends=(front_end,))
    return Station(0, settings, np.random.SeedSequence(0))


def silence(front_end: FrontEnd, gain_db: float) -> Codes:
    codes = np.ones(2 * N, dtype=np.int16)
    station(front_end).receiver.take(np.zeros(N, dtype=np.complex64), 4e6, 10.0 ** (gain_db / 20.0), codes)
    return codes


def test_an_imbalance_is_that_of_the_branches() -> None:
    rng = np.random.default_rng(1)
    x = rng.standard_normal(64) + 1j * rng.standard_normal(64)
    imbalance = Imbalance(gain_db=0.7, phase_deg=-3.0)
    alpha, phi = 10.0 ** (0.7 / 20.0), math.radians(-3.0)
    branches = x.real + 1j * alpha * (x.imag * math.cos(phi) + x.real * math.sin(phi))
    common = (1.0 + alpha * np.exp(1j * phi)) / 2.0
    signal = common * x
    np.testing.assert_allclose(signal + imbalance.image_gain * np.conj(signal), branches, atol=1e-12)


def test_own_imperfections_take_the_place_of_the_channel_s() -> None:
    own = FrontEnd(tx_imbalance=Imbalance(1.0, 2.0), rx_imbalance=Imbalance(-1.0), tx_dc=0.01j, rx_dc=-0.02)
    channel = ChannelSpec(snr_db=20.0, image_dbc=-28.0, dc_dbc=-30.0)
    first, second = (
        Station(k, VirtualSettings(channel, n_radios=2, front_ends=(own, FrontEnd())), np.random.SeedSequence(k))
        for k in range(2)
    )
    assert first.transmitter.image_gain == Imbalance(1.0, 2.0).image_gain
    assert first.receiver.image_gain == Imbalance(-1.0).image_gain
    assert (first.transmitter.dc_level, first.receiver.dc_level) == (0.01j, -0.02)
    assert abs(second.receiver.image_gain) == pytest.approx(10.0**-1.4 * math.sqrt(0.5))
    assert first.receiver.noise_power == second.receiver.noise_power > 0.0


@pytest.mark.parametrize("smoothness", [1.0, 2.0, 3.0, math.inf])
def test_the_amplifier_has_lost_one_decibel_at_its_compression_point(smoothness: float) -> None:
    front_end = FrontEnd(compression_dbfs=-6.0, smoothness=smoothness)
    level = 10.0**-0.3
    samples: ComplexArray = np.array([level * np.exp(1j), 0.01, 100.0], dtype=np.complex64)
    assert front_end.saturation is not None
    gains = amplify(samples, front_end.saturation, smoothness) / samples
    assert 20.0 * np.log10(np.abs(gains[0])) == pytest.approx(-1.0, abs=1e-3)
    assert np.angle(gains[0]) == pytest.approx(0.0, abs=1e-6)
    assert gains[1] == pytest.approx(1.0, abs=1e-3)
    assert np.abs(gains[2]) * 100.0 == pytest.approx(front_end.saturation, rel=1e-3)


def test_the_floor_is_the_converter_s_at_low_gain_and_the_front_end_s_at_high_gain() -> None:
    front_end = FrontEnd(noise_dbfs=-60.0, converter_noise_dbfs=-58.0)
    for gain_db in (-20.0, 0.0, 20.0):
        expected = 10.0 ** ((gain_db - 60.0) / 10.0) + 10.0**-5.8 + 2.0**-22 / 6.0
        floor = 2.0 * np.mean((silence(front_end, gain_db) / 2048.0) ** 2)
        assert 10.0 * np.log10(floor / expected) == pytest.approx(0.0, abs=0.1)


def test_without_noise_there_is_silence() -> None:
    assert not silence(FrontEnd(), 20.0).any()


@pytest.mark.parametrize(
    "figures", [{"tx_dc": 2.0}, {"noise_dbfs": math.inf}, {"smoothness": 0.0}, {"compression_dbfs": math.nan}]
)
def test_impossible_front_ends_are_refused(figures: dict[str, float]) -> None:
    with pytest.raises(ConfigurationError, match="check that"):
        FrontEnd(**figures)  # type: ignore[arg-type]


def test_an_impossible_imbalance_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="imbalance"):
        Imbalance(phase_deg=90.0)


def test_there_is_one_front_end_for_each_radio() -> None:
    settings = VirtualSettings(n_radios=2)
    with pytest.raises(ConfigurationError, match="one front end for each radio"):
        replace(settings, front_ends=(FrontEnd(),))

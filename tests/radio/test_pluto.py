# SPDX-License-Identifier: MIT
"""A Pluto, as far as one made of software can show it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from lrisc_sdr import phy
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.radio.opening import open_radio
from lrisc_sdr.radio.pluto import MAX_ATTENUATION_DB, silence
from lrisc_sdr.radio.protocol import RadioAbsent, RadioLost
from lrisc_sdr.radio.settings import RadioConfig
from lrisc_sdr.types import Frame, FrameHeader
from lrisc_sdr.virtual_pluto import VirtualPluto, VirtualSettings
from lrisc_sdr.waveform import waveform

pytest.importorskip("iio", reason="libiio and pylibiio are not installed", exc_type=Exception)
pytest.importorskip("adi", reason="pyadi-iio is not installed")

WAVEFORM = waveform("pluto256")
CONFIG = RadioConfig(rx_gain_db=40.0, tx_attenuation_db=10.0)
SETTINGS = CONFIG.settings(WAVEFORM)


@pytest.fixture
def plutos() -> Iterator[VirtualPluto]:
    with VirtualPluto(VirtualSettings(n_radios=2)) as running:
        yield running


def transmitter_of(uri: str) -> tuple[float, float]:
    """Attenuation `[dB]` and powerdown, as another session reads them."""
    import iio

    control = iio.Context(uri).find_device("ad9361-phy")
    gain = control.find_channel("voltage0", True).attrs["hardwaregain"].value
    down = control.find_channel("altvoltage1", True).attrs["powerdown"].value
    return -float(gain.split()[0]), float(down)


def test_settings_are_what_the_device_reads_back_and_nothing_is_on(plutos: VirtualPluto) -> None:
    radio = open_radio("pluto", plutos.uris[0])
    found = radio.configure(SETTINGS)
    assert found.rate_sps == pytest.approx(4e6, rel=1e-6)
    assert (found.rx_gain_db, found.tx_attenuation_db) == (40.0, 10.0)
    assert transmitter_of(plutos.uris[0]) == (MAX_ATTENUATION_DB, 1.0)
    up = radio.power_up()
    assert up.tx_attenuation_db == 10.0
    assert transmitter_of(plutos.uris[0]) == (10.0, 0.0)
    radio.close()
    assert transmitter_of(plutos.uris[0]) == (MAX_ATTENUATION_DB, 1.0)


def test_another_session_switches_the_transmitter_off(plutos: VirtualPluto) -> None:
    radio = open_radio("pluto", plutos.uris[0])
    radio.configure(SETTINGS)
    radio.power_up()
    silence(plutos.uris[0])
    assert transmitter_of(plutos.uris[0]) == (MAX_ATTENUATION_DB, 1.0)
    radio.close()


def test_a_frame_goes_from_one_radio_to_the_other(plutos: VirtualPluto) -> None:
    sender, receiver = (open_radio("pluto", uri) for uri in plutos.uris)
    for radio in (sender, receiver):
        radio.configure(SETTINGS)
    rng = np.random.default_rng(1)
    symbols = np.exp(2j * np.pi * rng.random(3072)).astype(np.complex64)
    burst = phy.transmit(Frame(FrameHeader(7, 0, 1, 3072, 12, 1), symbols), WAVEFORM) * np.float32(CONFIG.amplitude)
    receiver.receive(1000)
    sender.power_up()
    sender.transmit(burst)
    sender.silence()
    frames = phy.receive(np.concatenate([receiver.receive(1 << 17) for _ in range(4)]), WAVEFORM)
    assert [frame.header.picture_id for frame in frames] == [7]
    for radio in (sender, receiver):
        radio.close()


def test_values_that_the_device_cannot_take_are_refused(plutos: VirtualPluto) -> None:
    radio = open_radio("pluto", plutos.uris[0])
    with pytest.raises(ConfigurationError, match="tx_attenuation_db"):
        radio.configure(replace(SETTINGS, tx_attenuation_db=120.0))
    with pytest.raises(ConfigurationError, match="sample_rate"):
        radio.configure(replace(SETTINGS, rate_sps=1000.0))
    with pytest.raises(ConfigurationError, match="not powered up"):
        radio.transmit(np.zeros(10, np.complex64))
    radio.close()


def test_a_device_that_went_is_lost_within_two_seconds() -> None:
    with VirtualPluto() as running:
        radio = open_radio("pluto", running.uris[0])
        radio.configure(SETTINGS)
        radio.receive(1000)
    began_s = time.monotonic()
    with pytest.raises(RadioLost, match="was lost"):
        radio.receive(1 << 22)
    assert time.monotonic() - began_s < 2.0
    radio.close()


def test_an_address_without_a_device_is_one_line(plutos: VirtualPluto) -> None:
    uri = plutos.uris[0]
    plutos.close()
    with pytest.raises(RadioAbsent, match="no radio answers at ip:127"):
        open_radio("pluto", uri)

# SPDX-License-Identifier: MIT
"""A radio behind its profile, seen from both sides."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lrisc_sdr.calibrate.calibrated_radio import CalibratedRadio
from lrisc_sdr.calibrate.profile import Device, Frequency, Iq, Profile, Provenance, Side
from lrisc_sdr.radio.protocol import Drops, RadioSettings
from lrisc_sdr.types import ComplexArray

SETTINGS = RadioSettings(4e6, 2.45e9, 2.44e9, 4e6, 4e6, 40.0, 10.0)
SOURCE = Provenance("2026-11-23T00:00:00Z", "lrisc-sdr 0", "itself", "pluto256", 4e6, 2.45e9, 2.44e9)
RX = Side((0.02, 0.01), (0.001, 0.0), -33, -70, -60, -90, replace(SOURCE, rx_gain_db=40.0))
TX = Side((-0.03, 0.0), (0.0, 0.002), -30, -70, -54, -90, replace(SOURCE, tx_attenuation_db=10.0))
PROFILE = Profile(Device("pluto", "x"), Frequency(12.34, 0.0, "bursts", (), SOURCE), iq=Iq(RX, TX))


class Plain:
    """A device that takes whole parts per million, and keeps what it is given."""

    name = "plain"

    def __init__(self) -> None:
        self.settings = SETTINGS
        self.sent: list[ComplexArray] = []

    def configure(self, settings: RadioSettings) -> RadioSettings:
        self.settings = settings
        return settings

    def correct_crystal(self, ppm: float) -> float:
        return float(round(ppm))

    def power_up(self) -> RadioSettings:
        return self.settings

    def receive(self, n_samples: int) -> ComplexArray:
        return np.full(n_samples, 0.1 + 0.2j, dtype=np.complex64)

    def transmit(self, samples: ComplexArray) -> None:
        self.sent.append(samples)

    def silence(self) -> None: ...

    def drops(self) -> Drops:
        return Drops(3, 0)

    def close(self) -> None: ...


def test_what_the_device_does_not_take_of_the_crystal_goes_to_the_frequencies() -> None:
    device = Plain()
    radio = CalibratedRadio(device, PROFILE)
    found = radio.configure(SETTINGS)
    assert found.rx_lo_hz == pytest.approx(2.45e9, abs=1e-3)
    # 0.34 ppm are left: the device is asked for less, since its crystal makes more of it.
    assert device.settings.rx_lo_hz == pytest.approx(2.45e9 / (1 + 0.34e-6), abs=1e-3)
    assert device.settings.rate_sps == 4e6
    assert radio.power_up().tx_lo_hz == pytest.approx(2.44e9, abs=1e-3)
    assert radio.drops() == Drops(3, 0)


def test_samples_are_corrected_both_ways() -> None:
    device = Plain()
    radio = CalibratedRadio(device, PROFILE)
    radio.configure(SETTINGS)
    x = radio.receive(4)
    assert np.allclose(x + complex(*RX.image) * np.conj(x) + complex(*RX.dc), 0.1 + 0.2j, atol=1e-6)
    wanted = np.array([0.3 - 0.1j, 0.0], dtype=np.complex64)
    radio.transmit(wanted)
    (u,) = device.sent
    assert np.allclose(u + complex(*TX.image) * np.conj(u) + complex(*TX.dc), wanted, atol=1e-6)


@pytest.mark.parametrize(
    ("changes", "rx", "tx"),
    [
        ({"rx_gain_db": 50.0}, "image", "both"),
        ({"rx_gain_db": None}, "image", "both"),
        ({"tx_attenuation_db": 30.0}, "both", "image"),
        ({"rx_lo_hz": 5.8e9, "tx_lo_hz": 5.8e9}, "none", "none"),
    ],
)
def test_what_was_measured_elsewhere_is_not_corrected(changes: dict[str, float], rx: str, tx: str) -> None:
    device = Plain()
    radio = CalibratedRadio(device, PROFILE)
    radio.configure(replace(SETTINGS, **changes))
    radio.transmit(np.zeros(1, dtype=np.complex64))
    # Without a leak to correct, silence stays silence.
    assert bool(abs(device.sent[0][0]) > 0) is (tx == "both")
    image = complex(*RX.image) if rx != "none" else 0j
    dc = complex(*RX.dc) if rx == "both" else 0j
    x = radio.receive(1)
    assert np.allclose(x + image * np.conj(x) + dc, 0.1 + 0.2j, atol=1e-6)

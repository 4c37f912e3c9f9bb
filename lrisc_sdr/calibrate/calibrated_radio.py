# SPDX-License-Identifier: MIT
"""A radio that corrects what is known of it: its callers see one without error.

configure   crystal to the device, what it does not take to the frequencies ─► device
receive     device ─► x = (u − g u*) / (1 − |g|²), u = y − d
transmit    the same before the device
"""

from __future__ import annotations

from dataclasses import replace

from lrisc_sdr.calibrate.correction import correct
from lrisc_sdr.calibrate.profile import Iq, Pair, Profile, Side
from lrisc_sdr.radio.protocol import Drops, Radio, RadioSettings
from lrisc_sdr.types import ComplexArray

NEAR_HZ = 50e6
"""Images and leaks change with the carrier: they are corrected this near to where they were measured."""
NEAR_DB = 1.5
"""A receiver's leak changes with its gain, a transmitter's with its attenuation: the same of them."""


class CalibratedRadio:
    """A `Radio`, see there; the transmit guard is above it, the device below.

    Args:
        radio: the device.
        profile: what is known of it.
    """

    def __init__(self, radio: Radio, profile: Profile) -> None:
        self.name = radio.name
        self._radio = radio
        self._profile = profile
        self._scale = 1.0
        self._rx = self._tx = (0j, 0j)

    def configure(self, settings: RadioSettings) -> RadioSettings:
        """See `Radio`. Frequencies are as they come out, for the request as for what is read back."""
        frequency = self._profile.frequency
        self._scale = 1.0
        if frequency is not None:
            taken_ppm = self._radio.correct_crystal(frequency.crystal_ppm)
            self._scale += (frequency.crystal_ppm - taken_ppm) * 1e-6
        found = _scaled(self._radio.configure(_scaled(settings, 1.0 / self._scale)), self._scale)
        iq = self._profile.iq or Iq()
        self._rx = self._tx = (0j, 0j)
        if iq.rx is not None:
            self._rx = applicable(iq.rx, iq.rx.provenance.rx_lo_hz, found.rx_lo_hz, found.rx_gain_db)
        if iq.tx is not None:
            self._tx = applicable(iq.tx, iq.tx.provenance.tx_lo_hz, found.tx_lo_hz, found.tx_attenuation_db)
        return found

    def correct_crystal(self, ppm: float) -> float:
        """See `Radio`."""
        return self._radio.correct_crystal(ppm)

    def power_up(self) -> RadioSettings:
        """See `Radio`."""
        return _scaled(self._radio.power_up(), self._scale)

    def receive(self, n_samples: int) -> ComplexArray:
        """See `Radio`."""
        return correct(self._radio.receive(n_samples), *self._rx)

    def transmit(self, samples: ComplexArray) -> None:
        """See `Radio`."""
        self._radio.transmit(correct(samples, *self._tx))

    def silence(self) -> None:
        """See `Radio`."""
        self._radio.silence()

    def drops(self) -> Drops:
        """See `Radio`."""
        return self._radio.drops()

    def close(self) -> None:
        """See `Radio`."""
        self._radio.close()


def _scaled(settings: RadioSettings, scale: float) -> RadioSettings:
    """With both frequencies times a factor."""
    return replace(settings, rx_lo_hz=settings.rx_lo_hz * scale, tx_lo_hz=settings.tx_lo_hz * scale)


def applicable(side: Side, measured_hz: float, lo_hz: float, level_db: float | None) -> tuple[complex, complex]:
    """Image and leak to be corrected; 0 for what was measured elsewhere.

    Args:
        side: what was measured.
        measured_hz: with which carrier `[Hz]`.
        lo_hz: the carrier now `[Hz]`.
        level_db: gain or attenuation now; None where the device chooses it `[dB]`.
    """
    if abs(lo_hz - measured_hz) > NEAR_HZ:
        return 0j, 0j
    found = side.provenance
    then_db = found.rx_gain_db if found.tx_attenuation_db is None else found.tx_attenuation_db
    same = level_db is not None and then_db is not None and abs(level_db - then_db) <= NEAR_DB
    return _complex(side.image), _complex(side.dc) if same else 0j


def _complex(pair: Pair) -> complex:
    return complex(*pair)

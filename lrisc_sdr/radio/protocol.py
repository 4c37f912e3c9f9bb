# SPDX-License-Identifier: MIT
"""What every radio is to its callers: settings in, what the device made of them out, samples both ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from lrisc_sdr.errors import HardwareError
from lrisc_sdr.types import ComplexArray


class RadioAbsent(HardwareError):
    """There is no such device, or it does not answer; the message says what to look at."""


class RadioLost(HardwareError):
    """A device that worked has gone."""


class RadioStillOn(HardwareError):
    """A transmitter that was told to be silent does not read back so."""


@dataclass(frozen=True)
class RadioSettings:
    """What a radio is asked for, or what it says it does.

    Attributes:
        rate_sps: sampling rate of both directions `[samples/s]`.
        rx_lo_hz: frequency of the receiver's local oscillator `[Hz]`.
        tx_lo_hz: frequency of the transmitter's local oscillator `[Hz]`.
        rx_bandwidth_hz: width of the receiver's analogue filter, both sides of the carrier together `[Hz]`.
        tx_bandwidth_hz: width of the transmitter's analogue filter, both sides of the carrier together `[Hz]`.
        rx_gain_db: the receiver's gain `[dB]`; None where the device chooses it itself.
        tx_attenuation_db: attenuation of the transmitter; 0 is full power `[dB]`, never negative.
    """

    rate_sps: float
    rx_lo_hz: float
    tx_lo_hz: float
    rx_bandwidth_hz: float
    tx_bandwidth_hz: float
    rx_gain_db: float | None
    tx_attenuation_db: float


@dataclass(frozen=True)
class Drops:
    """Buffers that were lost since the last question.

    Attributes:
        overflows: received buffers that nobody fetched in time.
        underflows: buffers that came too late to be transmitted.
    """

    overflows: int = 0
    underflows: int = 0

    def __add__(self, other: Drops) -> Drops:
        return Drops(self.overflows + other.overflows, self.underflows + other.underflows)


class Radio(Protocol):
    """One device, open. `power_up` and `transmit` are for the transmit guard alone; others go through it.

    Attributes:
        name: how messages call the device, as in "pluto ip:192.168.2.1".
    """

    name: str

    def configure(self, settings: RadioSettings) -> RadioSettings:
        """Set everything but the transmitter's power, and return what the device reads back.

        The transmitter becomes silent. `settings.tx_attenuation_db` is checked against the device's range, kept for
        `power_up`, and returned as the device rounds it.

        Raises:
            ConfigurationError: a value that the device refuses, or reads back as something else.
            RadioLost: the device has gone.
        """
        ...

    def correct_crystal(self, ppm: float) -> float:
        """Tell the device by how much its crystal is too fast; takes effect with the next `configure`.

        Args:
            ppm: over what is printed on it `[parts per million]`.

        Returns:
            What the device has taken: it may round, and one that cannot correct its crystal returns 0.

        Raises:
            ConfigurationError: more than the device can correct.
            RadioLost: the device has gone.
        """
        ...

    def power_up(self) -> RadioSettings:
        """Greatest attenuation, oscillator, power, zeros, and then the attenuation of the settings, in this order.

        Returns what the device reads back, the attenuation in force included.

        Raises:
            HardwareError: the device does not read back so, or has gone (RadioLost).
        """
        ...

    def receive(self, n_samples: int) -> ComplexArray:
        """The next samples, c64 `[n_samples]`, full scale 1.

        Raises:
            RadioLost: the device has gone; within 2 s.
            EOFError: the radio is a recording, and at its end; what is left comes first, as a shorter array.
        """
        ...

    def transmit(self, samples: ComplexArray) -> None:
        """Send samples, c64 `[n]`, |x| <= 1, and return when the device has taken them.

        Raises:
            RadioLost: the device has gone; within 2 s.
        """
        ...

    def silence(self) -> None:
        """Transmitter at its greatest attenuation and powered down; both are read back.

        What `transmit` has handed over has been sent before.

        Raises:
            RadioStillOn: it does not read back so.
            RadioLost: the device has gone.
        """
        ...

    def drops(self) -> Drops:
        """Buffers dropped since this was last asked."""
        ...

    def close(self) -> None:
        """Silence the transmitter and let go of the device; one that has gone is let go of without complaint."""
        ...

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
    """One device, open. `transmit` is for the transmit guard alone; every other caller goes through it.

    Attributes:
        name: how messages call the device, as in "pluto ip:192.168.2.1".
        max_attenuation_db: attenuation of `silence` `[dB]`; 0 where nothing is radiated.
    """

    name: str
    max_attenuation_db: float

    def configure(self, settings: RadioSettings) -> RadioSettings:
        """Set the device, and return what it reads back.

        A transmitter that is powered down stays so; one whose oscillator moves far is attenuated while it does.

        Raises:
            ConfigurationError: a value that the device refuses, or reads back as something else.
            RadioLost: the device has gone.
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

        Powers the transmitter up where it is down, at the attenuation in force. Whoever wants no click configures the
        greatest attenuation, transmits zeros, configures the attenuation and then transmits samples.

        Raises:
            RadioLost: the device has gone; within 2 s.
        """
        ...

    def silence(self) -> None:
        """Transmitter at its greatest attenuation and powered down; both are read back.

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

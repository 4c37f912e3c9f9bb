# SPDX-License-Identifier: MIT
"""A radio that is a wire: what is transmitted is received, a number of samples later, without noise.

It radiates nothing, and yet goes through the transmit guard like every radio that it does not know to be silent.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lrisc_sdr.errors import ConfigurationError, UsageError
from lrisc_sdr.radio import Drops, RadioSettings
from lrisc_sdr.types import ComplexArray


class Wire:
    """
    Args:
        uri: its length `[samples]`; empty is 0.

    Raises:
        UsageError: the length is no whole number.
    """

    def __init__(self, uri: str = "") -> None:
        if not (uri or "0").isdecimal():
            raise UsageError(f"wire {uri}: its length is a whole number of samples")
        self.name = f"wire {uri or '0'}"
        self._on_the_way = np.zeros(int(uri or "0"), dtype=np.complex64)
        self._settings: RadioSettings | None = None
        self._powered = False

    def configure(self, settings: RadioSettings) -> RadioSettings:
        """Take any settings; the transmitter becomes silent."""
        self._powered = False
        self._settings = replace(settings, rx_gain_db=settings.rx_gain_db or 0.0)
        return self._settings

    def correct_crystal(self, ppm: float) -> float:  # noqa: ARG002
        """There is no crystal."""
        return 0.0

    def power_up(self) -> RadioSettings:
        """Let `transmit` through."""
        if self._settings is None:
            raise ConfigurationError(f"{self.name} has no settings: configure it first")
        self._powered = True
        return self._settings

    def receive(self, n_samples: int) -> ComplexArray:
        """What comes out of the wire; silence where nothing does."""
        missing = max(0, n_samples - self._on_the_way.size)
        whole = np.append(self._on_the_way, np.zeros(missing, dtype=np.complex64))
        self._on_the_way = whole[n_samples:]
        return whole[:n_samples]

    def transmit(self, samples: ComplexArray) -> None:
        """Put samples into the wire."""
        if not self._powered:
            raise ConfigurationError(f"{self.name} is not powered up")
        self._on_the_way = np.append(self._on_the_way, samples)

    def silence(self) -> None:
        """Close the wire's door."""
        self._powered = False

    def drops(self) -> Drops:
        """A wire loses nothing."""
        return Drops()

    def close(self) -> None:
        """See `silence`."""
        self.silence()

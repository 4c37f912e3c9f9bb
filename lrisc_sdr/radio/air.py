# SPDX-License-Identifier: MIT
"""Sending while the transmitter is up, within what was permitted."""

from __future__ import annotations

import time
from dataclasses import dataclass

from lrisc_sdr.errors import TransmitRefused
from lrisc_sdr.radio.bands import Band
from lrisc_sdr.radio.guardian import Guardian
from lrisc_sdr.radio.protocol import Radio
from lrisc_sdr.types import ComplexArray

LEAST_PAUSE_S = 0.1
"""Bursts with less than this between them are one; the shortest off-time that is usual in short-range regulations."""


@dataclass
class Account:
    """What has been sent.

    Attributes:
        bursts: calls of `send`.
        air_time_s: their samples' duration `[s]`.
        logged: the log says that the transmitter went up.
    """

    bursts: int = 0
    air_time_s: float = 0.0
    logged: bool = False


class Air:
    """The way to a transmitter that is up; `TransmitGuard.on_air` makes it.

    Args:
        radio: the radio, powered up.
        rate_sps: its sampling rate, read back `[samples/s]`.
        air_time_s: the most that may be sent `[s]`.
        band: whose limit of a burst's length holds.
        guardian: who must be alive.
        account: where it is written down.
    """

    def __init__(
        self, radio: Radio, rate_sps: float, air_time_s: float, band: Band, guardian: Guardian, account: Account
    ) -> None:
        self._radio = radio
        self._rate_sps = rate_sps
        self._air_time_s = air_time_s
        self._band = band
        self._guardian = guardian
        self._account = account
        self._run_began_s = self._run_ends_s = self._free_s = float("-inf")

    def send(self, samples: ComplexArray) -> None:
        """Send samples, c64 `[n]`, |x| <= 1; returns when the device has taken them.

        Raises:
            TransmitRefused: more than was permitted, or a burst that is too long; nothing of these samples was sent.
            ProcessFailed: the guardian has ended, or has switched the transmitter off.
            HardwareError: the device was lost.
        """
        self.charge(len(samples))
        self._account.bursts += 1
        self._radio.transmit(samples)
        self._guardian.require_alive()

    def charge(self, n_samples: int) -> None:
        """Account for samples that the device is about to be given, whoever gives them.

        Raises:
            TransmitRefused: more than was permitted, or a burst that is too long: they must not be sent.
            ProcessFailed: the guardian has ended, or has switched the transmitter off.
        """
        duration_s = n_samples / self._rate_sps
        # The device may still be sending what it has taken before.
        starts_s = max(time.monotonic(), self._free_s)
        began_s = self._run_began_s if starts_s < self._run_ends_s + LEAST_PAUSE_S else starts_s
        ends_s = starts_s + duration_s
        self._guardian.require_alive()
        if self._account.air_time_s + duration_s > self._air_time_s * (1 + 1e-9):
            raise TransmitRefused(f"{self._air_time_s:.3g} s on the air were permitted; these samples exceed them")
        if ends_s > self._guardian.deadline_s:
            raise TransmitRefused("the time within which all had to be sent is over")
        if ends_s - began_s > self._band.longest_burst_s * (1 + 1e-9):
            raise TransmitRefused(
                f"band {self._band} is allowed with bursts of {self._band.longest_burst_s:g} s or less, "
                f"with pauses of {LEAST_PAUSE_S:g} s"
            )
        self._run_began_s = began_s
        self._run_ends_s = self._free_s = ends_s
        self._account.air_time_s += duration_s

    def idle(self, n_samples: int) -> None:
        """Account for silence that the device is given between bursts: it takes its time and is no time on the air."""
        self._free_s = max(time.monotonic(), self._free_s) + n_samples / self._rate_sps
        self._guardian.require_alive()

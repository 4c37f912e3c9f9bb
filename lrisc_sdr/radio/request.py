# SPDX-License-Identifier: MIT
"""What somebody wants to send, and what the guard has found about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrisc_sdr.radio.bands import Band, Emission
from lrisc_sdr.radio.protocol import RadioSettings
from lrisc_sdr.radio.silencer import Silencer

if TYPE_CHECKING:
    from lrisc_sdr.waveform import Waveform

SPARE_S = 5.0


@dataclass(frozen=True)
class TransmitRequest:
    """What somebody wants to send.

    Attributes:
        silencer: which device, and what switches it off: `silencer_of("pluto", "ip:192.168.2.1")`.
        transmit: the user has said so on the command line.
        settings: what the radio shall be set to.
        waveform: what is sent.
        air_time_s: the most that is sent, all bursts together `[s]`.
        longest_burst_s: the longest of them; None: all of it may be one `[s]`.
        within_s: time from power-up in which all is sent, at whose end the guardian switches off; None: `air_time_s`
            and five seconds `[s]`.
        purpose: for the log.
    """

    silencer: Silencer
    transmit: bool
    settings: RadioSettings
    waveform: Waveform
    air_time_s: float
    longest_burst_s: float | None = None
    within_s: float | None = None
    purpose: str = ""

    @property
    def burst_s(self) -> float:
        """Longest time on the air without a pause `[s]`."""
        return self.air_time_s if self.longest_burst_s is None else self.longest_burst_s

    @property
    def deadline_s(self) -> float:
        """When the transmitter is off in any case, from power-up `[s]`."""
        return self.air_time_s + SPARE_S if self.within_s is None else self.within_s


@dataclass(frozen=True)
class Permit:
    """What the guard has found about a request that it does not refuse.

    Attributes:
        request: the request.
        emission: the frequencies that it occupies.
        band: the band whose limits it keeps.
    """

    request: TransmitRequest
    emission: Emission
    band: Band

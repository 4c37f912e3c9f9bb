# SPDX-License-Identifier: MIT
"""What a waveform occupies around a carrier, and bands with the limits under which something may be sent in them.

    edges = f_LO (1 ∓ ε) ∓ B/2,        B = (2 K + 1) f_s / N

with the outermost carrier K of N, the sampling rate f_s and the oscillator's tolerance ε. B holds more than the 99 % of
the power that define an occupied bandwidth (ITU-R SM.328-11, 1.14): every carrier has its own spacing within it. A
band is allowed by the edges of what is sent, never by its centre.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.settings_file import read_toml, to_dataclass

if TYPE_CHECKING:
    from lrisc_sdr.waveform import Waveform

TEMPLATES = Path(__file__).with_name("band_templates.toml")

TOLERANCE_PPM = 25.0
"""How far a radio's oscillator may be from what it reads back; data sheets of simple radios say 20 to 25."""


@dataclass(frozen=True)
class Emission:
    """The frequencies that a transmission occupies.

    Attributes:
        low_hz: lower edge `[Hz]`.
        high_hz: upper edge `[Hz]`.
    """

    low_hz: float
    high_hz: float

    def __str__(self) -> str:
        return f"{self.low_hz / 1e6:.3f} to {self.high_hz / 1e6:.3f} MHz"


@dataclass(frozen=True)
class Band:
    """A range of frequencies and what may be sent in it.

    Attributes:
        name: how messages and the log call it.
        low_hz: lower edge `[Hz]`.
        high_hz: upper edge `[Hz]`.
        least_attenuation_db: the transmitter's attenuation is at least this `[dB]`: what limits the power.
        duty_cycle: share of every window that may be on the air, above 0; 1 is no limit.
        duty_window_s: length of the sliding window `[s]`.
        longest_burst_s: longest time on the air without a pause `[s]`.

    Raises:
        ConfigurationError: the figures do not make a band.
    """

    name: str
    low_hz: float
    high_hz: float
    least_attenuation_db: float
    duty_cycle: float
    duty_window_s: float
    longest_burst_s: float

    def __post_init__(self) -> None:
        for right, what in (
            (0 < self.low_hz < self.high_hz <= 300e9, "0 < low_hz < high_hz <= 300e9"),
            (0 <= self.least_attenuation_db <= 200, "least_attenuation_db is from 0 to 200"),
            (0 < self.duty_cycle <= 1, "duty_cycle is above 0 and at most 1"),
            (1 <= self.duty_window_s <= 31 * 86400, "duty_window_s is from one second to 31 days"),
            (0 < self.longest_burst_s <= 86400, "longest_burst_s is above 0 and at most one day"),
        ):
            if not right:
                raise ConfigurationError(f"band {self.name!r}: check that {what}")

    def holds(self, emission: Emission) -> bool:
        """Whether both edges of an emission lie within the band's."""
        return self.low_hz <= emission.low_hz <= emission.high_hz <= self.high_hz

    def __str__(self) -> str:
        return f"{self.name} ({self.low_hz / 1e6:g} to {self.high_hz / 1e6:g} MHz)"


@dataclass(frozen=True)
class Template(Band):
    """A band to copy into one's own file. It allows nothing.

    Attributes:
        region: where rules like these are in force.
        rule: the text that they are taken from.
        note: what else that text demands.
    """

    region: str
    rule: str
    note: str


@dataclass(frozen=True)
class _TemplateFile:
    template: tuple[Template, ...]


def templates() -> tuple[Template, ...]:
    """The bands that come with the package, none of which is allowed by being there."""
    return to_dataclass(read_toml(TEMPLATES, "band templates"), _TemplateFile, "band templates").template


def occupied_hz(waveform: Waveform, rate_sps: float) -> float:
    """Width of the used carriers, the empty one in their middle included, at a sampling rate `[Hz]`."""
    return (2 * waveform.edge_carrier + 1) * rate_sps / waveform.n_fft


def emission(waveform: Waveform, rate_sps: float, lo_hz: float, tolerance_ppm: float = TOLERANCE_PPM) -> Emission:
    """What a waveform occupies around a carrier, wherever the oscillator's tolerance puts it.

    Args:
        waveform: what is sent.
        rate_sps: the sampling rate at which it is sent `[samples/s]`.
        lo_hz: frequency of the transmitter's oscillator, as it reads back `[Hz]`.
        tolerance_ppm: of that oscillator `[parts per million]`.
    """
    half, error = occupied_hz(waveform, rate_sps) / 2, lo_hz * tolerance_ppm * 1e-6
    return Emission(lo_hz - error - half, lo_hz + error + half)

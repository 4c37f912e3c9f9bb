# SPDX-License-Identifier: MIT
"""What a virtual radio has been set to, with a Pluto's limits and its values at boot."""

from __future__ import annotations

import errno
import re
from dataclasses import dataclass, field

from lrisc_sdr.virtual_pluto.attributes import AttributeFault
from lrisc_sdr.virtual_pluto.clock import NOMINAL_HZ

RX_LO_HZ = (70_000_000, 6_000_000_000)
TX_LO_HZ = (46_875_001, 6_000_000_000)
RATE_SPS = (2_083_333, 61_440_000)
RATE_WITH_FILTER_SPS = (520_833, 61_440_000)
RX_BANDWIDTH_HZ = (200_000, 56_000_000)
TX_BANDWIDTH_HZ = (200_000, 40_000_000)
RX_GAIN_DB = (-1, 73)
MAX_ATTENUATION_DB = 89.75
CORRECTION_HZ = (NOMINAL_HZ - 8000, NOMINAL_HZ + 8000)
GAIN_MODES = ("manual", "fast_attack", "slow_attack", "hybrid")
ENSM_MODES = ("sleep", "wait", "alert", "fdd", "pinctrl", "pinctrl_fdd_indep")

STATUS_REGISTER = 0x80000088
RX_OVERFLOW = 1 << 2
TX_UNDERFLOW = 1 << 0


def whole(text: str, limits: tuple[int, int]) -> int:
    """A whole number within limits, as a driver reads it.

    Raises:
        AttributeFault: it is none.
    """
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text) or not limits[0] <= int(text) <= limits[1]:
        raise AttributeFault
    return int(text)


def decimal(text: str, limits: tuple[float, float]) -> float:
    """A decimal number within limits, with or without its unit.

    Raises:
        AttributeFault: it is none.
    """
    number = text.removesuffix("dB").strip()
    if not re.fullmatch(r"[+-]?[0-9]{1,9}(\.[0-9]{0,18})?", number) or not limits[0] <= float(number) <= limits[1]:
        raise AttributeFault
    return float(number)


def flag(text: str) -> bool:
    """A switch as the kernel reads it.

    Raises:
        AttributeFault: it is none.
    """
    if text.lower() in ("1", "y", "yes", "on", "true"):
        return True
    if text.lower() in ("0", "n", "no", "off", "false"):
        return False
    raise AttributeFault


@dataclass
class RadioState:
    """Settings of one radio; setters that take text raise `AttributeFault` and then change nothing."""

    rate_sps: int = 30_720_000
    rx_lo_hz: int = 2_400_000_000
    tx_lo_hz: int = 2_450_000_000
    rx_bandwidth_hz: int = 18_000_000
    tx_bandwidth_hz: int = 18_000_000
    rx_gain_db: float = 71.0
    gain_mode: str = "slow_attack"
    tx_attenuation_db: float = 10.0
    rx_powered: bool = True
    tx_powered: bool = True
    correction_hz: int = NOMINAL_HZ
    ensm_mode: str = "fdd"
    loopback: int = 0
    filter_taps: int = 0
    filter_ratio: int = 1
    filter_enabled: bool = False
    status: dict[str, int] = field(default_factory=lambda: {"rx": 0, "tx": 0})
    memory: dict[str, str] = field(default_factory=dict)

    @property
    def transmits(self) -> bool:
        """Whether anything can leave the antenna."""
        return self.tx_powered and self.ensm_mode in ("fdd", "pinctrl_fdd_indep")

    @property
    def receives(self) -> bool:
        """Whether the receiver works."""
        return self.rx_powered and self.ensm_mode in ("fdd", "pinctrl_fdd_indep")

    @property
    def rate_limits(self) -> tuple[int, int]:
        """The lowest and the highest rate `[samples/s]`; the low ones need the filter."""
        return RATE_WITH_FILTER_SPS if self.filter_enabled else RATE_SPS

    @property
    def path_rates(self) -> tuple[int, ...]:
        """Rates from the converter to the samples `[Hz]`: converter, two half bands, the filter and its other side."""
        after_filter = self.rate_sps * (self.filter_ratio if self.filter_enabled else 1)
        halves = 0
        while halves < 3 and after_filter << (halves + 1) <= 336_000_000:
            halves += 1
        steps = [after_filter << max(halves - k, 0) for k in range(3)]
        return (*steps, after_filter, self.rate_sps)

    def set_rate(self, text: str) -> None:
        """Set the rate of both directions `[samples/s]`."""
        self.rate_sps = whole(text, self.rate_limits)

    def set_rx_gain(self, text: str) -> None:
        """Set the receiver's gain; only where it is manual."""
        gain_db = decimal(text, RX_GAIN_DB)
        if self.gain_mode != "manual":
            raise AttributeFault(errno.EOPNOTSUPP)
        self.rx_gain_db = float(round(gain_db))

    def set_tx_gain(self, text: str) -> None:
        """Set the transmitter's gain, 0 dB or less, in steps of a quarter."""
        self.tx_attenuation_db = 0.25 * round(-4.0 * decimal(text, (-MAX_ATTENUATION_DB, 0.0)))

    def set_choice(self, name: str, choices: tuple[str, ...], text: str) -> None:
        """Set `gain_mode` or `ensm_mode`."""
        if text not in choices:
            raise AttributeFault
        setattr(self, name, text)

    def set_filter_enabled(self, text: str) -> None:
        """Switch the filter on or off; the rate must do without it."""
        enabled = flag(text)
        if (enabled and not self.filter_taps) or (not enabled and self.rate_sps < RATE_SPS[0]):
            raise AttributeFault
        self.filter_enabled = enabled

    def set_filter(self, text: str) -> None:
        """Load a filter in the format of the vendor's wizard: a line RX, a line TX, then pairs of coefficients."""
        ratios = re.findall(r"^[RT]X \d+ GAIN -?\d+ (?:DEC|INT) ([124])\s*$", text, re.MULTILINE)
        taps = re.findall(r"^\s*-?\d+\s*,\s*-?\d+\s*$", text, re.MULTILINE)
        if len(ratios) != 2 or not 16 <= len(taps) <= 128 or len(taps) % 16:
            raise AttributeFault
        if self.filter_enabled:
            raise AttributeFault(errno.EBUSY)
        self.filter_taps, self.filter_ratio = len(taps), int(ratios[0])

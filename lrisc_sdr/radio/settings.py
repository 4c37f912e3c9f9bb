# SPDX-License-Identifier: MIT
"""One radio's configuration: a TOML file, the same for every kind of radio.

radio = "pluto"
uri = "ip:192.168.2.1"
rx_lo_hz = 2.45e9
tx_lo_hz = 2.45e9
rx_gain_db = 40
tx_attenuation_db = 30
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.radio.protocol import RadioSettings
from lrisc_sdr.settings_file import parse_toml, read_toml, to_dataclass
from lrisc_sdr.waveform import Waveform

ATTENUATION_DB = 40.0
BACKOFF_DB = 12.0


@dataclass(frozen=True)
class RadioConfig:
    """Which radio, and how it is set.

    Attributes:
        radio: the kind: loopback, file, pluto, uhd or soapy.
        uri: which one: an address, a file, or a channel; its form is the kind's own.
        rate_sps: sampling rate; None is the waveform's `[samples/s]`.
        rx_lo_hz, tx_lo_hz: frequencies of the two oscillators `[Hz]`.
        rx_bandwidth_hz, tx_bandwidth_hz: widths of the analogue filters; None is the sampling rate `[Hz]`.
        rx_gain_db: the receiver's gain; None takes the calibration's, and lets the device choose it without one `[dB]`.
        tx_attenuation_db: attenuation of the transmitter, 0 is full power; None takes the calibration's, and 40 without
            one `[dB]`.
        tx_backoff_db: mean power of bursts below the converter's full scale, whose magnitude peaks reach 10 dB above
            their mean; None takes the calibration's, and 12 without one `[dB]`.
        calibration: the file of the device's profile, or "none"; None looks for it by serial number and model.

    Raises:
        ConfigurationError: a value that no radio has.
    """

    radio: str = "loopback"
    uri: str = ""
    rate_sps: float | None = None
    rx_lo_hz: float = 2.45e9
    tx_lo_hz: float = 2.45e9
    rx_bandwidth_hz: float | None = None
    tx_bandwidth_hz: float | None = None
    rx_gain_db: float | None = None
    tx_attenuation_db: float | None = None
    tx_backoff_db: float | None = None
    calibration: str | None = None

    def __post_init__(self) -> None:
        positive = {"rx_lo_hz": self.rx_lo_hz, "tx_lo_hz": self.tx_lo_hz, "rate_sps": self.rate_sps}
        positive |= {"rx_bandwidth_hz": self.rx_bandwidth_hz, "tx_bandwidth_hz": self.tx_bandwidth_hz}
        for name, value in positive.items():
            if value is not None and not 0 < value < math.inf:
                raise ConfigurationError(f"radio configuration: {name} = {value:g} is not above 0")
        for name, value, low, high in (
            ("rx_gain_db", self.rx_gain_db, -200.0, 200.0),
            ("tx_attenuation_db", self.tx_attenuation_db, 0.0, 200.0),
            ("tx_backoff_db", self.tx_backoff_db, 0.0, 60.0),
        ):
            if value is not None and not low <= value <= high:
                raise ConfigurationError(f"radio configuration: {name} = {value:g} is not from {low:g} to {high:g}")

    @classmethod
    def read(cls, path: Path) -> RadioConfig:
        """Read a TOML file, strictly.

        Raises:
            ConfigurationError: no such file, not TOML, an unknown key, or a value that is wrong.
        """
        return to_dataclass(read_toml(path, "radio configuration"), cls, f"radio configuration {path}")

    @classmethod
    def of(cls, config: str) -> RadioConfig:
        """A configuration as TOML, or the name of a file `*.toml` that it is in: what a flow graph's block is given.

        Raises:
            ConfigurationError: as of `read`.
        """
        if config.endswith(".toml"):
            return cls.read(Path(config))
        return to_dataclass(parse_toml(config, "radio configuration"), cls, "radio configuration")

    def settings(self, waveform: Waveform) -> RadioSettings:
        """What the device is asked for when it sends or receives a waveform."""
        rate_sps = waveform.rate_sps if self.rate_sps is None else self.rate_sps
        return RadioSettings(
            rate_sps=rate_sps,
            rx_lo_hz=self.rx_lo_hz,
            tx_lo_hz=self.tx_lo_hz,
            rx_bandwidth_hz=rate_sps if self.rx_bandwidth_hz is None else self.rx_bandwidth_hz,
            tx_bandwidth_hz=rate_sps if self.tx_bandwidth_hz is None else self.tx_bandwidth_hz,
            rx_gain_db=self.rx_gain_db,
            tx_attenuation_db=ATTENUATION_DB if self.tx_attenuation_db is None else self.tx_attenuation_db,
        )

    @property
    def amplitude(self) -> float:
        """What bursts of unit mean power are multiplied by."""
        backoff_db = BACKOFF_DB if self.tx_backoff_db is None else self.tx_backoff_db
        return float(10.0 ** (-backoff_db / 20.0))

# SPDX-License-Identifier: MIT
"""Whether a radio has been set, and has become what it was asked to be."""

from __future__ import annotations

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.radio.protocol import RadioSettings

RATE_PPM = 10.0
LO_HZ = 100.0
BANDWIDTH = 0.05
GAIN_DB = 1.0
ATTENUATION_DB = 0.5


def require_read_back(name: str, asked: RadioSettings, found: RadioSettings) -> None:
    """Compare what was asked for with what the device reads back; a gain that it chooses itself is not compared.

    Args:
        name: how messages call the radio.
        asked: the request.
        found: what it reads back.

    Raises:
        ConfigurationError: a value is further from the request than a device's steps are.
    """
    for what, wanted, is_, tolerance, unit in (
        ("rate_sps", asked.rate_sps, found.rate_sps, RATE_PPM * 1e-6 * asked.rate_sps, "samples/s"),
        ("rx_lo_hz", asked.rx_lo_hz, found.rx_lo_hz, LO_HZ, "Hz"),
        ("tx_lo_hz", asked.tx_lo_hz, found.tx_lo_hz, LO_HZ, "Hz"),
        ("rx_bandwidth_hz", asked.rx_bandwidth_hz, found.rx_bandwidth_hz, BANDWIDTH * asked.rx_bandwidth_hz, "Hz"),
        ("tx_bandwidth_hz", asked.tx_bandwidth_hz, found.tx_bandwidth_hz, BANDWIDTH * asked.tx_bandwidth_hz, "Hz"),
        ("rx_gain_db", asked.rx_gain_db, found.rx_gain_db, GAIN_DB, "dB"),
        ("tx_attenuation_db", asked.tx_attenuation_db, found.tx_attenuation_db, ATTENUATION_DB, "dB"),
    ):
        if wanted is None or is_ is None:
            continue
        if not abs(wanted - is_) <= tolerance:
            raise ConfigurationError(
                f"{name} was asked for {what} = {wanted:.10g} {unit} and reads back {is_:.10g}: choose what it can do"
            )


def require_settings(name: str, settings: RadioSettings | None) -> RadioSettings:
    """The settings that a radio has been given.

    Raises:
        ConfigurationError: it has none.
    """
    if settings is None:
        raise ConfigurationError(f"{name} has no settings: configure it first")
    return settings

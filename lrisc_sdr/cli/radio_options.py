# SPDX-License-Identifier: MIT
"""Options of the verbs that use a radio, and the configuration that they make: flag, then environment, then file."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from lrisc_sdr.calibrate.applying import calibration_of
from lrisc_sdr.errors import UsageError
from lrisc_sdr.radio.opening import RADIOS, SILENT, require_known
from lrisc_sdr.radio.settings import RadioConfig

Radio = Annotated[str | None, typer.Option(envvar="LRISC_RADIO", help=f"Kind of radio: {', '.join(RADIOS)}.")]
Uri = Annotated[
    str | None,
    typer.Option(envvar="LRISC_RADIO_URI", help="Which one: ip:192.168.2.1, usb:, a recording, a channel's name."),
]
RadioFile = Annotated[
    Path | None,
    typer.Option("--radio-config", envvar="LRISC_RADIO_CONFIG", help="TOML file with the radio's settings."),
]
LoHz = Annotated[float | None, typer.Option(help="Frequency of the carrier in Hz.", show_default="2.45e9")]

Calibration = Annotated[
    str | None,
    typer.Option(
        envvar="LRISC_CALIBRATION",
        metavar="FILE|none",
        help="Profile of the radio.",
        show_default="found by serial number or model",
    ),
]


def radio_config(radio: str | None, uri: str | None, file: Path | None, **overrides: float | str | None) -> RadioConfig:
    """The configuration of the file, with what flags or environment say in its place.

    Raises:
        UsageError: neither names a radio, or there is no such kind.
        ConfigurationError: the file is wrong, or a value is.
    """
    if radio is None and file is None:
        raise UsageError(f"give --radio NAME ({', '.join(RADIOS)}) or --radio-config FILE")
    config = RadioConfig() if file is None else RadioConfig.read(file)
    named: dict[str, Any] = {"radio": radio, "uri": uri, **overrides}
    config = replace(config, **{name: value for name, value in named.items() if value is not None})
    require_known(config.radio)
    return config


def calibrated(config: RadioConfig) -> RadioConfig:
    """The configuration with the radio's profile, which standard error is told of.

    Raises:
        ConfigurationError: the profile is wrong, or another radio's.
        HardwareError: the radio does not answer.
    """
    calibration = calibration_of(config)
    if config.radio not in SILENT:
        print(calibration.note, file=sys.stderr)
    return calibration.config

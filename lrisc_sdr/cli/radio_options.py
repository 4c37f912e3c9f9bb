# SPDX-License-Identifier: MIT
"""Options of the verbs that use a radio, and the configuration that they make: flag, then environment, then file."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from lrisc_sdr.calibrate.applying import calibration_of
from lrisc_sdr.cli.options import EngineName
from lrisc_sdr.errors import UsageError
from lrisc_sdr.radio.opening import RADIOS, SILENT, require_known
from lrisc_sdr.radio.settings import RadioConfig
from lrisc_sdr.runs.back_channel import DEFAULT_ENDPOINT as BACK_CHANNEL

Radio = Annotated[str | None, typer.Option(envvar="LRISC_RADIO", help=f"Kind of radio: {', '.join(RADIOS)}.")]
Uri = Annotated[
    str | None,
    typer.Option(envvar="LRISC_RADIO_URI", help="Which one: ip:192.168.2.1, usb:, a recording, a channel's name."),
]
RadioFile = Annotated[
    Path | None,
    typer.Option("--radio-config", envvar="LRISC_RADIO_CONFIG", help="TOML file with the radio's settings."),
]


Engine = Annotated[
    EngineName, typer.Option(help="What moves the samples: this package's own drivers, or GNU Radio's blocks.")
]
ClosedLoop = Annotated[
    bool, typer.Option("--closed-loop", help="The receiver's report on each picture reaches the transmitter.")
]
BackEndpoint = Annotated[
    str | None,
    typer.Option("--back-channel", help="Where the reports go: ipc://PATH or tcp://127.0.0.1:PORT.",
                 show_default=BACK_CHANNEL),
]  # fmt: skip
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


def back_channel(closed_loop: bool, endpoint: str | None) -> str | None:
    """The endpoint of the reports, where there are any.

    Raises:
        UsageError: an endpoint, and nothing that goes there.
    """
    if endpoint is not None and not closed_loop:
        raise UsageError("--back-channel is for --closed-loop")
    return (endpoint or BACK_CHANNEL) if closed_loop else None


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

# SPDX-License-Identifier: MIT
"""Which radios there are. A driver is imported when its radio is opened, not before."""

from __future__ import annotations

import difflib
import importlib
from types import MappingProxyType
from typing import cast

from lrisc_sdr import plugins
from lrisc_sdr.errors import UsageError
from lrisc_sdr.radio.protocol import Radio

RADIOS = MappingProxyType(
    {
        "loopback": "lrisc_sdr.radio.loopback:Loopback",
        "file": "lrisc_sdr.radio.file:FileRadio",
        "pluto": "lrisc_sdr.radio.pluto:Pluto",
        "uhd": "lrisc_sdr.radio.uhd:Uhd",
        "soapy": "lrisc_sdr.radio.soapy:Soapy",
    }
)
SILENT = frozenset({"loopback", "file"})
"""Radios that radiate nothing: there is nothing for a transmit guard to do."""


def require_known(name: str) -> None:
    """Whether there is such a kind of radio.

    Raises:
        UsageError: there is none; the message names the nearest.
    """
    if name in RADIOS:
        return
    known = [*RADIOS, *plugins.names("radios")]
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise UsageError(f"no radio {name!r}: {hint}there are {', '.join(known)}")


def open_radio(name: str, uri: str) -> Radio:
    """Open a device; its transmitter is off.

    Args:
        name: the kind of radio.
        uri: which one.

    Raises:
        UsageError: there is no such kind.
        RadioAbsent: there is no such device.
        MissingExtra: its driver is not installed.
        ConfigurationError: the package that brings it does not work.
    """
    require_known(name)
    if name not in RADIOS:
        return cast("Radio", plugins.load("radios", name)(uri))
    module, _, kind = RADIOS[name].partition(":")
    return cast("Radio", getattr(importlib.import_module(module), kind)(uri))

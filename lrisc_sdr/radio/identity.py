# SPDX-License-Identifier: MIT
"""Which device it is: its model and its serial number, found without writing anything to it."""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from typing import cast

from lrisc_sdr.radio.opening import RADIOS, SILENT, require_known


@dataclass(frozen=True)
class Identity:
    """A device as its profile knows it.

    Attributes:
        radio: the kind: loopback, file, pluto, uhd or soapy.
        model: what the device says that it is.
        serial: its number; empty where it tells none.
    """

    radio: str
    model: str
    serial: str = ""

    def __str__(self) -> str:
        return f"{self.model}, serial {self.serial}" if self.serial else self.model


def identify(name: str, uri: str) -> Identity:
    """Ask a device for its model and serial number; its settings stay as they are.

    Raises:
        UsageError: there is no such kind of radio.
        RadioAbsent: there is no such device.
        MissingExtra: its driver is not installed.
    """
    require_known(name)
    if name in SILENT:
        return Identity(name, f"{name} {uri}".rstrip())
    module = importlib.import_module(RADIOS[name].partition(":")[0])
    return cast("Identity", module.identify(uri))


def file_stem(text: str) -> str:
    """A model or serial number as the name of a file: lower-case letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")

# SPDX-License-Identifier: MIT
"""Switching a transmitter off through a session of one's own, whatever other sessions there are."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import cast

from lrisc_sdr.errors import UsageError

SILENCING = MappingProxyType({name: f"lrisc_sdr.radio.{name}:silence" for name in ("pluto", "uhd", "soapy")})
"""For every radio that can transmit, the function `(uri) -> None` of its driver that switches it off."""


@dataclass(frozen=True)
class Silencer:
    """What switches one device off.

    Attributes:
        radio: the driver's name.
        uri: which device.
        function: `module:function`, a function of the URI that opens a session of its own, powers the transmitter down
            at its greatest attenuation, reads both back and closes the session. It raises HardwareError where it could
            not; it must work while another process has the device open.
    """

    radio: str
    uri: str
    function: str

    def __call__(self) -> None:
        """Switch the transmitter off.

        Raises:
            HardwareError: it could not be switched off.
            MissingExtra: the driver is not installed.
        """
        module, _, name = self.function.partition(":")
        function = cast("Callable[[str], None]", getattr(importlib.import_module(module), name))
        function(self.uri)

    def __str__(self) -> str:
        return f"{self.radio} {self.uri}".rstrip()


def silencer_of(radio: str, uri: str) -> Silencer:
    """What switches a device off.

    Raises:
        UsageError: no radio of that name has a transmitter; the message names the nearest.
    """
    if radio not in SILENCING:
        near = difflib.get_close_matches(radio, SILENCING, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise UsageError(f"no radio {radio!r} has a transmitter: {hint}there are {', '.join(SILENCING)}")
    return Silencer(radio, uri, SILENCING[radio])

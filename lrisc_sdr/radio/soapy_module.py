# SPDX-License-Identifier: MIT
"""SoapySDR's Python module, imported late, and what it tells of devices that are not open."""

from __future__ import annotations

import importlib
from typing import Any

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.radio.identity import Identity
from lrisc_sdr.radio.protocol import RadioAbsent

NOT_INSTALLED = (
    "SoapySDR is not installed for this Python: apt-get install python3-soapysdr, and a .venv with system packages"
)


def soapy() -> Any:
    """SoapySDR's module.

    Raises:
        ConfigurationError: it is not installed for this Python.
    """
    try:
        return importlib.import_module("SoapySDR")
    except ImportError as error:
        raise ConfigurationError(NOT_INSTALLED) from error


def identify(uri: str) -> Identity:
    """What SoapySDR's search tells of a device, without a session; see `lrisc_sdr.radio.identity`.

    Raises:
        RadioAbsent: there is no such device.
        ConfigurationError: SoapySDR is not installed for this Python.
    """
    found = list(soapy().Device.enumerate(uri))
    if not found:
        raise RadioAbsent(f"SoapySDR finds no device {uri!r}; 'SoapySDRUtil --find' lists those that there are")
    values = dict(found[0])
    return Identity("soapy", values.get("product") or values.get("driver") or "SoapySDR", values.get("serial", ""))

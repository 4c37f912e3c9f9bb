# SPDX-License-Identifier: GPL-3.0-or-later
"""Radios whose samples GNU Radio moves, and whose settings are those of `lrisc_sdr.radio`."""

from __future__ import annotations

import ctypes
import importlib
from types import MappingProxyType
from typing import Any, Protocol, cast

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.radio.opening import require_known
from lrisc_sdr.radio.protocol import Radio
from lrisc_sdr.types import ComplexArray

STREAMED = MappingProxyType(
    {
        "loopback": "lrisc_sdr.blocks.streamed_plain:StreamedLoopback",
        "file": "lrisc_sdr.blocks.streamed_plain:StreamedFile",
        "pluto": "lrisc_sdr.blocks.streamed_pluto:StreamedPluto",
        "uhd": "lrisc_sdr.blocks.streamed_uhd:StreamedUhd",
        "soapy": "lrisc_sdr.blocks.streamed_soapy:StreamedSoapy",
    }
)


class Streamed(Radio, Protocol):
    """A radio with GNU Radio's blocks in the place of `receive` and `transmit`."""

    def source(self) -> Any:
        """The block that its samples come out of, c64, full scale 1."""
        ...

    def sink(self) -> Any:
        """The block that its samples go into, |x| <= 1; they are sent only when it has been powered up."""
        ...


def open_streamed(name: str, uri: str) -> Streamed:
    """Open a device; its transmitter is off. As `lrisc_sdr.radio.opening.open_radio`."""
    require_known(name)
    module, _, kind = STREAMED[name].partition(":")
    return cast("Streamed", getattr(importlib.import_module(module), kind)(uri))


class MovedByGnuRadio:
    """What is left of a radio's own way for samples."""

    name: str

    def receive(self, n_samples: int) -> ComplexArray:
        raise ConfigurationError(f"{self.name} is in a flow graph: its source has the samples")

    def transmit(self, samples: ComplexArray) -> None:
        raise ConfigurationError(f"{self.name} is in a flow graph: its sink takes the samples")


def kept(block: Any) -> Any:
    """A block that lives until the process ends, even longer than the interpreter.

    gr-iio's source, up to GNU Radio 3.10.7, waits for ever in its destructor when it has run for less than about two
    seconds.
    """
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(block))
    return block

# SPDX-License-Identifier: GPL-3.0-or-later
"""Radios whose samples GNU Radio moves, and whose settings are those of `lrisc_sdr.radio`."""

from __future__ import annotations

import ctypes
import importlib
from types import MappingProxyType
from typing import Any, Protocol, cast

from lrisc_sdr.calibrate.applying import calibration_of
from lrisc_sdr.calibrate.calibrated_radio import CalibratedRadio
from lrisc_sdr.radio.opening import require_known
from lrisc_sdr.radio.protocol import Radio
from lrisc_sdr.radio.settings import RadioConfig
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
    """What is left of a radio's own way for samples: through it, a profile's corrections reach them in a flow graph.

    Attributes:
        arrived: what its source has brought, which `receive` gives.
        leaving: what `transmit` was given, for its sink.
    """

    arrived: ComplexArray
    leaving: ComplexArray

    def receive(self, n_samples: int) -> ComplexArray:
        return self.arrived

    def transmit(self, samples: ComplexArray) -> None:
        self.leaving = samples


def calibrated(config: RadioConfig, device: Streamed) -> Radio:
    """A device with its profile, where it has one: what settings go through, and `Corrected`."""
    profile = calibration_of(config).profile
    return device if profile is None else CalibratedRadio(device, profile)


class Corrected:
    """Corrects samples on their way through a flow graph as a radio's profile says.

    Args:
        radio: as `calibrated` makes it.
        device: the device of it.
    """

    def __init__(self, radio: Radio, device: Streamed) -> None:
        self._radio = radio
        self._device = device if isinstance(device, MovedByGnuRadio) and radio is not device else None

    def received(self, samples: ComplexArray) -> ComplexArray:
        """What the device's source has brought, c64 `[n]`, corrected."""
        if self._device is None:
            return samples
        self._device.arrived = samples
        return self._radio.receive(samples.size)

    def sent(self, samples: ComplexArray) -> ComplexArray:
        """What its sink shall be given for c64 `[n]`."""
        if self._device is None:
            return samples
        self._radio.transmit(samples)
        return self._device.leaving


def kept(block: Any) -> Any:
    """A block that lives until the process ends, even longer than the interpreter.

    gr-iio's source, up to GNU Radio 3.10.7, waits for ever in its destructor when it has run for less than about two
    seconds.
    """
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(block))
    return block

# SPDX-License-Identifier: MIT
"""A session with an AD936x: finding it, reading and writing the attributes that its transmitter hangs on."""

from __future__ import annotations

import importlib
from typing import Any

from lrisc_sdr.errors import MissingExtra
from lrisc_sdr.radio.identity import Identity
from lrisc_sdr.radio.losing import line, losing
from lrisc_sdr.radio.protocol import RadioAbsent, RadioStillOn

CONTROL = "ad9361-phy"
RECEIVER = "cf-ad9361-lpc"
TRANSMITTER = "cf-ad9361-dds-core-lpc"
MAX_ATTENUATION_DB = 89.75
"""What `switch_off` sets; 0.25 dB is the device's step."""
# A device that has not answered for so long has gone. What waits longest are buffers: a quarter of a second at the
# lowest rate, 521 ksamples/s.
TIMEOUT_MS = 1_000


def silence(uri: str) -> None:
    """Switch the transmitter of the device at `uri` off, through a session of its own.

    Raises:
        RadioAbsent: there is no device.
        RadioStillOn: it does not read back silent.
        RadioLost: it went meanwhile.
        MissingExtra: libiio is not installed.
    """
    name = f"pluto {uri}"
    with losing(name, OSError):
        context = open_context(uri)
        switch_off(find_device(context, CONTROL, uri), name)


def identify(uri: str) -> Identity:
    """The device's own words for itself; see `lrisc_sdr.radio.identity`.

    Raises:
        RadioAbsent: there is no device.
        MissingExtra: libiio is not installed.
    """
    values = dict(open_context(uri).attrs)
    return Identity("pluto", values.get("hw_model", "AD936x"), values.get("hw_serial", ""))


def switch_off(control: Any, name: str) -> None:
    """Attenuation first: powering down is a click otherwise."""
    write(control, "voltage0", "hardwaregain", -MAX_ATTENUATION_DB)
    write(control, "altvoltage1", "powerdown", 1)
    gain_db, down = read(control, "voltage0", "hardwaregain"), read(control, "altvoltage1", "powerdown")
    if gain_db > -MAX_ATTENUATION_DB or down != 1:
        raise RadioStillOn(f"{name} was switched off and reads back powerdown {down:g}, {-gain_db:g} dB attenuation")


def silence_test_tones(transmitter: Any) -> None:
    """Without a buffer the converter would play two tones."""
    for channel in transmitter.channels:
        if channel.output and "raw" in channel.attrs:
            channel.attrs["raw"].value = "0"


def load(name: str) -> Any:
    """Import one of the driver's modules.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except (ImportError, AttributeError, OSError) as error:  # pylibiio without libiio is an AttributeError
        raise MissingExtra("pyadi-iio with libiio", "radio") from error


def open_context(uri: str) -> Any:
    """A session with what answers at an address.

    Raises:
        RadioAbsent: nothing does.
    """
    try:
        context = load("iio").Context(uri)
    except OSError as error:
        raise RadioAbsent(
            f"no radio answers at {uri}: {line(error)}; check its cable, and 'iio_info -u {uri}'"
        ) from error
    context.set_timeout(TIMEOUT_MS)
    return context


def find_device(context: Any, name: str, uri: str) -> Any:
    """One of the devices of a session.

    Raises:
        RadioAbsent: what answers there has none of this name.
    """
    device = context.find_device(name)
    if device is None:
        raise RadioAbsent(f"what answers at {uri} is no Pluto: it has no {name}")
    return device


def _channel(control: Any, name: str) -> Any:
    return control.find_channel(name, True)


def write(control: Any, channel: str, attribute: str, value: float) -> None:
    """Set an attribute of an output channel."""
    _channel(control, channel).attrs[attribute].value = f"{value:g}"


def read(control: Any, channel: str, attribute: str) -> float:
    """The number that an attribute of an output channel reads back as, without its unit."""
    return float(_channel(control, channel).attrs[attribute].value.split()[0])

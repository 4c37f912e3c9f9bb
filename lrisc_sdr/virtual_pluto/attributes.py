# SPDX-License-Identifier: MIT
"""Devices, channels and attributes as libiio knows them, and the XML that tells a client of them."""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

from lrisc_sdr.virtual_pluto.commands import Kind, Place

_DOCTYPE = (
    "<!DOCTYPE context ["
    "<!ELEMENT context (device | context-attribute)*>"
    "<!ELEMENT context-attribute EMPTY>"
    "<!ELEMENT device (channel | attribute | debug-attribute | buffer-attribute)*>"
    "<!ELEMENT channel (scan-element?, attribute*)>"
    "<!ELEMENT attribute EMPTY><!ELEMENT scan-element EMPTY>"
    "<!ELEMENT debug-attribute EMPTY><!ELEMENT buffer-attribute EMPTY>"
    "<!ATTLIST context name CDATA #REQUIRED description CDATA #IMPLIED>"
    "<!ATTLIST context-attribute name CDATA #REQUIRED value CDATA #REQUIRED>"
    "<!ATTLIST device id CDATA #REQUIRED name CDATA #IMPLIED>"
    "<!ATTLIST channel id CDATA #REQUIRED type (input|output) #REQUIRED name CDATA #IMPLIED>"
    "<!ATTLIST scan-element index CDATA #REQUIRED format CDATA #REQUIRED scale CDATA #IMPLIED>"
    "<!ATTLIST attribute name CDATA #REQUIRED filename CDATA #IMPLIED>"
    "<!ATTLIST debug-attribute name CDATA #REQUIRED>"
    "<!ATTLIST buffer-attribute name CDATA #REQUIRED>"
    "]>"
)


class AttributeFault(Exception):
    """An attribute that is not there or cannot take a value; `code` is the errno of the answer."""

    def __init__(self, code: int = errno.EINVAL) -> None:
        super().__init__(errno.errorcode[code])
        self.code = code


@dataclass(frozen=True)
class Attribute:
    """A value with a name.

    Attributes:
        read: returns it as text.
        write: sets it, or raises `AttributeFault`; None for one that cannot be set.
        filename: how the kernel calls the file of a channel's attribute.
    """

    read: Callable[[], str]
    write: Callable[[str], None] | None = None
    filename: str = ""


def constant(text: str, filename: str = "") -> Attribute:
    """An attribute that never changes."""
    return Attribute(lambda: text, None, filename)


@dataclass(frozen=True)
class Channel:
    """A channel of a device; `index` and `sample_format` are those of its samples in a buffer, if it has any."""

    identifier: str
    output: bool
    attributes: Mapping[str, Attribute]
    name: str = ""
    index: int | None = None
    sample_format: str = ""


@dataclass(frozen=True)
class Device:
    """A device of a context."""

    identifier: str
    name: str
    channels: tuple[Channel, ...] = ()
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    debug: Mapping[str, Attribute] = field(default_factory=dict)
    buffer: Mapping[str, Attribute] = field(default_factory=dict)


@dataclass(frozen=True)
class Context:
    """All that one server has to offer."""

    description: str
    values: Mapping[str, str]
    devices: tuple[Device, ...]

    def device(self, name: str) -> Device:
        """The device of an identifier or a name.

        Raises:
            AttributeFault: there is none.
        """
        for device in self.devices:
            if name in (device.identifier, device.name):
                return device
        raise AttributeFault(errno.ENODEV)

    def read(self, place: Place) -> str:
        """An attribute's value.

        Raises:
            AttributeFault: there is none, or it has no value now.
        """
        return self._attribute(place).read()

    def write(self, place: Place, text: str) -> None:
        """Set an attribute.

        Raises:
            AttributeFault: there is none, it cannot be set, or not to this value.
        """
        write = self._attribute(place).write
        if write is None:
            raise AttributeFault(errno.EACCES)
        write(text)

    def _attribute(self, place: Place) -> Attribute:
        device = self.device(place.device)
        if place.kind is Kind.DEVICE:
            attributes = device.attributes
        elif place.kind is Kind.DEBUG:
            attributes = device.debug
        elif place.kind is Kind.BUFFER:
            attributes = device.buffer
        else:
            output = place.kind is Kind.OUTPUT
            found = [c for c in device.channels if c.output is output and place.channel in (c.identifier, c.name)]
            if not found:
                raise AttributeFault(errno.ENODEV)
            attributes = found[0].attributes
        if place.attribute not in attributes:
            raise AttributeFault(errno.ENOENT)
        return attributes[place.attribute]

    def xml(self) -> str:
        """The context as a client reads it."""
        parts = [
            f'<?xml version="1.0" encoding="utf-8"?>{_DOCTYPE}',
            _element("context", name="network", description=self.description, closed=False),
            *(_element("context-attribute", name=name, value=value) for name, value in self.values.items()),
        ]
        for device in self.devices:
            parts.append(_element("device", id=device.identifier, name=device.name, closed=False))
            for channel in device.channels:
                parts.extend(_channel(channel))
            parts.extend(_element("attribute", name=name) for name in device.attributes)
            parts.extend(_element("debug-attribute", name=name) for name in device.debug)
            parts.extend(_element("buffer-attribute", name=name) for name in device.buffer)
            parts.append("</device>")
        return "".join([*parts, "</context>"])


def _channel(channel: Channel) -> list[str]:
    kind = "output" if channel.output else "input"
    parts = [_element("channel", id=channel.identifier, name=channel.name, type=kind, closed=False)]
    if channel.index is not None:
        parts.append(_element("scan-element", index=str(channel.index), format=channel.sample_format))
    for name, attribute in channel.attributes.items():
        parts.append(_element("attribute", name=name, filename=attribute.filename))
    return [*parts, "</channel>"]


def _element(tag: str, closed: bool = True, **attributes: str) -> str:
    text = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items() if value)
    return f"<{tag}{text}{'/>' if closed else '>'}"

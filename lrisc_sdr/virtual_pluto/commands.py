# SPDX-License-Identifier: MIT
"""Lines of libiio's network protocol, as its clients of version 0.24 and 0.25 send them, into typed commands.

    PRINT | ZPRINT | BINARY | VERSION | EXIT | TIMEOUT <ms>
    READ  <device> [INPUT|OUTPUT <channel> | DEBUG | BUFFER] <attribute>
    WRITE <device> [INPUT|OUTPUT <channel> | DEBUG | BUFFER] <attribute> <bytes>
    GETTRIG <device> | SETTRIG <device> [<trigger>] | SET <device> BUFFERS_COUNT <buffers>
    OPEN <device> <samples> <mask> [CYCLIC] | CLOSE <device> | READBUF <device> <bytes> | WRITEBUF <device> <bytes>

Words are separated by blanks, numbers are decimal, and a mask is words of 8 hexadecimal digits.
"""

from __future__ import annotations

import enum
import errno
from dataclasses import dataclass

LONGEST_LINE = 1024
"""Bytes of the longest line that is read as a command."""
LARGEST_VALUE = 1 << 16
"""Bytes of the largest value of an attribute; a filter's coefficients take a few thousand."""
LARGEST_BUFFER = 1 << 26
"""Bytes of the largest buffer of samples."""
MOST_BUFFERS = 64
"""Buffers of the longest queue; 64 is libiio's own limit."""


class CommandError(Exception):
    """A line that is no command; `code` is the errno of the answer."""

    def __init__(self, code: int = errno.EINVAL) -> None:
        super().__init__(errno.errorcode[code])
        self.code = code


class Word(enum.Enum):
    """Commands of one word."""

    PRINT = "PRINT"
    ZPRINT = "ZPRINT"
    BINARY = "BINARY"
    VERSION = "VERSION"
    EXIT = "EXIT"


class Kind(enum.Enum):
    """Where an attribute belongs: to a device, to one of its channels, to its debugging, or to its buffer."""

    DEVICE = "DEVICE"
    INPUT = "INPUT"
    OUTPUT = "OUTPUT"
    DEBUG = "DEBUG"
    BUFFER = "BUFFER"


@dataclass(frozen=True)
class Place:
    """An attribute's address; `channel` is empty but for `Kind.INPUT` and `Kind.OUTPUT`."""

    device: str
    kind: Kind
    channel: str
    attribute: str


@dataclass(frozen=True)
class Timeout:
    """How long the client waits for an answer `[ms]`."""

    milliseconds: int


@dataclass(frozen=True)
class Read:
    """The value of an attribute is asked for."""

    place: Place


@dataclass(frozen=True)
class Write:
    """A value of `n_bytes` follows this line."""

    place: Place
    n_bytes: int


@dataclass(frozen=True)
class Trigger:
    """The trigger of a device is asked for or set."""

    device: str


@dataclass(frozen=True)
class BuffersCount:
    """How many buffers the queue of a device holds."""

    device: str
    count: int


@dataclass(frozen=True)
class Open:
    """A buffer of `n_samples`, with bit k of `mask` for the scan element of index k."""

    device: str
    n_samples: int
    mask: int
    cyclic: bool


@dataclass(frozen=True)
class Close:
    """The buffer is not wanted any more."""

    device: str


@dataclass(frozen=True)
class ReadBuffer:
    """So many bytes of samples are asked for."""

    device: str
    n_bytes: int


@dataclass(frozen=True)
class WriteBuffer:
    """So many bytes of samples follow the answer to this line."""

    device: str
    n_bytes: int


Command = Word | Timeout | Read | Write | Trigger | BuffersCount | Open | Close | ReadBuffer | WriteBuffer


def parse(line: bytes) -> Command | None:
    """Return the command in a line, with or without its end, or None for a blank one.

    Raises:
        CommandError: it is none; `code` says why.
    """
    try:
        words = [word.decode("ascii") for word in line.split()]
    except UnicodeDecodeError:
        raise CommandError from None
    match words:
        case []:
            return None
        case [("PRINT" | "ZPRINT" | "BINARY" | "VERSION" | "EXIT") as word]:
            return Word(word)
        case ["TIMEOUT", milliseconds]:
            return Timeout(_number(milliseconds, 2**31 - 1))
        case ["READ", *rest]:
            return Read(_place(rest))
        case ["WRITE", *rest, n_bytes]:
            return Write(_place(rest), _number(n_bytes, LARGEST_VALUE))
        case ["GETTRIG", device] | ["SETTRIG", device] | ["SETTRIG", device, _]:
            return Trigger(device)
        case ["SET", device, "BUFFERS_COUNT", count]:
            return BuffersCount(device, _number(count, MOST_BUFFERS, least=1))
        case ["OPEN", device, samples, mask] | ["OPEN", device, samples, mask, "CYCLIC"]:
            return Open(device, _number(samples, LARGEST_BUFFER, least=1), _mask(mask), len(words) == 5)
        case ["CLOSE", device]:
            return Close(device)
        case ["READBUF", device, n_bytes]:
            return ReadBuffer(device, _number(n_bytes, LARGEST_BUFFER))
        case ["WRITEBUF", device, n_bytes]:
            return WriteBuffer(device, _number(n_bytes, LARGEST_BUFFER))
    raise CommandError


def _place(words: list[str]) -> Place:
    match words:
        case [device, ("INPUT" | "OUTPUT") as kind, channel, attribute]:
            return Place(device, Kind(kind), channel, attribute)
        case [device, ("DEBUG" | "BUFFER") as kind, attribute]:
            return Place(device, Kind(kind), "", attribute)
        case [device, attribute]:
            return Place(device, Kind.DEVICE, "", attribute)
    raise CommandError


def _number(text: str, most: int, least: int = 0) -> int:
    # int() would take signs, underscores and digits of other scripts.
    if not text.isdecimal() or len(text) > 12 or not least <= int(text) <= most:
        raise CommandError
    return int(text)


def _mask(text: str) -> int:
    if len(text) % 8 or len(text) > 64 or not set(text) <= set("0123456789abcdefABCDEF"):
        raise CommandError
    return int(text, 16)

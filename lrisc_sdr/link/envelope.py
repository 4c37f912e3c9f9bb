# SPDX-License-Identifier: MIT
"""The three parts of every message, and the checksum by which a damaged one is known.

    [ name · version · checksum , header , body ]      checksum = SHA-256(header ‖ SHA-256(body)), its first 16 bytes

It is for what bad hardware does, which TCP's 16-bit sums do not always see; against people there are keys.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from lrisc_sdr.errors import DamagedMessage, InvalidMessage
from lrisc_sdr.link.messages import MAX_CARRIERS, MAX_SYMBOLS

NAME = b"LRISC"
VERSION = 2
MAGIC = NAME + bytes([VERSION])
CHECKSUM_BYTES = 16
MAX_HEADER = 8_192
MAX_BODY = 12 * MAX_SYMBOLS + 8 * MAX_CARRIERS
PARTS = 3


class Opened(NamedTuple):
    """A message whose checksum is right: its header, its body, and the SHA-256 of the body."""

    header: bytes
    body: bytes
    digest: bytes


def seal(header: bytes, body: bytes = b"") -> list[bytes]:
    """The parts of a message."""
    return [MAGIC + _checksum(header, hashlib.sha256(body).digest()), header, body]


def opened(parts: Sequence[bytes]) -> Opened:
    """The inverse of `seal`.

    Raises:
        DamagedMessage: these are not the parts that anybody has sealed.
        InvalidMessage: another version, or longer than any message may be.
    """
    if len(parts) != PARTS:
        raise DamagedMessage(f"a message has {PARTS} parts, this one has {len(parts)}")
    first, header, body = parts
    if not first.startswith(NAME):
        raise DamagedMessage("the message does not begin with LRISC's magic")
    if first[: len(MAGIC)] != MAGIC:
        raise InvalidMessage(f"wire format version {first[len(NAME) :][:1].hex() or 'none'}, this end speaks {VERSION}")
    if len(header) > MAX_HEADER:
        raise InvalidMessage(f"a header of {len(header)} bytes, at most {MAX_HEADER} are allowed")
    if len(body) > MAX_BODY:
        raise InvalidMessage(f"a body of {len(body)} bytes, at most {MAX_BODY} are allowed")
    digest = hashlib.sha256(body).digest()
    if first[len(MAGIC) :] != _checksum(header, digest):
        raise DamagedMessage("the checksum is wrong: the message was changed on its way")
    return Opened(header, body, digest)


def _checksum(header: bytes, digest: bytes) -> bytes:
    return hashlib.sha256(header + digest).digest()[:CHECKSUM_BYTES]

# SPDX-License-Identifier: MIT
"""What of an image file both ends know already: it is cut off before sending, and put back after.

A file's headers follow from the picture's size, the encoder's settings and the file's length. So the receiver encodes a
grey picture of the same size with the same settings, and takes the headers from there: `template` below.

    AVIF, HEIF   ftyp, meta, head of mdat; AVIF's sequence header; HEIF's length of the only NAL unit
    WebP         RIFF and chunk heads; start code and size in the VP8 frame
    JPEG 2000    all markers of the codestream before the first packet, and the last
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from lrisc_sdr.errors import LriscError


@dataclass(frozen=True)
class Known:
    """Which bytes of a file follow from its template.

    Attributes:
        ranges: (begin, end) of the bytes that are the template's, ascending, before the rest of the file.
        lengths: (offset, struct format) of numbers among them that grow by one with every byte of the file.
        tail: bytes at the file's end that are the template's too.
    """

    ranges: tuple[tuple[int, int], ...]
    lengths: tuple[tuple[int, str], ...]
    tail: int = 0


Layout = Callable[[bytes], Known]


def strip(file: bytes, template: bytes, layout: Layout) -> bytes:
    """Return the bytes of a file that its template does not give away.

    Raises:
        LriscError: the file could not be put together from them.
    """
    known = layout(template)
    position, parts = 0, []
    for begin, end in known.ranges:
        parts.append(file[position:begin])
        position = end
    body = b"".join(parts) + file[position : len(file) - known.tail]
    if restore(body, template, layout) != file:
        raise LriscError("this version of the image codec writes headers that do not follow from the picture's size")
    return body


def restore(body: bytes, template: bytes, layout: Layout) -> bytes:
    """Return the file whose stripped bytes are `body`."""
    known = layout(template)
    file = bytearray()
    for begin, end in known.ranges:
        missing = begin - len(file)
        file += body[:missing] + template[begin:end]
        body = body[missing:]
    file += body + template[len(template) - known.tail :]
    for offset, form in known.lengths:
        (value,) = struct.unpack_from(form, template, offset)
        struct.pack_into(form, file, offset, value + len(file) - len(template))
    return bytes(file)


def webp(_template: bytes) -> Known:
    """RIFF, size, WEBPVP8, size; then 3 bytes of the frame's tag, 3 of start code, 4 of the picture's size."""
    return Known(((0, 20), (23, 30)), ((4, "<I"), (16, "<I")))


def jpeg2000(template: bytes) -> Known:
    """A codestream of one tile-part: markers up to SOD, and EOC; SOT's sixth byte begins the tile-part's length."""
    position = 2  # after SOC
    lengths: tuple[tuple[int, str], ...] = ()
    while template[position : position + 2] != b"\xff\x93":
        if template[position : position + 2] == b"\xff\x90":
            lengths = ((position + 6, ">I"),)
        position += 2 + struct.unpack_from(">H", template, position + 2)[0]
    return Known(((0, position + 2),), lengths, tail=2)


def avif(template: bytes) -> Known:
    """Everything up to the head of the frame OBU: temporal delimiter and sequence header come before it."""
    extent, mdat = _boxes(template)
    position = mdat + 8
    while template[position] >> 3 & 15 != 6:  # OBU_FRAME; the OBUs before it are shorter than 128 bytes
        position += 2 + template[position + 1]
    return Known(((0, position + 1),), ((extent, ">I"), (mdat, ">I")))


def heif(template: bytes) -> Known:
    """Everything up to the picture's only NAL unit, its length too."""
    extent, mdat = _boxes(template)
    return Known(((0, mdat + 12),), ((extent, ">I"), (mdat, ">I"), (mdat + 8, ">I")))


def _boxes(file: bytes) -> tuple[int, int]:
    """Where a file of one picture (ISO/IEC 14496-12) has the length of its item in iloc, and where its mdat begins."""
    position, extent = 0, 0
    while file[position + 4 : position + 8] != b"mdat":
        size = struct.unpack_from(">I", file, position)[0]
        if file[position + 4 : position + 8] == b"meta":
            inner = position + 12
            while file[inner + 4 : inner + 8] != b"iloc":
                inner += struct.unpack_from(">I", file, inner)[0]
            # The last field of iloc, of 4 bytes in what both encoders write.
            extent = inner + struct.unpack_from(">I", file, inner)[0] - 4
        position += size
    return extent, position

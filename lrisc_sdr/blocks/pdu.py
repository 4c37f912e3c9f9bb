# SPDX-License-Identifier: GPL-3.0-or-later
"""Received frames as GNU Radio PDUs: a dictionary and a vector of complex symbols.

The dictionary uses gr-digital's names where it has one, so that its blocks and the standard sinks understand it:

    packet_len              symbols in the vector
    packet_num              index of the frame in its picture
    ofdm_sync_carr_offset   carrier frequency offset, rounded to whole subcarriers
    ofdm_sync_chan_taps     c32 [n_fft], channel estimate with the zero frequency in the middle

and beside them `picture_id`, `frame_count`, `side_bytes`, `side_repetition`, `noise_var` (f32 [packet_len]), `snr_db`,
`cfo_hz`, `sco_ppm`, `evm_db` and `start_sample`.

Vectors pass through PMT's serialised form (a tag, the length, padding, big-endian numbers): ten times faster than its
converters, which handle one element after the other.
"""

from __future__ import annotations

import struct
import sys
from functools import cache
from typing import Any

import numpy as np
import pmt
from numpy.typing import NDArray

from lrisc_sdr.errors import InvalidMessage
from lrisc_sdr.types import FrameHeader, ReceivedFrame

_UNIFORM_VECTOR = 0x0A
_SUBTYPES: dict[type[np.generic], tuple[int, str]] = {np.float32: (0x08, ">f4"), np.complex64: (0x0A, ">c8")}
_PREFIX = struct.Struct(">BBIBx")


@cache
def _symbol(name: str) -> Any:
    """The interned symbol of a name of the dictionary."""
    return pmt.intern(name)


def vector_to_pmt(array: NDArray[Any]) -> Any:
    """A one-dimensional f32 or c64 array as a PMT uniform vector."""
    subtype, _ = _SUBTYPES[array.dtype.type]
    numbers = np.ascontiguousarray(array).view(np.uint32)
    if sys.byteorder == "little":
        numbers = numbers.byteswap()
    return pmt.deserialize_str(b"".join((_PREFIX.pack(_UNIFORM_VECTOR, subtype, len(array), 1), numbers.data)))


def vector_from_pmt(vector: Any, dtype: type[np.generic]) -> NDArray[Any]:
    """The array of a PMT uniform vector of that type; InvalidMessage when it is none."""
    subtype, order = _SUBTYPES[dtype]
    data = pmt.serialize_str(vector)
    if len(data) < _PREFIX.size or data[0] != _UNIFORM_VECTOR or data[1] != subtype:
        raise InvalidMessage(f"a PDU holds no vector of {dtype.__name__} where one belongs")
    return np.frombuffer(data, order, offset=_PREFIX.size).astype(dtype)


def frame_to_pdu(frame: ReceivedFrame, carrier_spacing_hz: float) -> Any:
    """A received frame as a PDU."""
    header, half = frame.header, len(frame.channel) // 2
    meta = pmt.make_dict()
    for name, number in (
        ("packet_len", len(frame.symbols)),
        ("packet_num", header.index),
        ("picture_id", header.picture_id),
        ("frame_count", header.count),
        ("side_bytes", header.side_bytes),
        ("side_repetition", header.side_repetition),
        ("start_sample", frame.start_sample),
        ("ofdm_sync_carr_offset", round(frame.cfo_hz / carrier_spacing_hz)),
    ):
        meta = pmt.dict_add(meta, _symbol(name), pmt.from_long(int(number)))
    for name, real in (
        ("snr_db", frame.snr_db),
        ("cfo_hz", frame.cfo_hz),
        ("sco_ppm", frame.sco_ppm),
        ("evm_db", frame.evm_db),
    ):
        meta = pmt.dict_add(meta, _symbol(name), pmt.from_double(float(real)))
    for name, array in (
        ("noise_var", frame.noise_var),
        ("ofdm_sync_chan_taps", np.concatenate((frame.channel[half:], frame.channel[:half]))),
    ):
        meta = pmt.dict_add(meta, _symbol(name), vector_to_pmt(array))
    return pmt.cons(meta, vector_to_pmt(frame.symbols))


def frame_from_pdu(message: Any) -> ReceivedFrame:
    """The received frame of a PDU made by `frame_to_pdu`; InvalidMessage when the message is another one."""
    if not (pmt.is_pair(message) and pmt.is_dict(pmt.car(message))):
        raise InvalidMessage("a message of another kind than the LRISC OFDM Receiver's PDUs")
    meta = pmt.car(message)

    def value(name: str) -> Any:
        found = pmt.dict_ref(meta, pmt.intern(name), pmt.PMT_NIL)
        if pmt.is_null(found):
            raise InvalidMessage(f"a PDU without {name}: connect the frames port of an LRISC OFDM Receiver")
        return found

    symbols = vector_from_pmt(pmt.cdr(message), np.complex64)
    header = FrameHeader(
        picture_id=pmt.to_long(value("picture_id")),
        index=pmt.to_long(value("packet_num")),
        count=pmt.to_long(value("frame_count")),
        n_symbols=pmt.to_long(value("packet_len")),
        side_bytes=pmt.to_long(value("side_bytes")),
        side_repetition=pmt.to_long(value("side_repetition")),
    )
    return ReceivedFrame(
        header=header,
        symbols=symbols,
        noise_var=vector_from_pmt(value("noise_var"), np.float32),
        snr_db=pmt.to_double(value("snr_db")),
        cfo_hz=pmt.to_double(value("cfo_hz")),
        sco_ppm=pmt.to_double(value("sco_ppm")),
        evm_db=pmt.to_double(value("evm_db")),
        channel=np.fft.ifftshift(vector_from_pmt(value("ofdm_sync_chan_taps"), np.complex64)),
        start_sample=pmt.to_long(value("start_sample")),
    )

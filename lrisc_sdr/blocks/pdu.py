# SPDX-License-Identifier: GPL-3.0-or-later
"""Received frames as GNU Radio PDUs: a dictionary and a vector of complex symbols.

The dictionary uses gr-digital's names where it has one, so that its blocks and the standard sinks understand it:

    packet_len              symbols in the vector
    packet_num              index of the frame in its picture
    ofdm_sync_carr_offset   carrier frequency offset, rounded to whole subcarriers
    ofdm_sync_chan_taps     c32 [n_fft], channel estimate with the zero frequency in the middle

and beside them `picture_id`, `frame_count`, `side_bytes`, `side_repetition`, `noise_var` (f32 [packet_len]), `snr_db`,
`cfo_hz`, `sco_ppm`, `evm_db` and `start_sample`.

All numbers become a dictionary in one call, through PMT's serialised form (of each: the tags of a dictionary and of a
pair, the symbol, the number's tag, the number, big-endian). Vectors are copied to and from PMT's own memory: its
converters and its serialised form handle one element after the other.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable
from functools import cache
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import pmt
from numpy.typing import NDArray

from lrisc_sdr.errors import InvalidMessage
from lrisc_sdr.types import FrameHeader, ReceivedFrame

_INTEGERS = (
    "packet_len",
    "packet_num",
    "picture_id",
    "frame_count",
    "side_bytes",
    "side_repetition",
    "start_sample",
    "ofdm_sync_carr_offset",
)
_REALS = ("snr_db", "cfo_hz", "sco_ppm", "evm_db")
_SYMBOL, _DOUBLE, _NULL, _PAIR, _DICTIONARY, _INT64 = 0x02, 0x04, 0x06, 0x07, 0x09, 0x0D


def _entry(name: str, tag: int) -> bytes:
    """What stands before a number of the dictionary in its serialised form."""
    return struct.pack(f">BBBH{len(name)}sB", _DICTIONARY, _PAIR, _SYMBOL, len(name), name.encode(), tag)


_ENTRIES = [_entry(name, _INT64) for name in _INTEGERS] + [_entry(name, _DOUBLE) for name in _REALS]
_FORMATS = "q" * len(_INTEGERS) + "d" * len(_REALS)
_NUMBERS = struct.Struct(">" + "".join(f"{len(e)}s{kind}" for e, kind in zip(_ENTRIES, _FORMATS, strict=True)) + "B")


class _Kind(NamedTuple):
    """PMT's functions for the vectors of one type of elements."""

    make: Callable[[int, complex], Any]
    is_one: Callable[[Any], bool]


_KINDS: dict[type[np.generic], _Kind] = {
    np.float32: _Kind(pmt.make_f32vector, pmt.is_f32vector),
    np.complex64: _Kind(pmt.make_c32vector, pmt.is_c32vector),
}
# As GNU Radio's own blocks in Python find their buffers.
_address = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(
    ("PyCapsule_GetPointer", ctypes.pythonapi)
)


@cache
def _symbol(name: str) -> Any:
    """The interned symbol of a name of the dictionary."""
    return pmt.intern(name)


def vector_to_pmt(array: NDArray[Any]) -> Any:
    """A one-dimensional f32 or c64 array as a PMT uniform vector."""
    array = np.ascontiguousarray(array, dtype=array.dtype.type)
    vector = _KINDS[array.dtype.type].make(array.size, 0)
    if array.size:
        ctypes.memmove(_address(pmt.uniform_vector_writable_elements(vector, 0), None), array.ctypes.data, array.nbytes)
    return vector


def vector_from_pmt(vector: Any, dtype: type[np.generic]) -> NDArray[Any]:
    """The array of a PMT uniform vector of that type; InvalidMessage when it is none."""
    if not _KINDS[dtype].is_one(vector):
        raise InvalidMessage(f"a PDU holds no vector of {dtype.__name__} where one belongs")
    array = np.empty(pmt.length(vector), dtype)
    if array.size:
        ctypes.memmove(array.ctypes.data, _address(pmt.uniform_vector_elements(vector, 0), None), array.nbytes)
    return array


def frame_to_pdu(frame: ReceivedFrame, carrier_spacing_hz: float) -> Any:
    """A received frame as a PDU."""
    header, half = frame.header, len(frame.channel) // 2
    numbers = (
        len(frame.symbols),
        header.index,
        header.picture_id,
        header.count,
        header.side_bytes,
        header.side_repetition,
        frame.start_sample,
        round(frame.cfo_hz / carrier_spacing_hz),
        frame.snr_db,
        frame.cfo_hz,
        frame.sco_ppm,
        frame.evm_db,
    )
    meta = pmt.deserialize_str(_NUMBERS.pack(*chain.from_iterable(zip(_ENTRIES, numbers, strict=True)), _NULL))
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
        found = pmt.dict_ref(meta, _symbol(name), pmt.PMT_NIL)
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

# SPDX-License-Identifier: MIT
"""The frame header: 64 bits and a CRC-16 on 352 QPSK symbols.

bits ─► convolutional code, rate 1/2 ─► 4 times ─► interleave ─► whiten ─► QPSK
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lrisc_sdr.coding.checksums import crc16
from lrisc_sdr.coding.convolutional import TAIL_BITS, branch_signs, decode_list, encode_bits, most_likely
from lrisc_sdr.coding.interleaving import interleaver, whitening, whitening_signs
from lrisc_sdr.coding.qpsk import qpsk_map, weigh
from lrisc_sdr.compiled import compiled
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.types import ByteArray, ComplexArray, FloatArray, FrameHeader

HEADER_REPETITION = 4
HEADER_VERSION = 0
SIDE_UNIT_BYTES = 4
"""The header counts side information in these units, so that 12 bits reach to `MAX_SIDE_BYTES`."""
MAX_SIDE_BYTES = 4095 * SIDE_UNIT_BYTES
SYMBOL_UNIT = 8
"""The header counts a frame's symbols in these units."""
MAX_FRAME_SYMBOLS = 65535 * SYMBOL_UNIT
MAX_FRAMES = 256
MAX_SIDE_REPETITION = 4

_HEADER_BITS = 64 + 16
_LIST = 4
"""Candidates that are tried: eight find hardly more, and each lets more noise pass."""
HEADER_SYMBOLS = (_HEADER_BITS + TAIL_BITS) * HEADER_REPETITION


def check_header(header: FrameHeader) -> None:
    """Check that every field of a header fits its place on the air.

    Raises:
        ConfigurationError: a field is out of range; the message names it.
    """
    if _fits(header):
        return
    ranges = {
        "picture_id": (header.picture_id, 0, 65535, 1),
        "count": (header.count, 1, MAX_FRAMES, 1),
        "index": (header.index, 0, header.count - 1, 1),
        "n_symbols": (header.n_symbols, SYMBOL_UNIT, MAX_FRAME_SYMBOLS, SYMBOL_UNIT),
        "side_bytes": (header.side_bytes, 0, MAX_SIDE_BYTES, SIDE_UNIT_BYTES),
        "side_repetition": (header.side_repetition, 1, MAX_SIDE_REPETITION, 1),
    }
    for name, (value, lowest, highest, unit) in ranges.items():
        if not lowest <= value <= highest or value % unit:
            wanted = f"from {lowest} to {highest}" + (f" in steps of {unit}" if unit > 1 else "")
            raise ConfigurationError(f"{name} of a frame header must be {wanted}, not {value}")


def _fits(header: FrameHeader) -> bool:
    """Whether all fields are in range, without a word on which is not: every frame is asked twice."""
    return (
        0 <= header.picture_id <= 65535
        and 0 <= header.index < header.count <= MAX_FRAMES
        and SYMBOL_UNIT <= header.n_symbols <= MAX_FRAME_SYMBOLS
        and header.n_symbols % SYMBOL_UNIT == 0
        and 0 <= header.side_bytes <= MAX_SIDE_BYTES
        and header.side_bytes % SIDE_UNIT_BYTES == 0
        and 1 <= header.side_repetition <= MAX_SIDE_REPETITION
    )


def encode_header(header: FrameHeader) -> ComplexArray:
    """Return a header as c64 `[HEADER_SYMBOLS]`, unit power.

    64 bits, the highest first: version 2 · picture_id 16 · index 8 · count − 1 8 · n_symbols / 8 16 ·
    side_bytes / 4 12 · side_repetition − 1 2; then their CRC-16.

    Raises:
        ConfigurationError: a field is out of range.
    """
    check_header(header)
    word = HEADER_VERSION << 16 | header.picture_id
    word = word << 8 | header.index
    word = word << 8 | header.count - 1
    word = word << 16 | header.n_symbols // SYMBOL_UNIT
    word = word << 12 | header.side_bytes // SIDE_UNIT_BYTES
    word = word << 2 | header.side_repetition - 1
    constant, rows = _code_rows()
    return qpsk_map(_sum_of_rows(np.uint64(word), rows, constant).view(np.uint8))


@compiled
def _sum_of_rows(word: np.uint64, rows: NDArray[np.uint64], constant: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """`constant`, u64 `[88]`, and over GF(2) the rows, u64 `[64, 88]`, of the bits that are 1, the highest first."""
    total = constant.copy()
    for k in range(64):
        if word >> np.uint64(63 - k) & np.uint64(1):
            row = rows[k]
            for i in range(row.size):
                total[i] ^= row[i]
    return total


@cache
def _code_rows() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """What is sent for 64 zeros, and what each of the 64 bits changes in it: u8 `[704]` and `[64, 704]` as u64.

    CRC, code, repetition, interleaver and whitening are all affine over GF(2), and so is their chain.
    """
    words = [_send(value.to_bytes(8, "big")) for value in (0, *(1 << k for k in range(63, -1, -1)))]
    constant = words[0]
    rows = np.array(words[1:]) ^ constant
    return constant.view(np.uint64), rows.view(np.uint64)


def _send(data: bytes) -> ByteArray:
    """Return the 704 bits on the air, u8, of 8 bytes."""
    protected = np.frombuffer(data + crc16(data).to_bytes(2, "big"), dtype=np.uint8)
    coded = np.tile(encode_bits(np.unpackbits(protected)), HEADER_REPETITION)
    sent = np.empty_like(coded)
    sent[interleaver(coded.size)] = coded
    return sent ^ whitening(sent.size)


def decode_header(symbols: ComplexArray, noise_var: ArrayLike) -> FrameHeader | None:
    """Return the header in c64 `[HEADER_SYMBOLS]`, noise_var a number or f32 `[HEADER_SYMBOLS]`, or None.

    None where the CRC of the most likely bits, and of the three next to them, is wrong, or the fields contradict each
    other: one of about 2¹⁷ headers of pure noise passes. Trying four makes wrong headers 5 to 30 times rarer (at −4 and
    −3 dB in white noise), as 0.7 dB would.

    Raises:
        ConfigurationError: another number of symbols.
    """
    if symbols.shape != (HEADER_SYMBOLS,):
        raise ConfigurationError(f"a header has {HEADER_SYMBOLS} symbols, not shape {symbols.shape}")
    variances = np.ascontiguousarray(noise_var, dtype=np.float32).reshape(-1)
    if variances.size not in (1, symbols.size):
        raise ConfigurationError(f"{symbols.size} symbols have {variances.size} variances")
    llr = np.zeros(HEADER_SYMBOLS * 2 // HEADER_REPETITION, dtype=np.float32)
    symbols = np.ascontiguousarray(symbols, dtype=np.complex64)
    found = _checked(_likeliest(symbols, variances, _deinterleaver(), branch_signs(), llr))
    if found is None:
        candidates = (_checked(bits) for bits in decode_list(llr, _LIST)[1:])
        found = next((header for header in candidates if header is not None), None)
    return found


def _checked(bits: ByteArray) -> FrameHeader | None:
    """Return the header in u8 `[80]`, or None."""
    data = np.packbits(bits).tobytes()
    if crc16(data[:8]) != int.from_bytes(data[8:], "big"):
        return None
    word = int.from_bytes(data[:8], "big")
    header = FrameHeader(
        picture_id=word >> 46 & 0xFFFF,
        index=word >> 38 & 0xFF,
        count=(word >> 30 & 0xFF) + 1,
        n_symbols=(word >> 14 & 0xFFFF) * SYMBOL_UNIT,
        side_bytes=(word >> 2 & 0xFFF) * SIDE_UNIT_BYTES,
        side_repetition=(word & 3) + 1,
    )
    consistent = word >> 62 == HEADER_VERSION and header.index < header.count and header.n_symbols > 0
    return header if consistent else None


@compiled
def _likeliest(
    symbols: ComplexArray,
    variances: FloatArray,
    places: tuple[NDArray[np.int64], FloatArray],
    branches: FloatArray,
    llr: FloatArray,
) -> ByteArray:
    """The most likely bits, u8 `[80]`; adds the LLRs of every coded bit's repetitions to `llr`, f32 `[176]`."""
    order, signs = places
    every = np.empty(2 * symbols.size, dtype=np.float32)
    weigh(symbols.view(np.float32), variances, every)
    for repetition in range(len(order)):
        for i in range(llr.size):
            llr[i] += every[order[repetition, i]] * signs[repetition, i]
    return most_likely(llr.reshape(-1, 2), branches)


@cache
def _deinterleaver() -> tuple[NDArray[np.int64], FloatArray]:
    """Where each repetition of each coded bit lies, and 1 − 2w of its whitening: int64 and f32 `[4, 176]`."""
    order = interleaver(2 * HEADER_SYMBOLS).reshape(HEADER_REPETITION, -1)
    return order, whitening_signs(order.size)[order]

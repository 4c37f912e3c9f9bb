# SPDX-License-Identifier: MIT
"""Channel coding of the few bits that must arrive exactly: frame headers and a picture's side information.

    bits ─► convolutional code, rate 1/2, K = 9 ─► repeat ─► interleave ─► whiten ─► QPSK
    bits ◄─ Viterbi over 256 states             ◄─ add    ◄─ undo       ◄─ flip    ◄─ LLR

Log-likelihood ratios are L = ln P(bit = 0) / P(bit = 1); an erasure is L = 0. Whitening keeps constant data from
becoming constant symbols, whose OFDM symbol would be one large peak, and makes silence decode to nonsense.
"""

from lrisc_sdr.coding.checksums import crc16, crc32
from lrisc_sdr.coding.convolutional import CONSTRAINT_LENGTH, GENERATORS, decode_list, decode_soft, encode_bits
from lrisc_sdr.coding.header import (
    HEADER_REPETITION,
    HEADER_SYMBOLS,
    MAX_FRAME_SYMBOLS,
    MAX_FRAMES,
    MAX_SIDE_BYTES,
    MAX_SIDE_REPETITION,
    SIDE_UNIT_BYTES,
    SYMBOL_UNIT,
    check_header,
    decode_header,
    encode_header,
)
from lrisc_sdr.coding.interleaving import interleaver, stride, whitening
from lrisc_sdr.coding.qpsk import qpsk_llr, qpsk_map
from lrisc_sdr.coding.side import decode_side, encode_side, side_symbols

__all__ = [
    "crc16",
    "crc32",
    "CONSTRAINT_LENGTH",
    "GENERATORS",
    "decode_list",
    "decode_soft",
    "encode_bits",
    "HEADER_REPETITION",
    "HEADER_SYMBOLS",
    "MAX_FRAMES",
    "MAX_FRAME_SYMBOLS",
    "MAX_SIDE_BYTES",
    "MAX_SIDE_REPETITION",
    "SIDE_UNIT_BYTES",
    "SYMBOL_UNIT",
    "check_header",
    "decode_header",
    "encode_header",
    "interleaver",
    "stride",
    "whitening",
    "qpsk_llr",
    "qpsk_map",
    "decode_side",
    "encode_side",
    "side_symbols",
]

# SPDX-License-Identifier: MIT
"""The picture's side information: a block of bytes with a CRC-32, on QPSK symbols.

bits ─► convolutional code, rate 1/2 ─► 1 to 4 times ─► whiten ─► QPSK ─► framing's interleaver
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from lrisc_sdr.coding.checksums import crc32
from lrisc_sdr.coding.convolutional import TAIL_BITS, decode_soft, encode_bits
from lrisc_sdr.coding.interleaving import whitening, whitening_signs
from lrisc_sdr.coding.qpsk import qpsk_llr, qpsk_map
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.types import ComplexArray


def side_symbols(n_bytes: int, repetition: int) -> int:
    """Return how many QPSK symbols carry a side information block of n_bytes `[bytes]`, its CRC-32 included."""
    return (8 * n_bytes + TAIL_BITS) * repetition


def encode_side(block: bytes, repetition: int) -> ComplexArray:
    """Return a side information block as c64 `[side_symbols(len(block), repetition)]`, unit power.

    `block` ends in its own CRC-32, big-endian (framing writes it): here it is protected, not checked. A coded bit's
    repetitions are neighbours, and symbol m carries bits m and m + n of 2n. It is not interleaved here, but made for
    `interleaver`, which moves neighbours 0.38 of its length apart: no run of a third of its output holds two of them,
    and losing such a run punctures the code as evenly as the best patterns of rate 3/4 do.
    """
    bits = (
        np.repeat(encode_bits(np.unpackbits(np.frombuffer(block, dtype=np.uint8))), repetition)
        .reshape(2, -1)
        .T.reshape(-1)
    )
    return qpsk_map(bits ^ whitening(bits.size))


def decode_side(symbols: ComplexArray, noise_var: ArrayLike, n_bytes: int, repetition: int) -> bytes | None:
    """Return the block of n_bytes, its CRC-32 at the end included, or None where that CRC is wrong.

    Raises:
        ConfigurationError: the number of symbols is not `side_symbols(n_bytes, repetition)`, or there is only a CRC.
    """
    if n_bytes <= 4 or symbols.shape != (side_symbols(n_bytes, repetition),):
        raise ConfigurationError(f"{n_bytes} bytes sent {repetition} times cannot have shape {symbols.shape}")
    llr = qpsk_llr(symbols, noise_var) * whitening_signs(2 * symbols.size)
    combined = llr.reshape(-1, 2).T.reshape(-1, repetition).sum(axis=1)
    block = np.packbits(decode_soft(combined)).tobytes()
    return block if crc32(block[:-4]) == int.from_bytes(block[-4:], "big") else None

# SPDX-License-Identifier: MIT
"""Channel coding of the few bits that must arrive exactly: frame headers and a picture's side information.

    bits ─► convolutional code, rate 1/2, K = 9 ─► repeat ─► interleave ─► whiten ─► QPSK
    bits ◄─ Viterbi over 256 states             ◄─ add    ◄─ undo       ◄─ flip    ◄─ LLR

The code is the one of largest free distance (12) at rate 1/2 and K = 9, generators 561 and 753 octal (Proakis,
*Digital Communications*, table 8.3-1). Log-likelihood ratios are L = ln P(bit = 0) / P(bit = 1); an erasure is L = 0.
Whitening keeps constant data from becoming constant symbols, whose OFDM symbol would be one large peak, and makes
silence decode to nonsense.
"""

from __future__ import annotations

import binascii
import math
import zlib
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.types import ByteArray, ComplexArray, FloatArray, FrameHeader

CONSTRAINT_LENGTH = 9
GENERATORS = (0o561, 0o753)
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

_TAIL = CONSTRAINT_LENGTH - 1
_STATES = 1 << _TAIL
_HEADER_BITS = 64 + 16
HEADER_SYMBOLS = (_HEADER_BITS + _TAIL) * HEADER_REPETITION

# A decoder of long blocks works on windows, all at once. Survivors merge within 5 K steps at rate 1/2 and within about
# 15 K where a third of the coded bits is erased (punctured to rate 3/4): 18 K of overlap cost nothing measurable.
_WINDOW = 512
_OVERLAP = 18 * CONSTRAINT_LENGTH


def crc16(data: bytes) -> int:
    """CRC-16/IBM-3740: polynomial 0x1021, initial value 0xFFFF, not reflected."""
    return binascii.crc_hqx(data, 0xFFFF)


def crc32(data: bytes) -> int:
    """CRC-32/ISO-HDLC, that of zlib."""
    return zlib.crc32(data)


def stride(n: int) -> int:
    """Return the integer coprime to `n` that is nearest to n divided by the golden ratio (1 for n < 3).

    Multiples of the golden ratio are the most evenly spread of all (three-distance theorem), so i ↦ i·stride mod n is
    an interleaver that takes any run of neighbours to an even comb, and any run of its output comes from an even comb.
    """
    if n < 3:
        return 1
    centre = round(n * (math.sqrt(5.0) - 1.0) / 2.0)
    candidates = (centre + sign * distance for distance in range(n) for sign in (1, -1))
    return next(p for p in candidates if 0 < p < n and math.gcd(p, n) == 1)


def interleaver(n: int) -> NDArray[np.int64]:
    """Return the destination i·p mod n of every position i, int64 `[n]`, with p = `stride(n)`."""
    return np.arange(n, dtype=np.int64) * stride(n) % max(n, 1)


@cache
def _whitening_period() -> ByteArray:
    """One period, u8 `[127]`, of the sequence x⁷ + x⁴ + 1 from seven ones (IEEE 802.11-2020, 17.3.5.5)."""
    sequence = np.ones(7 + 127, dtype=np.uint8)
    for i in range(7, sequence.size):
        sequence[i] = sequence[i - 7] ^ sequence[i - 4]
    period = sequence[7:].copy()
    period.flags.writeable = False
    return period


def whitening(n: int) -> ByteArray:
    """Return the first n bits of the whitening sequence, u8 `[n]`, period 127."""
    return np.resize(_whitening_period(), n)


def encode_bits(bits: ByteArray) -> ByteArray:
    """Encode u8 `[n]` of 0 and 1 into u8 `[2 (n + 8)]`: c_g[t] = Σ_k g_k b[t − k] mod 2, generators in turn."""
    padded = np.zeros(bits.size + 2 * _TAIL, dtype=np.uint8)
    padded[_TAIL : _TAIL + bits.size] = bits
    steps = bits.size + _TAIL
    coded = np.zeros((steps, len(GENERATORS)), dtype=np.uint8)
    for column, generator in enumerate(GENERATORS):
        for delay in range(CONSTRAINT_LENGTH):
            if generator >> (_TAIL - delay) & 1:
                coded[:, column] ^= padded[_TAIL - delay : _TAIL - delay + steps]
    return coded.reshape(-1)


def decode_soft(llr: FloatArray) -> ByteArray:
    """Return the most likely bits, u8 `[n]`, of a zero-terminated code word, f32 `[2 (n + 8)]` LLRs (maximum-likelihood
    sequence, Viterbi; long blocks in overlapping windows).

    Raises:
        ConfigurationError: the length is odd or below 2·8.
    """
    if llr.ndim != 1 or llr.size % 2 or llr.size < 2 * _TAIL:
        raise ConfigurationError(f"a code word has an even number of at least {2 * _TAIL} LLRs, not shape {llr.shape}")
    pairs = np.ascontiguousarray(llr, dtype=np.float32).reshape(-1, 2)
    steps = len(pairs)
    if steps <= _WINDOW + 2 * _OVERLAP:
        metrics = np.full((1, _STATES), -np.inf, dtype=np.float32)
        metrics[0, 0] = 0.0
        return _viterbi(pairs[None], metrics, final_state=0)[0, : steps - _TAIL]
    # Before the first and after the last step the register holds zeros: certain zeros on both sides say so.
    n_windows = -(-steps // _WINDOW)
    certain = 2.0 * float(np.abs(pairs).max()) + 1.0
    padded = np.full((n_windows * _WINDOW + 2 * _OVERLAP, 2), certain, dtype=np.float32)
    padded[_OVERLAP : _OVERLAP + steps] = pairs
    span = _WINDOW + 2 * _OVERLAP
    windows = np.lib.stride_tricks.sliding_window_view(padded, (span, 2))[::_WINDOW, 0]
    bits = np.empty((n_windows, _WINDOW), dtype=np.uint8)
    for first in range(0, n_windows, 16):  # 16 windows' survivors are 3.4 MB
        batch = windows[first : first + 16]
        metrics = np.zeros((len(batch), _STATES), dtype=np.float32)
        bits[first : first + 16] = _viterbi(batch, metrics)[:, _OVERLAP:-_OVERLAP]
    return bits.reshape(-1)[: steps - _TAIL]


@cache
def _branch_signs() -> FloatArray:
    """Signs 1 − 2c of both coded bits on every branch, f32 `[2, 512]`; branch = oldest, seven middle, new bit."""
    register = np.arange(2 * _STATES)
    rows = []
    for generator in GENERATORS:
        # In `register` the new bit is bit 0, in the octal generator it is the leading one.
        mirrored = int(f"{generator:0{CONSTRAINT_LENGTH}b}"[::-1], 2)
        tapped = register & mirrored
        parity = np.zeros_like(tapped)
        for k in range(CONSTRAINT_LENGTH):
            parity ^= tapped >> k & 1
        rows.append(1.0 - 2.0 * parity)
    return np.array(rows, dtype=np.float32)


def _viterbi(llr: FloatArray, metrics: FloatArray, final_state: int | None = None) -> ByteArray:
    """Return u8 `[n, steps]` for f32 `[n, steps, 2]`; `metrics` f32 `[n, 256]` at first; `final_state` None: the best.

    A state is the last eight bits, the newest lowest: next = (2·state + bit) mod 256, so the two ways into a state
    differ in the oldest bit, and one step is one addition, one comparison and one maximum over all states and windows.
    """
    n, steps, _ = llr.shape
    signs = _branch_signs()
    took_upper = np.empty((steps, n, _STATES), dtype=np.bool_)
    for t in range(steps):
        branch = (llr[:, t] @ signs).reshape(n, 2, _STATES // 2, 2)
        ways = (metrics.reshape(n, 2, _STATES // 2, 1) + branch).reshape(n, 2, _STATES)
        np.greater(ways[:, 1], ways[:, 0], out=took_upper[t])
        metrics = np.maximum(ways[:, 0], ways[:, 1])
    rows = np.arange(n)
    state = np.argmax(metrics, axis=1) if final_state is None else np.full(n, final_state)
    bits = np.empty((steps, n), dtype=np.uint8)
    for t in range(steps - 1, -1, -1):
        bits[t] = state & 1
        state = state >> 1 | took_upper[t, rows, state].astype(np.int64) << (_TAIL - 1)
    return np.ascontiguousarray(bits.T)


def qpsk_map(bits: ByteArray) -> ComplexArray:
    """Map u8 `[2 n]` to c64 `[n]`: s = ((1 − 2 b₀) + j (1 − 2 b₁)) / √2, Gray, unit power."""
    signs = (1.0 - 2.0 * bits.reshape(-1, 2)) * math.sqrt(0.5)
    return (signs[:, 0] + 1j * signs[:, 1]).astype(np.complex64)


def qpsk_llr(symbols: ComplexArray, noise_var: ArrayLike) -> FloatArray:
    """Return the LLRs f32 `[2 n]` of c64 `[n]`: L = 2√2 Re(y) / σ² and 2√2 Im(y) / σ².

    `noise_var` is E[|n|²], a number or f32 `[n]`; inf gives 0. It is taken to be at least 1e-6: LLRs stay finite.
    """
    weight = 2.0 * math.sqrt(2.0) / np.maximum(np.asarray(noise_var, dtype=np.float32), 1e-6)
    llr = np.empty((symbols.size, 2), dtype=np.float32)
    llr[:, 0] = symbols.real * weight
    llr[:, 1] = symbols.imag * weight
    return llr.reshape(-1)


def _to_bits(data: bytes) -> ByteArray:
    return np.unpackbits(np.frombuffer(data, dtype=np.uint8))


def _signs(n: int) -> FloatArray:
    return np.float32(1.0) - np.float32(2.0) * whitening(n)


def _header_llr(symbols: ComplexArray, noise_var: ArrayLike) -> FloatArray:
    llr = qpsk_llr(symbols, noise_var) * _signs(2 * HEADER_SYMBOLS)
    combined: FloatArray = llr[interleaver(llr.size)].reshape(HEADER_REPETITION, -1).sum(axis=0)
    return combined


def check_header(header: FrameHeader) -> None:
    """Check that every field of a header fits its place on the air.

    Raises:
        ConfigurationError: a field is out of range; the message names it.
    """
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


def encode_header(header: FrameHeader) -> ComplexArray:
    """Return a header as c64 `[HEADER_SYMBOLS]`, unit power.

    64 bits, the highest first: version 2 · picture_id 16 · index 8 · count − 1 8 · n_symbols / 8 16 ·
    side_bytes / 4 12 · side_repetition − 1 2; then their CRC-16.

    Raises:
        ConfigurationError: a field is out of range.
    """
    check_header(header)
    word = HEADER_VERSION
    for value, width in (
        (header.picture_id, 16),
        (header.index, 8),
        (header.count - 1, 8),
        (header.n_symbols // SYMBOL_UNIT, 16),
        (header.side_bytes // SIDE_UNIT_BYTES, 12),
        (header.side_repetition - 1, 2),
    ):
        word = word << width | value
    data = word.to_bytes(8, "big")
    coded = np.tile(encode_bits(_to_bits(data + crc16(data).to_bytes(2, "big"))), HEADER_REPETITION)
    sent = np.empty_like(coded)
    sent[interleaver(coded.size)] = coded
    return qpsk_map(sent ^ whitening(sent.size))


def decode_header(symbols: ComplexArray, noise_var: ArrayLike) -> FrameHeader | None:
    """Return the header in c64 `[HEADER_SYMBOLS]`, noise_var a number or f32 `[HEADER_SYMBOLS]`, or None.

    None where the CRC is wrong or the fields contradict each other: one of about 2¹⁹ headers of pure noise passes.

    Raises:
        ConfigurationError: another number of symbols.
    """
    if symbols.shape != (HEADER_SYMBOLS,):
        raise ConfigurationError(f"a header has {HEADER_SYMBOLS} symbols, not shape {symbols.shape}")
    data = np.packbits(decode_soft(_header_llr(symbols, noise_var))).tobytes()
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


def side_symbols(n_bytes: int, repetition: int) -> int:
    """Return how many QPSK symbols carry a side information block of n_bytes `[bytes]`, its CRC-32 included."""
    return (8 * n_bytes + _TAIL) * repetition


def encode_side(block: bytes, repetition: int) -> ComplexArray:
    """Return a side information block as c64 `[side_symbols(len(block), repetition)]`, unit power.

    `block` ends in its own CRC-32, big-endian (framing writes it): here it is protected, not checked. A coded bit's
    repetitions are neighbours, and symbol m carries bits m and m + n of 2n. It is not interleaved here, but made for
    `interleaver`, which moves neighbours 0.38 of its length apart: no run of a third of its output holds two of them,
    and losing such a run punctures the code as evenly as the best patterns of rate 3/4 do.
    """
    bits = np.repeat(encode_bits(_to_bits(block)), repetition).reshape(2, -1).T.reshape(-1)
    return qpsk_map(bits ^ whitening(bits.size))


def decode_side(symbols: ComplexArray, noise_var: ArrayLike, n_bytes: int, repetition: int) -> bytes | None:
    """Return the block of n_bytes, its CRC-32 at the end included, or None where that CRC is wrong.

    Raises:
        ConfigurationError: the number of symbols is not `side_symbols(n_bytes, repetition)`, or there is only a CRC.
    """
    if n_bytes <= 4 or symbols.shape != (side_symbols(n_bytes, repetition),):
        raise ConfigurationError(f"{n_bytes} bytes sent {repetition} times cannot have shape {symbols.shape}")
    llr = qpsk_llr(symbols, noise_var) * _signs(2 * symbols.size)
    combined = llr.reshape(-1, 2).T.reshape(-1, repetition).sum(axis=1)
    block = np.packbits(decode_soft(combined)).tobytes()
    return block if crc32(block[:-4]) == int.from_bytes(block[-4:], "big") else None

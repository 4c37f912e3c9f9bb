# SPDX-License-Identifier: MIT
"""Bytes to coded bits that fill a given number of symbols, and back: segmentation, CRC, LDPC, rate matching.

    bytes ─► equal code blocks ─► + CRC-24B ─► whiten ─► LDPC    ─► rate matching ─► bit interleaver ─► bits
    bytes ◄─ join              ◄─ check     ◄─ undo   ◄─ min-sum ◄─ sum           ◄─ undo            ◄─ LLRs

TS 38.212, 5.2.2 to 5.5, redundancy version 0, without limited buffer, with these differences: every block has a CRC of
its own and there is none over all of them; bytes of any number are taken, the last block ending in zeros; and it is
not the coded bits that are whitened but information and CRC, so that silence, which decodes to zeros, has a wrong CRC.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from lrisc_sdr.baselines import ldpc
from lrisc_sdr.baselines.base_graph import (
    CRC_BITS,
    LARGEST_BLOCK,
    IntArray,
    LiftedGraph,
    choose_graph,
    choose_size,
    lifted,
)
from lrisc_sdr.baselines.crc24 import crc24
from lrisc_sdr.coding import whitening
from lrisc_sdr.errors import ConfigurationError, PictureLost
from lrisc_sdr.types import ByteArray, FloatArray

_KNOWN_ZERO = np.float32(1e6)
"""LLR of a filler bit: beyond that of any bit received."""


@dataclass(frozen=True)
class Transport:
    """How so many bytes become so many symbols' bits.

    Attributes:
        n_bytes: what is carried `[bytes]`, at least 1.
        n_symbols: symbols that it fills.
        order: bits a symbol.
        rate: the code rate meant, by which the base graph is chosen: in truth it is what bytes and symbols make it.

    Raises:
        ConfigurationError: fewer coded bits than bits of information.
    """

    n_bytes: int
    n_symbols: int
    order: int
    rate: float

    def __post_init__(self) -> None:
        fewest = self.n_symbols // self.n_blocks * self.order if self.n_bytes > 0 else 0
        if not self.block_bits <= fewest:
            raise ConfigurationError(
                f"{self.n_bytes} bytes do not fit {self.n_symbols} symbols of {self.order} bits: send fewer"
            )

    @property
    def graph_number(self) -> int:
        """The base graph, 1 or 2."""
        return choose_graph(8 * self.n_bytes, self.rate)

    @property
    def n_blocks(self) -> int:
        """C, code blocks."""
        return _ceil(8 * self.n_bytes, LARGEST_BLOCK[self.graph_number] - CRC_BITS)

    @property
    def block_bits(self) -> int:
        """K', bits of information in a code block, its CRC included."""
        return _ceil(8 * self.n_bytes, max(self.n_blocks, 1)) + CRC_BITS

    @property
    def graph(self) -> LiftedGraph:
        """The code of every block."""
        return lifted(self.graph_number, choose_size(self.graph_number, self.block_bits))

    def coded_bits(self) -> list[int]:
        """E, bits that are sent of every block: whole symbols, the later blocks one more where it does not come out."""
        each, more = divmod(self.n_symbols, self.n_blocks)
        return [(each + (block >= self.n_blocks - more)) * self.order for block in range(self.n_blocks)]

    def encode(self, data: bytes) -> ByteArray:
        """Return the coded bits u8 `[n_symbols · order]` of n_bytes bytes."""
        if len(data) != self.n_bytes:
            raise ConfigurationError(f"{self.n_bytes} bytes were announced, {len(data)} came")
        graph, net = self.graph, self.block_bits - CRC_BITS
        bits = np.zeros(self.n_blocks * net, dtype=np.uint8)
        bits[: 8 * self.n_bytes] = np.unpackbits(np.frombuffer(data, dtype=np.uint8))
        information = np.zeros((self.n_blocks, graph.systematic * graph.size), dtype=np.uint8)
        for block, part in zip(information, bits.reshape(self.n_blocks, net), strict=True):
            block[:net], block[net : self.block_bits] = part, crc24(part)
            block[: self.block_bits] ^= whitening(self.block_bits)
        words = ldpc.encode(information, graph)
        sent = [word[self._selection(e)] for word, e in zip(words, self.coded_bits(), strict=True)]
        return np.concatenate(sent)

    def decode(self, llr: FloatArray) -> bytes:
        """Return the bytes that f32 `[n_symbols · order]` LLRs stand for.

        Raises:
            PictureLost: a block cannot be decoded, or its CRC is wrong.
        """
        if llr.shape != (self.n_symbols * self.order,):
            raise ConfigurationError(f"{self.n_symbols * self.order} LLRs are needed, not shape {llr.shape}")
        graph, net = self.graph, self.block_bits - CRC_BITS
        parts = np.split(llr, np.cumsum(self.coded_bits())[:-1])
        bits = np.empty((self.n_blocks, net), dtype=np.uint8)
        for number, part in enumerate(parts):
            positions = self._selection(part.size)
            word = np.bincount(positions, part, minlength=graph.n_columns * graph.size).astype(np.float32)
            word[self.block_bits : graph.systematic * graph.size] = _KNOWN_ZERO
            rows = max(int(positions.max()) // graph.size + 1 - graph.systematic, 4)
            found = ldpc.decode(word, graph, rows)
            block = None if found is None else found[: self.block_bits] ^ whitening(self.block_bits)
            if block is None or np.any(crc24(block[:net]) != block[net:]):
                raise PictureLost(
                    f"code block {number + 1} of {self.n_blocks} could not be decoded: send it again, "
                    "or at a lower rate"
                )
            bits[number] = block[:net]
        return np.packbits(bits.reshape(-1)[: 8 * self.n_bytes]).tobytes()

    def _selection(self, coded_bits: int) -> IntArray:
        graph = self.graph
        return selection(graph.size, graph.systematic, graph.n_columns, self.block_bits, coded_bits, self.order)


@cache
def selection(size: int, systematic: int, columns: int, block_bits: int, coded_bits: int, order: int) -> IntArray:
    """Positions in the code word of the bits that are sent, in their order, int64 `[coded_bits]` (5.4.2).

    The code word without its punctured beginning and its fillers is read in a circle; its first E/order bits become the
    first bits of the symbols, and so on: information lies where a symbol protects best.
    """
    fillers = slice(block_bits, systematic * size)
    there = np.ones(columns * size, dtype=bool)
    there[: 2 * size] = False
    there[fillers] = False
    circle = np.flatnonzero(there)
    chosen = circle[np.arange(coded_bits) % circle.size]
    order_of_bits: IntArray = np.ascontiguousarray(chosen.reshape(order, -1).T).reshape(-1).astype(np.int64)
    order_of_bits.flags.writeable = False
    return order_of_bits


def most_bytes(n_symbols: int, order: int, rate: float) -> int:
    """Return how many bytes n_symbols carry at a code rate, CRCs paid; 0 where not even one.

    The rate counts the CRC as information, and no block's is above it but for what rounding to whole symbols makes.
    """
    coded = n_symbols * order
    for n_blocks in range(1, coded + 1):
        n_bytes = max((int(rate * coded) - CRC_BITS * n_blocks) // 8, 0)
        if 8 * n_bytes <= n_blocks * (LARGEST_BLOCK[choose_graph(8 * n_bytes, rate)] - CRC_BITS):
            return n_bytes
    return 0


def _ceil(a: int, b: int) -> int:
    return -(-a // b)

# SPDX-License-Identifier: MIT
"""5G's LDPC codes: against another encoder, without noise, and near their threshold."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrisc_sdr.baselines import ldpc
from lrisc_sdr.baselines.base_graph import LARGEST_BLOCK, choose_graph, choose_size, lifted
from lrisc_sdr.baselines.transport import selection
from lrisc_sdr.errors import ConfigurationError

# Graph, bits of information, coded bits, bits a symbol, and zlib's CRC-32 of the packed, rate-matched and interleaved
# bits of LDPC5GEncoder in sionna 2.2.0 for the information (i² mod 7 < 3).
ENCODED_BY_SIONNA = [
    (2, 40, 120, 2, 4059905953),
    (2, 640, 1280, 2, 3393930570),
    (2, 1000, 3000, 4, 2327164193),
    (1, 3840, 11520, 6, 2700309523),
    (1, 3000, 4000, 2, 2132258485),
    (1, 5000, 15000, 4, 3634815591),
    (1, 7776, 9600, 6, 2338800170),
    (1, 8448, 25344, 2, 3295490650),
]


@pytest.mark.parametrize(("number", "n_bits", "n_coded", "order", "checksum"), ENCODED_BY_SIONNA)
def test_code_words_are_those_of_another_encoder(
    number: int, n_bits: int, n_coded: int, order: int, checksum: int
) -> None:
    graph = lifted(number, choose_size(number, n_bits))
    information = np.zeros((1, graph.systematic * graph.size), dtype=np.uint8)
    information[0, :n_bits] = np.arange(n_bits) ** 2 % 7 < 3
    word = ldpc.encode(information, graph)[0]
    sent = word[selection(graph.size, graph.systematic, graph.n_columns, n_bits, n_coded, order)]
    assert choose_graph(n_bits, n_bits / n_coded) == number
    assert zlib.crc32(np.packbits(sent).tobytes()) == checksum


def test_the_graphs_have_the_standards_shape() -> None:
    for number, edges, rows, columns in ((1, 316, 46, 68), (2, 197, 42, 52)):
        graph = lifted(number, 384)
        assert (graph.columns.size, graph.n_rows, graph.n_columns) == (edges, rows, columns)


@given(st.sampled_from([(1, 384), (1, 15), (1, 208), (2, 2), (2, 7), (2, 144), (2, 36)]), st.integers(0, 2**32))
@settings(max_examples=30)
def test_code_words_satisfy_every_row(code: tuple[int, int], seed: int) -> None:
    graph = lifted(*code)
    bits = np.random.default_rng(seed).integers(0, 2, (2, graph.systematic * graph.size), dtype=np.uint8)
    blocks = ldpc.encode(bits, graph).reshape(2, graph.n_columns, graph.size)
    for row in range(graph.n_rows):
        edges = range(graph.rows[row], graph.rows[row + 1])
        checks = [np.roll(blocks[:, graph.columns[e]], -graph.shifts[e], axis=-1) for e in edges]
        assert not np.bitwise_xor.reduce(checks).any()


def test_rate_one_half_decodes_one_decibel_above_its_threshold_and_not_below_capacity() -> None:
    graph = lifted(1, 96)
    rng = np.random.default_rng(4)
    n_rows = 24
    received = (graph.systematic + n_rows) * graph.size

    def failures(snr_db: float) -> int:
        failed = 0
        for _ in range(20):
            bits = rng.integers(0, 2, (1, graph.systematic * graph.size), dtype=np.uint8)
            word = ldpc.encode(bits, graph)[0]
            variance = 10 ** (-snr_db / 10) / 2  # of one real dimension of QPSK
            seen = (1 - 2.0 * word) * np.sqrt(0.5) + rng.normal(size=word.size) * np.sqrt(variance)
            llr = (np.sqrt(2) * seen / variance).astype(np.float32)
            llr[: graph.punctured] = 0
            llr[received:] = 0
            found = ldpc.decode(llr, graph, n_rows)
            failed += found is None or bool(np.any(found != bits[0]))
        return failed

    assert failures(2.5) == 0
    assert failures(-0.5) == 20


def test_blocks_that_no_graph_takes_are_refused() -> None:
    for n_bits in (0, LARGEST_BLOCK[2] + 1):
        with pytest.raises(ConfigurationError):
            choose_size(2, n_bits)

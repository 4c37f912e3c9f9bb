# SPDX-License-Identifier: MIT
"""Bytes to bits that fill symbols, and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrisc_sdr.baselines.crc24 import crc24
from lrisc_sdr.baselines.transport import Transport, most_bytes
from lrisc_sdr.errors import ConfigurationError, PictureLost


@given(
    st.integers(60, 9000), st.sampled_from([2, 4, 6]), st.floats(0.12, 0.92), st.floats(0.1, 1.0), st.integers(0, 99)
)
@settings(max_examples=40)
def test_any_length_and_rate_round_trips(n_symbols: int, order: int, rate: float, filled: float, seed: int) -> None:
    n_bytes = max(1, round(filled * most_bytes(n_symbols, order, rate)))
    transport = Transport(n_bytes, n_symbols, order, rate)
    data = np.random.default_rng(seed).bytes(n_bytes)
    coded = transport.encode(data)
    assert coded.shape == (n_symbols * order,)
    assert sum(transport.coded_bits()) == coded.size
    assert transport.decode(3 * (1 - 2 * coded.astype(np.float32))) == data


@given(st.integers(100, 100_000), st.sampled_from([2, 4, 6]), st.floats(0.1, 0.93))
def test_most_bytes_fill_the_rate_and_do_not_exceed_it(n_symbols: int, order: int, rate: float) -> None:
    transport = Transport(most_bytes(n_symbols, order, rate) or 1, n_symbols, order, rate)
    carried = 8 * transport.n_bytes + 24 * transport.n_blocks
    assert carried <= max(rate * n_symbols * order, 32)
    assert carried + 8 + 2 * 24 > rate * n_symbols * order or transport.n_blocks == 1


def test_a_block_that_is_wrong_is_never_handed_on() -> None:
    transport = Transport(500, 4000, 2, 0.5)
    rng = np.random.default_rng(2)
    llr = 3 * (1 - 2 * transport.encode(rng.bytes(500)).astype(np.float32))
    for broken in (np.zeros_like(llr), rng.normal(size=llr.size).astype(np.float32), -llr):
        with pytest.raises(PictureLost):
            transport.decode(broken)


def test_a_code_word_of_wrong_information_fails_its_crc(monkeypatch: pytest.MonkeyPatch) -> None:
    transport = Transport(40, 600, 2, 0.5)
    monkeypatch.setattr("lrisc_sdr.baselines.transport.crc24", lambda bits: 1 - crc24(bits))
    llr = 3 * (1 - 2 * transport.encode(bytes(40)).astype(np.float32))
    monkeypatch.undo()
    with pytest.raises(PictureLost):
        transport.decode(llr)


def test_one_third_of_the_symbols_may_be_missing() -> None:
    transport = Transport(1000, 12000, 2, 0.34)
    data = bytes(range(250)) * 4
    llr = 3 * (1 - 2 * transport.encode(data).astype(np.float32))
    llr.reshape(-1, 2)[::3] = 0
    assert transport.decode(llr) == data


def test_crc24_is_the_standards() -> None:
    """Against division of polynomials over GF(2), written out."""
    bits = np.random.default_rng(0).integers(0, 2, 300, dtype=np.uint8)
    divisor = np.zeros(25, dtype=np.uint8)
    divisor[[0, 1, 18, 19, 23, 24]] = 1  # D^24, D^23, D^6, D^5, D, 1
    remainder = np.concatenate([bits, np.zeros(24, dtype=np.uint8)])
    for i in range(bits.size):
        if remainder[i]:
            remainder[i : i + 25] ^= divisor
    assert np.array_equal(crc24(bits), remainder[-24:])


def test_too_many_bytes_are_refused() -> None:
    with pytest.raises(ConfigurationError):
        Transport(1000, 3000, 2, 0.5)
    with pytest.raises(ConfigurationError):
        Transport(0, 3000, 2, 0.5)

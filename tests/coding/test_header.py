# SPDX-License-Identifier: MIT
"""Frame headers: round trips, the plain chain, error rates at the signal-to-noise ratios that they are made for."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrisc_sdr import coding
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.types import ComplexArray, FrameHeader

HEADER = FrameHeader(picture_id=40_961, index=3, count=128, n_symbols=8192, side_bytes=8012, side_repetition=2)

headers = st.integers(1, coding.MAX_FRAMES).flatmap(
    lambda count: st.builds(
        FrameHeader,
        picture_id=st.integers(0, 65535),
        index=st.integers(0, count - 1),
        count=st.just(count),
        n_symbols=st.integers(1, 65535).map(lambda n: 8 * n),
        side_bytes=st.integers(0, 4095).map(lambda n: 4 * n),
        side_repetition=st.integers(1, 4),
    )
)


def noisy(symbols: ComplexArray, snr_db: float, rng: np.random.Generator) -> tuple[ComplexArray, float]:
    noise_var = 10 ** (-snr_db / 10)
    noise = rng.standard_normal(symbols.shape) + 1j * rng.standard_normal(symbols.shape)
    return (symbols + math.sqrt(noise_var / 2) * noise).astype(np.complex64), noise_var


@given(headers)
@settings(max_examples=40, deadline=None)
def test_headers_round_trip(header: FrameHeader) -> None:
    symbols = coding.encode_header(header)
    assert symbols.shape == (coding.HEADER_SYMBOLS,)
    assert symbols.dtype == np.complex64
    assert np.allclose(np.abs(symbols), 1, atol=1e-6)
    assert coding.decode_header(symbols, 0.1) == header


@given(headers)
@settings(max_examples=20, deadline=None)
def test_a_header_is_the_chain_of_its_parts(header: FrameHeader) -> None:
    fields = f"{0:02b}{header.picture_id:016b}{header.index:08b}{header.count - 1:08b}{header.n_symbols // 8:016b}"
    fields += f"{header.side_bytes // 4:012b}{header.side_repetition - 1:02b}"
    data = int(fields, 2).to_bytes(8, "big")
    bits = [int(b) for byte in data + coding.crc16(data).to_bytes(2, "big") for b in f"{byte:08b}"]
    coded: list[int] = []
    register = [0] * 9
    for bit in [*bits, *[0] * 8]:
        register = [bit, *register[:-1]]
        for generator in ([1, 0, 1, 1, 1, 0, 0, 0, 1], [1, 1, 1, 1, 0, 1, 0, 1, 1]):
            coded += [int(np.dot(generator, register)) % 2]
    sent = [0] * 704
    for i, place in enumerate(coding.interleaver(704)):
        sent[place] = coded[i % 176]
    whitened = np.array(sent, dtype=np.uint8) ^ coding.whitening(704)
    np.testing.assert_array_equal(coding.encode_header(header), coding.qpsk_map(whitened))
    symbol = complex(1 - 2.0 * whitened[0], 1 - 2.0 * whitened[1]) / math.sqrt(2)
    assert coding.encode_header(header)[0] == pytest.approx(symbol)


@pytest.mark.parametrize(
    "change",
    [
        {"picture_id": 65536},
        {"index": 128},
        {"count": 257},
        {"count": 0},
        {"n_symbols": 0},
        {"n_symbols": 12},
        {"side_bytes": 16384},
        {"side_bytes": 3},
        {"side_repetition": 5},
    ],
)
def test_fields_out_of_range_are_refused_by_name(change: dict[str, int]) -> None:
    with pytest.raises(ConfigurationError, match="count" if "count" in change else next(iter(change))):
        coding.encode_header(dataclasses.replace(HEADER, **change))


def test_headers_survive_minus_three_db() -> None:
    rng = np.random.default_rng(2)
    sent = coding.encode_header(HEADER)
    decoded = [coding.decode_header(*noisy(sent, -3.0, rng)) for _ in range(2000)]
    assert sum(header != HEADER for header in decoded) <= 1
    # Two in a thousand at -4 dB; the most likely bits alone are wrong 13 times in a thousand.
    decoded = [coding.decode_header(*noisy(sent, -4.0, rng)) for _ in range(2000)]
    assert sum(header != HEADER for header in decoded) <= 10


def test_header_survives_a_notch_of_a_quarter_of_its_symbols() -> None:
    rng = np.random.default_rng(3)
    received, noise_var = noisy(coding.encode_header(HEADER), 3.0, rng)
    variances = np.full(coding.HEADER_SYMBOLS, noise_var, dtype=np.float32)
    variances[100:188] = np.inf
    assert coding.decode_header(received, variances) == HEADER


def test_noise_silence_and_constants_are_no_headers() -> None:
    rng = np.random.default_rng(4)
    nothing = np.zeros(coding.HEADER_SYMBOLS, dtype=np.complex64)
    passed = [coding.decode_header(noisy(nothing, 0.0, rng)[0], 1.0) for _ in range(300)]
    assert passed == [None] * 300
    for constant in (0, 1 + 1j, -1 + 1j, -1 - 1j, 1 - 1j):
        assert coding.decode_header(nothing + np.complex64(constant), 1.0) is None


def test_a_wrong_number_of_symbols_is_refused() -> None:
    with pytest.raises(ConfigurationError):
        coding.decode_header(np.zeros(10, dtype=np.complex64), 1.0)
    with pytest.raises(ConfigurationError):
        coding.decode_header(np.zeros(coding.HEADER_SYMBOLS, dtype=np.complex64), np.ones(10))


@pytest.mark.parametrize("value", [np.nan, np.inf, -1j * np.inf, 1e38])
def test_broken_symbols_count_as_lost(value: complex) -> None:
    rng = np.random.default_rng(7)
    received, noise_var = noisy(coding.encode_header(HEADER), 3.0, rng)
    variances = np.full(coding.HEADER_SYMBOLS, noise_var, dtype=np.float32)
    received[100:188] = value
    variances[200:210] = np.nan
    if abs(value) < np.inf:
        variances[100:188] = np.inf
    assert coding.decode_header(received, variances) == HEADER
    assert coding.decode_header(np.full_like(received, value), 1.0) is None

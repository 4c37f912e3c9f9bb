# SPDX-License-Identifier: MIT
"""The channel code: known vectors, round trips, error rates at the signal-to-noise ratios that it is made for."""

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


def test_checksums_are_the_catalogued_ones() -> None:
    assert coding.crc16(b"123456789") == 0x29B1
    assert coding.crc32(b"123456789") == 0xCBF43926


def test_impulse_response_is_the_generators() -> None:
    coded = coding.encode_bits(np.array([1], dtype=np.uint8)).reshape(-1, 2)
    assert int("".join(map(str, coded[:, 0])), 2) == 0o561
    assert int("".join(map(str, coded[:, 1])), 2) == 0o753


def test_free_distance_is_twelve() -> None:
    words = [coding.encode_bits(np.array(list(f"{w:b}"), dtype=np.uint8)) for w in range(1, 1 << 10)]
    assert min(int(word.sum()) for word in words) == 12


@given(st.lists(st.integers(0, 1), max_size=120), st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_five_wrong_bits_anywhere_are_corrected(bits: list[int], seed: int) -> None:
    sent = np.array(bits, dtype=np.uint8)
    llr = 1.0 - 2.0 * coding.encode_bits(sent).astype(np.float32)
    llr[np.random.default_rng(seed).choice(llr.size, 5, replace=False)] *= -1
    assert np.array_equal(coding.decode_soft(llr), sent)


@pytest.mark.parametrize("n", [820, 836, 837, 2000, 9001])
def test_long_blocks_in_windows_survive_noise_with_a_third_erased(n: int) -> None:
    rng = np.random.default_rng(n)
    sent = rng.integers(0, 2, n, dtype=np.uint8)
    llr = 1.0 - 2.0 * coding.encode_bits(sent) + 0.45 * rng.standard_normal(2 * (n + 8))
    llr[rng.random(llr.size) < 1 / 3] = 0.0
    assert np.array_equal(coding.decode_soft(llr.astype(np.float32)), sent)


def best_path_metric(llr: np.ndarray) -> float:
    """Viterbi as in the textbook: the largest correlation Σ (1 − 2c) L of any code word, in double precision."""
    best = {0: 0.0}
    for first, second in llr.astype(np.float64).reshape(-1, 2):
        following: dict[int, float] = {}
        for state, metric in best.items():
            for bit in (0, 1):
                register = state << 1 | bit  # the newest bit lowest
                word = int(f"{register:09b}"[::-1], 2)  # the newest bit first, as in the octal generators
                total = metric
                for generator, value in zip(coding.GENERATORS, (first, second), strict=True):
                    total += -value if (word & generator).bit_count() % 2 else value
                following[register & 0xFF] = max(following.get(register & 0xFF, -math.inf), total)
        best = following
    return best[0]


@given(st.integers(0, 40), st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.7, 3.0]))
@settings(max_examples=12, deadline=None)
def test_no_code_word_fits_better_than_the_decoded_one(n: int, seed: int, deviation: float) -> None:
    rng = np.random.default_rng(seed)
    sent = coding.encode_bits(rng.integers(0, 2, n, dtype=np.uint8))
    llr = (1.0 - 2.0 * sent + deviation * rng.standard_normal(sent.size)).astype(np.float32)
    found = (1.0 - 2.0 * coding.encode_bits(coding.decode_soft(llr))) @ llr
    assert found == pytest.approx(best_path_metric(llr), rel=1e-5, abs=1e-4)


def test_the_end_of_a_long_block_is_decided_as_precisely_as_its_beginning() -> None:
    rng = np.random.default_rng(5)
    sent = rng.integers(0, 2, 8 * coding.MAX_SIDE_BYTES, dtype=np.uint8)
    coded = 1.0 - 2.0 * coding.encode_bits(sent)
    # At 0.85 standard deviations a few bits are wrong: lost digits of large sums would show as many more at the end.
    llr = (coded + 0.85 * rng.standard_normal(coded.size)).astype(np.float32)
    wrong = coding.decode_soft(llr) != sent
    first, last = wrong[: sent.size // 2].sum(), wrong[sent.size // 2 :].sum()
    assert 0 < last < 2 * first
    np.testing.assert_array_equal(coding.decode_soft(1e6 * llr) != sent, wrong)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 3e38])
def test_what_is_not_a_likelihood_counts_as_an_erasure(value: float) -> None:
    rng = np.random.default_rng(6)
    sent = rng.integers(0, 2, 200, dtype=np.uint8)
    llr = 1.0 - 2.0 * coding.encode_bits(sent).astype(np.float32)
    llr[rng.choice(llr.size, 40, replace=False)] = value
    assert np.array_equal(coding.decode_soft(llr), sent)
    assert coding.decode_soft(np.full(400, value, dtype=np.float32)).size == 192


@pytest.mark.parametrize("n", [0, 15, 17])
def test_impossible_code_words_are_refused(n: int) -> None:
    with pytest.raises(ConfigurationError):
        coding.decode_soft(np.zeros(n, dtype=np.float32))


@given(st.integers(1, 100_000))
@settings(max_examples=50)
def test_interleaver_is_a_permutation_near_the_golden_ratio(n: int) -> None:
    order = coding.interleaver(n)
    assert np.array_equal(np.sort(order), np.arange(n))
    if n > 100:
        assert abs(coding.stride(n) / n - 0.618) < 0.03


def test_llr_is_the_logarithm_of_the_probabilities() -> None:
    y, variance = 0.3 - 0.8j, 0.5
    llr = coding.qpsk_llr(np.array([y], dtype=np.complex64), variance)
    points = coding.qpsk_map(np.array([0, 0, 0, 1, 1, 0, 1, 1], dtype=np.uint8))
    likelihood = np.exp(-(np.abs(y - points) ** 2) / variance)
    assert llr[0] == pytest.approx(math.log(likelihood[:2].sum() / likelihood[2:].sum()), rel=1e-5)
    for variances in (np.inf, np.array([np.inf]), np.array([np.nan])):
        assert np.all(coding.qpsk_llr(np.array([y], dtype=np.complex64), variances) == 0)
    broken = np.array([np.nan, 1j * np.inf, 1.0], dtype=np.complex64)
    np.testing.assert_allclose(coding.qpsk_llr(broken, 2.0)[[0, 3, 4, 5]], [0, 0, math.sqrt(2), 0])
    with pytest.raises(ConfigurationError, match="3 symbols have 2"):
        coding.qpsk_llr(broken, np.ones(2))


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


def test_header_survives_minus_two_db() -> None:
    rng = np.random.default_rng(2)
    sent = coding.encode_header(HEADER)
    decoded = [coding.decode_header(*noisy(sent, -2.0, rng)) for _ in range(300)]
    assert sum(header != HEADER for header in decoded) <= 1


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


@given(st.binary(min_size=1, max_size=300), st.integers(1, 4))
@settings(max_examples=25, deadline=None)
def test_side_blocks_round_trip_and_wrong_ones_are_noticed(data: bytes, repetition: int) -> None:
    block = data + coding.crc32(data).to_bytes(4, "big")
    symbols = coding.encode_side(block, repetition)
    assert symbols.shape == (coding.side_symbols(len(block), repetition),)
    assert coding.decode_side(symbols, 0.1, len(block), repetition) == block
    assert coding.decode_side(-symbols, 0.1, len(block), repetition) is None
    assert coding.decode_side(np.zeros_like(symbols), 0.1, len(block), repetition) is None


def test_wrong_lengths_are_refused() -> None:
    with pytest.raises(ConfigurationError):
        coding.decode_header(np.zeros(10, dtype=np.complex64), 1.0)
    with pytest.raises(ConfigurationError):
        coding.decode_side(np.zeros(10, dtype=np.complex64), 1.0, 40, 1)
    with pytest.raises(ConfigurationError):
        coding.decode_side(np.zeros(coding.side_symbols(4, 1), dtype=np.complex64), 1.0, 4, 1)

# SPDX-License-Identifier: MIT
"""The convolutional code: known vectors, round trips, the most likely sequence."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrisc_sdr import coding
from lrisc_sdr.errors import ConfigurationError


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


@pytest.mark.parametrize("n", [820, 2000, 9001])
def test_long_blocks_survive_noise_with_a_third_erased(n: int) -> None:
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


@given(st.integers(3, 9), st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_a_list_holds_the_best_words_in_order(n: int, seed: int) -> None:
    words = (np.arange(1 << n)[:, None] >> np.arange(n) & 1).astype(np.uint8)
    signs = 1.0 - 2.0 * np.array([coding.encode_bits(word) for word in words])
    llr = (signs[seed % len(words)] + 0.8 * np.random.default_rng(seed).standard_normal(signs.shape[1])).astype("f4")
    found = coding.decode_list(llr, 4)
    assert len(found) == 4
    np.testing.assert_array_equal(found[0], coding.decode_soft(llr))
    metrics = [float((1.0 - 2.0 * coding.encode_bits(word)) @ llr) for word in found]
    best = np.sort(signs @ llr)[::-1]
    # The second best is always one detour from the best; the third may be two.
    assert metrics[:2] == pytest.approx(best[:2], abs=1e-4)
    assert metrics == sorted(metrics, reverse=True)
    assert len({word.tobytes() for word in found}) == 4


def test_a_list_ends_where_there_are_no_more_words() -> None:
    llr = 1.0 - 2.0 * coding.encode_bits(np.array([1], dtype=np.uint8)).astype(np.float32)
    assert coding.decode_list(llr, 4).tolist() == [[1], [0]]
    assert coding.decode_list(np.ones(16, dtype=np.float32), 4).shape == (1, 0)


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

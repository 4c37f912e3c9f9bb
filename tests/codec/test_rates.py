# SPDX-License-Identifier: MIT
"""Rates meet the bandwidth ratio from above, with everything billed, and the receiver reads what it was told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lrisc_sdr import coding, framing
from lrisc_sdr.codec.allocation import CELL, RATES, symbols_of
from lrisc_sdr.codec.patches import PATCH
from lrisc_sdr.codec.rates import MAP_SHARE, adaptive_rates, read_rates, uniform_rates
from lrisc_sdr.errors import ConfigurationError, SideInformationLost

SCALE_BYTES = 1
SIDES = st.integers(96, 900)
CBRS = st.sampled_from([1 / 96, 1 / 48, 1 / 24])
SNRS = st.sampled_from([-2.0, 5.0, 7.0, 19.0])


def photograph(height: int, width: int, seed: int) -> np.ndarray:
    """Bits of cells `[h, w]` as pictures have them: log-normal, neighbours alike."""
    rows, columns = (-(-side // (PATCH * CELL)) for side in (height, width))
    noise = np.random.default_rng(seed).standard_normal((rows + 2, columns + 2))
    smooth = sum(noise[i : i + rows, j : j + columns] for i in range(3) for j in range(3)) / 3
    return np.exp(4.5 + 0.8 * smooth)


def billed(height: int, width: int, cbr: float, snr_db: float, levels: np.ndarray, coded: bytes) -> framing.FramePlan:
    plan = framing.plan(height, width, cbr, SCALE_BYTES + len(coded), snr_db)
    assert symbols_of(levels) <= plan.payload_symbols
    return plan


def frames(plan: framing.FramePlan, symbols: int) -> tuple[int, int]:
    """How many frames `segment` will cut, and the symbols of each: side information, latents and padding."""
    return framing.planning.cut(plan.side_symbols + symbols, framing.DEFAULT_FRAME_SYMBOLS)


def uses(plan: framing.FramePlan, symbols: int) -> int:
    """Channel uses of these frames, with their headers."""
    count, frame_symbols = frames(plan, symbols)
    return count * (coding.HEADER_SYMBOLS + frame_symbols)


@pytest.mark.parametrize("mode", ["adaptive", "uniform"])
@given(SIDES, SIDES, CBRS, SNRS, st.integers(0, 99))
@example(252, 283, 1 / 24, -2.0, 0)  # planned for two frames, and cut into one
@settings(max_examples=40, deadline=None)
def test_never_above_the_ratio_and_at_most_three_percent_below(
    mode: str, height: int, width: int, cbr: float, snr_db: float, seed: int
) -> None:
    bits = photograph(height, width, seed)

    def budget(n_bytes: int) -> int:
        return framing.plan(height, width, cbr, SCALE_BYTES + n_bytes, snr_db).payload_symbols

    try:
        levels, coded = adaptive_rates(bits, budget) if mode == "adaptive" else uniform_rates(*bits.shape, budget)
    except ConfigurationError:
        # What is left beside header and side information is less than the lowest rates take.
        assert budget(3) < bits.size * RATES[0] * CELL**2 // 2 + 600
        return
    assert np.array_equal(read_rates(coded, *bits.shape), levels)
    plan = billed(height, width, cbr, snr_db, levels, coded)
    # A step of the lowest rate is 8 symbols for the cells of a block, and every frame is filled up to 8.
    asked = cbr * 3 * height * width
    if not plan.over_budget and asked > 1000:
        billed_uses = uses(plan, symbols_of(levels))
        assert billed_uses <= asked * (1 + 1e-9)
        # Where all frames are full, one more would take a header and carry less than that; where the symbols need fewer
        # frames than were planned, a header is left over.
        full = plan.frame_symbols == framing.planning.longest_frame(framing.DEFAULT_FRAME_SYMBOLS, int(asked))
        fewer = frames(plan, symbols_of(levels))[0] < plan.count
        assert billed_uses >= 0.97 * asked - (coding.HEADER_SYMBOLS if full or fewer else 0)


@pytest.mark.parametrize("mode", ["adaptive", "uniform"])
@pytest.mark.parametrize("cbr", [1 / 96, 1 / 48, 1 / 24])
@pytest.mark.parametrize("size", [(512, 768), (768, 512), (509, 761), (256, 256)])
def test_usual_sizes_are_met_within_three_percent(mode: str, cbr: float, size: tuple[int, int]) -> None:
    for snr_db in (-2.0, 5.0, 7.0, 19.0):
        bits = photograph(*size, seed=1)

        def budget(n_bytes: int, snr_db: float = snr_db) -> int:
            return framing.plan(*size, cbr, SCALE_BYTES + n_bytes, snr_db).payload_symbols

        levels, coded = adaptive_rates(bits, budget) if mode == "adaptive" else uniform_rates(*bits.shape, budget)
        plan = billed(*size, cbr, snr_db, levels, coded)
        assert not plan.over_budget
        assert 0.97 <= uses(plan, symbols_of(levels)) / (cbr * 3 * size[0] * size[1]) <= 1 + 1e-9


@pytest.mark.parametrize("snr_db", [-2.0, 5.0, 7.0, 19.0])
def test_the_map_of_a_photograph_takes_its_share_at_most(snr_db: float) -> None:
    for seed in range(5):
        bits = photograph(512, 768, seed)
        _, coded = adaptive_rates(
            bits, lambda n: framing.plan(512, 768, 1 / 48, SCALE_BYTES + n, snr_db).payload_symbols
        )
        symbols = 8 * (SCALE_BYTES + len(coded)) * framing.planning.side_repetition(snr_db)
        assert symbols <= MAP_SHARE * 512 * 768 * 3 / 48


@given(st.binary(max_size=40))
@settings(max_examples=60, deadline=None)
def test_any_bytes_give_rates_or_are_refused(side: bytes) -> None:
    try:
        levels = read_rates(side, 3, 4)
    except SideInformationLost:
        return
    assert levels.shape == (3, 4)
    assert levels.max() < len(RATES)


def test_a_uniform_rate_is_two_bytes() -> None:
    assert len(uniform_rates(16, 24, lambda _: 24_000)[1]) == 2

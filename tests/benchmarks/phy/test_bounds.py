# SPDX-License-Identifier: MIT
from __future__ import annotations

import numpy as np
import pytest

from benchmarks.phy import bounds
from lrisc_sdr.waveform import waveform

PLUTO = waveform("pluto256")


@pytest.mark.parametrize(("n", "snr_db"), [(354, -3.0), (670, -6.0)])
def test_coded_bits_that_64_bits_need_at_one_in_a_thousand(n: int, snr_db: float) -> None:
    assert bounds.block_error(n, 64, 10.0 ** (snr_db / 10.0)) == pytest.approx(1e-3, rel=0.03)


def test_more_coded_bits_or_fewer_bits_are_better() -> None:
    assert bounds.block_error(704, 80, 0.5) < bounds.block_error(600, 80, 0.5)
    assert bounds.block_error(704, 64, 0.25) < bounds.block_error(704, 80, 0.25)


def test_block_error_is_that_of_the_information_densitys_distribution() -> None:
    """A check by simulation of mean and variance, which is what the approximation knows of the channel."""
    snr = 0.5
    noise = np.random.default_rng(0).standard_normal(400_000)
    information = 1.0 - np.log2(1.0 + np.exp(-2.0 * snr * (1.0 + noise / np.sqrt(snr))))
    sums = information.reshape(-1, 100).sum(axis=1)
    k = 30
    simulated = np.mean(sums + 0.5 * np.log2(100) < k)
    assert bounds.block_error(100, k, snr) == pytest.approx(simulated, abs=0.03)


def test_cfo_bound_of_equal_symbols_is_that_of_a_tone() -> None:
    """Rife and Boorstyn: 6 / (snr T² R (R² − 1)) for R equal phases, each of snr · n_used."""
    count = PLUTO.preamble_symbols
    tone = 6.0 / (2.0 * PLUTO.n_used * PLUTO.symbol_samples**2 * count * (count**2 - 1))
    assert bounds.cfo_variance(PLUTO, None, 2.0) == pytest.approx(tone)


def test_cfo_bound_falls_with_length_and_snr() -> None:
    short, long = bounds.cfo_variance(PLUTO, 8, 1.0), bounds.cfo_variance(PLUTO, 2000, 1.0)
    assert long < short < bounds.cfo_variance(PLUTO, None, 1.0)
    assert bounds.cfo_variance(PLUTO, 8, 10.0) == pytest.approx(short / 10.0)


def test_snr_bound_is_reached_by_the_estimate_that_knows_the_symbols() -> None:
    """ρ̂ = |mean y|² / mean |y − mean y|² of K known symbols, whose error for large K is the bound."""
    rng = np.random.default_rng(1)
    cells, snr = 400, 3.0
    noise = (rng.standard_normal((4000, cells)) + 1j * rng.standard_normal((4000, cells))) * np.sqrt(0.5 / snr)
    mean = 1.0 + noise.mean(axis=1)
    estimate = np.abs(mean) ** 2 / np.mean(np.abs(1.0 + noise - mean[:, None]) ** 2, axis=1)
    assert np.mean((estimate / snr - 1.0) ** 2) == pytest.approx(bounds.snr_nmse(cells, snr), rel=0.1)


def test_known_cells() -> None:
    assert bounds.known_cells(PLUTO, 8) == 3 * 204 + 2 * 12

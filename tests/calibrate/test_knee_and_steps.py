# SPDX-License-Identifier: MIT
"""What is chosen of many rows, and what known steps lead to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrisc_sdr.calibrate.error_vector import error_vector_db
from lrisc_sdr.calibrate.knee import best_gain, power_knee
from lrisc_sdr.calibrate.profile import GainRow, PowerRow
from lrisc_sdr.calibrate.steps import expected_snr_db
from lrisc_sdr.errors import FramesFailed


def test_the_knee_is_the_greatest_power_near_the_best() -> None:
    rows = [
        PowerRow(a, b, evm) for a, b, evm in ((0, 9, -15), (0, 12, -25), (3, 9, -25.1), (6, 12, -26), (20, 12, -20))
    ]
    assert power_knee([*rows, PowerRow(0, 6)]) == PowerRow(0, 12, -25)


def test_no_knee_where_nothing_was_heard() -> None:
    with pytest.raises(FramesFailed):
        power_knee([PowerRow(0, 12)])


def test_the_best_gain_is_the_lowest_that_costs_little() -> None:
    rows = [GainRow(g, -60, -60 - g, snr) for g, snr in ((0, 5.0), (20, 24.6), (40, 25.0), (60, 12.0), (70, None))]
    assert best_gain(rows).gain_db == 20
    quiet = [GainRow(g, n, n - g) for g, n in ((0, -60), (20, -58), (40, -54.7), (60, -35.0))]
    assert best_gain(quiet).gain_db == 40


@given(st.floats(0, 40), st.floats(20, 60), st.lists(st.integers(0, 40), min_size=3, max_size=12, unique=True))
def test_steps_are_found_again(first_db: float, ceiling_db: float, attenuations: list[int]) -> None:
    attenuation_db = np.array(sorted(attenuations), dtype=float)
    true_db = -10 * np.log10(10 ** ((attenuation_db - first_db) / 10) + 10 ** (-ceiling_db / 10))
    expected_db, _ = expected_snr_db(list(attenuation_db), list(true_db))
    assert np.allclose(expected_db, true_db, atol=1e-3)


def test_a_ceiling_is_told_where_there_is_one() -> None:
    steps_db = np.arange(0.0, 30.0, 3.0)
    with_db = -10 * np.log10(10 ** ((steps_db - 30) / 10) + 10 ** (-25 / 10))
    assert expected_snr_db(list(steps_db), list(with_db))[1] == pytest.approx(25.0, abs=0.01)
    assert expected_snr_db(list(steps_db), list(30 - steps_db))[1] is None


def test_an_estimator_that_is_wrong_shows() -> None:
    steps_db = np.arange(0.0, 30.0, 3.0)
    wrong_db = 0.9 * (20 - steps_db)
    expected_db, _ = expected_snr_db(list(steps_db), list(wrong_db))
    assert np.max(np.abs(wrong_db - expected_db)) > 0.5


def test_error_vector() -> None:
    sent = np.exp(1j * np.arange(1000)).astype(np.complex64)
    assert error_vector_db(sent, sent * np.complex64(1.1)) == pytest.approx(-20.0, abs=0.01)

# SPDX-License-Identifier: MIT
"""Spreading neighbours far apart."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lrisc_sdr import coding


@given(st.integers(1, 100_000))
@settings(max_examples=50)
def test_interleaver_is_a_permutation_near_the_golden_ratio(n: int) -> None:
    order = coding.interleaver(n)
    assert np.array_equal(np.sort(order), np.arange(n))
    if n > 100:
        assert abs(coding.stride(n) / n - 0.618) < 0.03

# SPDX-License-Identifier: MIT
"""Log-likelihood ratios of QPSK."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lrisc_sdr import coding
from lrisc_sdr.errors import ConfigurationError


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

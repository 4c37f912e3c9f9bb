# SPDX-License-Identifier: MIT
"""What clipping leaves of a Gaussian signal, against integrals over the magnitude's distribution."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lrisc_sdr.clipping import clipping_distortion, clipping_gain


@pytest.mark.parametrize("ratio", [0.5, 1.0, 1.4, 2.0, 2.5])
def test_closed_forms_are_the_integrals(ratio: float) -> None:
    step = 1e-4
    r = np.arange(0.5 * step, 8.0, step)
    density = 2.0 * r * np.exp(-(r**2)) * step  # Rayleigh, unit power
    clipped = np.minimum(r, ratio)
    gain = float(np.sum(clipped * r * density))
    assert clipping_gain(ratio) == pytest.approx(gain, rel=1e-6)
    assert clipping_distortion(ratio) == pytest.approx(float(np.sum(clipped**2 * density)) / gain**2 - 1.0, rel=1e-4)


def test_no_limit_changes_nothing() -> None:
    assert clipping_gain(math.inf) == 1.0
    assert clipping_distortion(math.inf) == 0.0

# SPDX-License-Identifier: MIT
"""The noise is white, Gaussian, circular, and the same for whoever asks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from lrisc_sdr.types import ComplexArray
from lrisc_sdr.virtual_pluto.noise import white_noise

N = 1 << 18


def draw(key: int, first: int, count: int) -> ComplexArray:
    out = np.empty(count, dtype=np.complex64)
    white_noise(key, first, out)
    return out


def test_is_gaussian_and_circular() -> None:
    noise = draw(7, 0, N)
    assert stats.kstest(noise.real, "norm").pvalue > 1e-3
    assert stats.kstest(noise.imag, "norm").pvalue > 1e-3
    assert stats.kstest(np.abs(noise) ** 2 / 2.0, "expon").pvalue > 1e-3
    assert stats.kstest(np.angle(noise) / (2.0 * np.pi) + 0.5, "uniform").pvalue > 1e-3
    assert np.abs(noise).max() > 4.5


def test_is_white() -> None:
    spectrum = np.abs(np.fft.fft(draw(8, 0, N))) ** 2 / (2.0 * N)
    assert stats.kstest(spectrum, "expon").pvalue > 1e-3


def test_real_and_imaginary_parts_and_neighbours_are_independent() -> None:
    noise = draw(9, 0, N)
    for one, other in ((noise.real, noise.imag), (noise[1:], noise[:-1])):
        power = np.corrcoef(np.abs(one) ** 2, np.abs(other) ** 2)[0, 1]
        assert abs(power) < 5.0 / np.sqrt(N)


def test_keys_are_independent() -> None:
    assert abs(np.vdot(draw(1, 0, N), draw(2, 0, N))) / (2.0 * N) < 5.0 / np.sqrt(N)


@pytest.mark.parametrize("chunk", [1, 255, 256, 700])
def test_chunks_are_those_of_the_whole(chunk: int) -> None:
    whole = draw(2**62 + 1, 2**40, 1400)
    pieces = [draw(2**62 + 1, 2**40 + first, min(chunk, 1400 - first)) for first in range(0, 1400, chunk)]
    np.testing.assert_allclose(np.concatenate(pieces), whole, atol=1e-6)

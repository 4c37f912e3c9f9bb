# SPDX-License-Identifier: MIT
"""The inner loops against the channel's own functions, and against the signal as mathematics has it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from lrisc_sdr.channel.carrier import rotate
from lrisc_sdr.channel.clock import LOOK_AHEAD, LOOK_BACK, interpolate, phase_taps
from lrisc_sdr.channel.multipath import convolve
from lrisc_sdr.types import ComplexArray
from lrisc_sdr.virtual_pluto import kernels

N = 3000
TAPS = np.ascontiguousarray(phase_taps().T)


def noise(count: int) -> ComplexArray:
    return np.random.default_rng(count).standard_normal(2 * count, dtype=np.float32).view(np.complex64)


def tones(positions: NDArray[np.float64]) -> ComplexArray:
    """A signal of eight tones up to the edge of the interpolator's band, at any instants."""
    frequencies = np.linspace(-0.41, 0.41, 8)
    return np.exp(2j * np.pi * (np.outer(positions, frequencies) + frequencies**2)).sum(axis=1).astype(np.complex64)


def test_radiates_image_leak_and_level() -> None:
    samples, out = noise(N), np.empty(N, dtype=np.complex64)
    kernels.radiate(samples, 0.1 - 0.2j, 0.3 + 0.1j, 0.5, out)
    expected = 0.5 * (samples + (0.1 - 0.2j) * np.conj(samples) + 0.3 + 0.1j)
    np.testing.assert_allclose(out, expected, atol=1e-6)


@pytest.mark.parametrize("n_taps", [1, 3])
def test_echoes_are_the_channel_s(n_taps: int) -> None:
    samples, taps, out = noise(N + n_taps - 1), noise(n_taps), np.empty(N, dtype=np.complex64)
    kernels.echo(samples, taps, out)
    expected, _ = convolve(samples[n_taps - 1 :], taps, samples[: n_taps - 1])
    np.testing.assert_allclose(out, expected, atol=1e-5)


@pytest.mark.parametrize("ppm", [0.0, 0.01, 20.0, -20.0, 1000.0, -1000.0])
@pytest.mark.parametrize("start", [20.0, 20.37, 20.99999])
def test_another_clock_takes_the_signal_at_its_own_instants(ppm: float, start: float) -> None:
    step = 1.0 + ppm * 1e-6
    positions = start + step * np.arange(N)
    out = np.zeros(N, dtype=np.complex64)
    sent = tones(np.arange(positions[-1] + LOOK_AHEAD + 2.0))
    kernels.arrive(sent, start, step, 0.0, 0.0, TAPS, out)
    expected = tones(positions)
    error = np.sqrt(np.mean(np.abs(out - expected) ** 2) / np.mean(np.abs(expected) ** 2))
    ours = np.sqrt(np.mean(np.abs(interpolate(sent, positions) - expected) ** 2) / np.mean(np.abs(expected) ** 2))
    assert error < max(2e-4, 1.5 * ours)


def test_the_same_clock_changes_nothing() -> None:
    samples, out = noise(N), np.zeros(N - 100, dtype=np.complex64)
    kernels.arrive(samples, 30.0, 1.0, 0.0, 0.0, TAPS, out)
    np.testing.assert_array_equal(out, samples[30 : 30 + out.size])


@pytest.mark.parametrize("turn_step", [0.0, 0.0123, -0.4999])
def test_another_carrier_turns_the_signal_and_arrivals_add_up(turn_step: float) -> None:
    samples, out = noise(N + LOOK_BACK + LOOK_AHEAD), np.ones(N, dtype=np.complex64)
    kernels.arrive(samples, float(LOOK_BACK), 1.0, 1e6 + 0.3, turn_step, TAPS, out)
    expected = rotate(samples[LOOK_BACK : LOOK_BACK + N], 0.3 + turn_step * np.arange(N)) + 1.0
    np.testing.assert_allclose(out, expected, atol=1e-5)


def test_converts_gain_noise_image_and_leak_to_twelve_bits() -> None:
    samples, added, codes = 0.2 * noise(N), noise(N), np.empty(2 * N, dtype=np.int16)
    energy = kernels.convert(samples, 3.0, added, 0.1, 0.05j, 0.01 - 0.02j, codes)
    z = 3.0 * samples.astype(np.complex128) + 0.1 * added
    y = z + 0.05j * np.conj(z) + 0.01 - 0.02j
    assert energy == pytest.approx(np.sum(np.abs(y) ** 2), rel=1e-5)
    expected = np.clip(np.rint(y.view(np.float64) * 2048.0), -2048.0, 2047.0)
    assert (codes.min(), codes.max()) == (-2048, 2047)
    assert np.mean(codes != expected) < 1e-3  # where single precision falls on the other side of a step
    assert np.abs(codes - expected).max() <= 1.0

# SPDX-License-Identifier: MIT
"""Fading taps have the mean power of their profile, the Doppler spectrum of scattered waves and a still direct path."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.special import j0

from lrisc_sdr.channel.fading import draw_waves, fade, knot_samples, taps_at
from lrisc_sdr.channel.multipath import power_profile
from lrisc_sdr.types import ComplexArray

RATE_SPS = 4e6


def gaussian(n: int) -> ComplexArray:
    pairs = np.random.default_rng(1).standard_normal((n, 2))
    samples: ComplexArray = (pairs @ np.array([1.0, 1.0j]) * math.sqrt(0.5)).astype(np.complex64)
    return samples


def test_every_draw_keeps_the_mean_power_over_time() -> None:
    power = power_profile(4, 3.0)
    for seed in range(5):
        waves = draw_waves(power, 3.0, 100.0, np.random.default_rng(seed))
        taps = taps_at(waves, np.arange(40_000) * 1.237e-3)
        assert np.mean(np.abs(taps) ** 2, axis=0) == pytest.approx(power, rel=0.1)


def test_scattered_taps_are_independent_rayleigh_with_the_classical_spectrum() -> None:
    doppler_hz, step_s = 50.0, 1e-3
    correlation, kurtosis, cross = np.zeros(20, complex), 0.0, 0.0
    for seed in range(60):
        waves = draw_waves(np.array([0.5, 0.5]), -math.inf, doppler_hz, np.random.default_rng(seed))
        first, second = taps_at(waves, np.arange(4000) * step_s).T * math.sqrt(2.0)
        correlation += [np.mean(first[lag:] * first[: 4000 - lag].conj()) for lag in range(20)]
        kurtosis += np.mean(np.abs(first) ** 4)
        cross += abs(np.mean(first * second.conj())) ** 2
    expected = j0(2.0 * np.pi * doppler_hz * np.arange(20) * step_s)
    assert correlation / 60 == pytest.approx(expected, abs=0.03)
    # E|h|⁴ = 2 for a Rayleigh tap of unit power.
    assert kurtosis / 60 == pytest.approx(2.0, abs=0.1)
    assert cross / 60 < 0.02


def test_the_direct_path_is_still() -> None:
    waves = draw_waves(np.array([1.0]), 10.0, 100.0, np.random.default_rng(3))
    taps = taps_at(waves, np.arange(40_000) * 1.237e-3)
    assert abs(taps.mean()) ** 2 == pytest.approx(10.0 / 11.0, rel=0.02)
    still = taps_at(draw_waves(np.array([1.0]), math.inf, 100.0, np.random.default_rng(3)), np.arange(9.0))
    assert np.ptp(still.real) + np.ptp(still.imag) < 1e-6


@pytest.mark.parametrize("doppler_hz", [0.1, 20.0, 10e3])
def test_samples_pass_through_the_taps_of_their_moment(doppler_hz: float) -> None:
    waves = draw_waves(np.array([0.6, 0.0, 0.4]), -math.inf, doppler_hz, np.random.default_rng(4))
    samples, first = gaussian(5000), 3_999_000
    step = knot_samples(doppler_hz, RATE_SPS)
    faded, _ = fade(samples, first, waves, step, RATE_SPS, np.zeros(2, np.complex64))
    taps = taps_at(waves, (first + np.arange(5000)) / RATE_SPS)
    padded = np.concatenate((np.zeros(2), samples))
    expected = sum(taps[:, k] * padded[2 - k : 5002 - k] for k in range(3))
    assert np.mean(np.abs(faded - expected) ** 2) < 1e-6


def test_fading_in_pieces_is_the_fading() -> None:
    waves = draw_waves(power_profile(5, 2.0), 0.0, 2000.0, np.random.default_rng(5))
    samples = gaussian(3000)
    step = knot_samples(2000.0, RATE_SPS)
    whole, _ = fade(samples, 0, waves, step, RATE_SPS, np.zeros(4, np.complex64))
    history = np.zeros(4, dtype=np.complex64)
    pieces = []
    for first, last in itertools.pairwise((0, 1, 3, 17, 300, 300, 2047, 3000)):
        piece, history = fade(samples[first:last], first, waves, step, RATE_SPS, history)
        pieces.append(piece)
    assert np.array_equal(np.concatenate(pieces), whole)

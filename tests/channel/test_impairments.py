# SPDX-License-Identifier: MIT
"""Every impairment does what its equation says."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from lrisc_sdr.channel import carrier, clock, converter, drops, frontend, multipath, noise, phase_noise
from lrisc_sdr.types import ComplexArray


def gaussian(n: int, seed: int = 0) -> ComplexArray:
    pairs = np.random.default_rng(seed).standard_normal((n, 2))
    samples: ComplexArray = (pairs @ np.array([1.0, 1.0j]) * math.sqrt(0.5)).astype(np.complex64)
    return samples


def tone(frequency: float, positions: NDArray[np.float64]) -> ComplexArray:
    samples: ComplexArray = np.exp(2j * np.pi * frequency * positions).astype(np.complex64)
    return samples


def power_db(samples: ComplexArray) -> float:
    return float(10.0 * np.log10(np.mean(np.abs(samples) ** 2)))


def test_noise_is_circular_and_has_its_variance() -> None:
    added = noise.add_noise(np.zeros(200_000, np.complex64), 0.25, np.random.default_rng(1))
    assert np.mean(np.abs(added) ** 2) == pytest.approx(0.25, rel=0.01)
    assert abs(np.mean(added**2)) < 0.003
    assert abs(np.mean(added)) < 0.005
    assert abs(np.mean(added[1:] * added[:-1].conj())) < 0.003


def test_taps_have_unit_power_on_average_and_the_profile() -> None:
    rng = np.random.default_rng(2)
    power = np.mean([np.abs(multipath.draw_taps(4, 3.0, -math.inf, rng)) ** 2 for _ in range(4000)], axis=0)
    assert power.sum() == pytest.approx(1.0, rel=0.04)
    assert 10 * np.log10(power[:-1] / power[1:]) == pytest.approx(3.0, abs=0.35)


def test_direct_path_has_its_share() -> None:
    rng = np.random.default_rng(3)
    power = np.array([abs(multipath.draw_taps(1, 0.0, 10.0, rng)[0]) ** 2 for _ in range(4000)])
    # Ricean: E|h|⁴ − 1 = (2K + 1) / (K + 1)².
    assert power.mean() == pytest.approx(1.0, rel=0.03)
    assert power.var() == pytest.approx(21.0 / 121.0, rel=0.1)
    assert abs(multipath.draw_taps(1, 0.0, math.inf, rng)[0]) == pytest.approx(1.0)


def test_convolution_in_pieces_is_the_convolution() -> None:
    samples, taps = gaussian(1000), gaussian(6, seed=1)
    history = np.zeros(5, dtype=np.complex64)
    pieces = []
    for first, last in itertools.pairwise((0, 1, 4, 300, 300, 1000)):
        piece, history = multipath.convolve(samples[first:last], taps, history)
        pieces.append(piece)
    assert np.concatenate(pieces) == pytest.approx(np.convolve(samples, taps)[:1000], abs=1e-5)


def test_carrier_offset_and_its_drift() -> None:
    cycles = carrier.carrier_cycles(4000, 3, 4e6, 50e3, 2000.0)
    time_s = np.array([4000, 4001, 4002]) / 4e6
    assert cycles == pytest.approx(50e3 * time_s + 1000.0 * time_s**2)
    turned = carrier.rotate(np.full(3, 2.0, np.complex64), cycles + 1e6)
    assert turned == pytest.approx(2.0 * np.exp(2j * np.pi * cycles), abs=1e-5)


@pytest.mark.parametrize("frequency", [-0.41, -0.2, 0.0, 0.1, 0.3, 0.41])
def test_interpolation_error_lies_60_db_down(frequency: float) -> None:
    positions = clock.LOOK_BACK + 0.3 + np.arange(60_000) * (1 + 20e-6)
    last = int(positions[-1]) + clock.LOOK_AHEAD + 1
    got = clock.interpolate(tone(frequency, np.arange(last, dtype=np.float64)), positions)
    assert power_db(got - tone(frequency, positions)) < -60.0


def test_interpolation_error_over_the_band_lies_70_db_down() -> None:
    errors = []
    for frequency in np.linspace(-0.4, 0.4, 41):
        positions = clock.LOOK_BACK + np.arange(1000) * 1.001
        got = clock.interpolate(tone(frequency, np.arange(1100.0)), positions)
        errors.append(10 ** (power_db(got - tone(frequency, positions)) / 10))
    assert 10 * math.log10(np.mean(errors)) < -70.0


def test_phase_noise_has_its_rms_and_bandwidth() -> None:
    rng = np.random.default_rng(4)
    phase, last = phase_noise.phase_noise(2_000_000, 3.0, 10e3, 4e6, rng, phase_noise.start_phase(3.0, rng))
    assert np.rad2deg(phase.std()) == pytest.approx(3.0, rel=0.03)
    lag = 64  # 16 µs at 10 kHz is one radian
    assert np.mean(phase[lag:] * phase[:-lag]) / phase.var() == pytest.approx(math.exp(-1.0053), abs=0.03)
    assert last == pytest.approx(phase[-1])


def test_phase_noise_starts_where_it_stopped() -> None:
    whole, _ = phase_noise.phase_noise(100, 3.0, 10e3, 4e6, np.random.default_rng(5), 0.1)
    rng = np.random.default_rng(5)
    first, last = phase_noise.phase_noise(37, 3.0, 10e3, 4e6, rng, 0.1)
    second, _ = phase_noise.phase_noise(63, 3.0, 10e3, 4e6, rng, last)
    assert np.array_equal(np.concatenate([first, second]), whole)


def test_image_appears_at_the_mirrored_frequency() -> None:
    spectrum = np.fft.fft(frontend.add_image(tone(10 / 64, np.arange(64.0)), 0.1j)) / 64
    assert spectrum[10] == pytest.approx(1.0, abs=1e-6)
    assert spectrum[-10] == pytest.approx(0.1j, abs=1e-6)


def test_leak_is_a_constant() -> None:
    samples = gaussian(10)
    assert frontend.add_dc(samples, 0.01j) - samples == pytest.approx(0.01j, abs=1e-6)


@pytest.mark.parametrize(("level_db", "distortion_db"), [(4.0, 20.0), (6.0, 28.0), (8.0, 39.0)])
def test_clipping_distorts_as_much_as_is_known(level_db: float, distortion_db: float) -> None:
    samples = gaussian(100_000)
    clipped = converter.clip(samples, level_db)
    assert np.abs(clipped).max() <= 10 ** (level_db / 20) * (1 + 1e-6)
    assert np.angle(clipped) == pytest.approx(np.angle(samples), abs=1e-5)
    gain = np.vdot(samples, clipped) / np.vdot(samples, samples)
    signal, distortion = power_db(gain * samples), power_db(clipped - gain * samples)
    assert signal - distortion == pytest.approx(distortion_db, abs=1.0)


@pytest.mark.parametrize("bits", [4, 8, 12])
def test_quantisation_noise_is_a_twelfth_of_a_step_squared(bits: int) -> None:
    rng = np.random.default_rng(6)
    full_scale = 10 ** (12 / 20)
    samples = (full_scale * rng.uniform(-1, 1, (50_000, 2)) @ np.array([1.0, 1.0j])).astype(np.complex64)
    error = converter.quantise(samples, bits, 12.0) - samples
    step = full_scale * 2.0 ** (1 - bits)
    assert np.mean(np.abs(error) ** 2) == pytest.approx(2 * step**2 / 12, rel=0.03)
    assert np.abs(error.real).max() <= step / 2 * (1 + 1e-3)


def test_one_bit_and_overload_take_the_outermost_level() -> None:
    loud = np.array([100 - 100j], dtype=np.complex64)
    assert converter.quantise(loud, 1, 0.0)[0] == pytest.approx(0.5 - 0.5j)
    assert converter.quantise(loud, 3, 0.0)[0] == pytest.approx(0.875 - 0.875j)


def test_one_buffer_is_dropped_in_every_interval() -> None:
    starts = list(itertools.islice(drops.drop_starts(1000.0, np.random.default_rng(7)), 50))
    assert [start // 1000 for start in starts] == list(range(50))
    assert len({start % 1000 for start in starts}) > 30


@given(st.integers(0, 300), st.integers(0, 300), st.lists(st.integers(0, 600), max_size=4), st.integers(1, 200))
def test_kept_samples_are_those_outside_every_drop(first: int, count: int, starts: list[int], length: int) -> None:
    expected = [all(not start <= i < start + length for start in starts) for i in range(first, first + count)]
    assert drops.kept(first, count, starts, length).tolist() == expected

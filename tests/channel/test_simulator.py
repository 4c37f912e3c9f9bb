# SPDX-License-Identifier: MIT
"""The whole channel: the same at any chunking, with the SNR, offset and response that it says."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrisc_sdr.channel import PRESETS, Channel, ChannelSpec, preset
from lrisc_sdr.types import ComplexArray
from lrisc_sdr.waveform import waveform

RATE_SPS = 4e6
EVERYTHING = ChannelSpec(
    snr_db=12.0,
    crystal_ppm=-900.0,
    drift_hz_per_s=1e6,
    n_taps=5,
    tap_decay_db=2.0,
    rice_db=0.0,
    doppler_hz=3000.0,
    phase_noise_deg=2.0,
    image_dbc=-30.0,
    dc_dbc=-30.0,
    clip_db=6.0,
    bits=10,
    interference_db=10.0,
    interference_centre=-0.2,
    interference_bandwidth=0.03,
    drop_interval_s=1e-3,
    drop_samples=500,
    slip_interval_s=0.5e-3,
)


def gaussian(n: int, seed: int = 0) -> ComplexArray:
    pairs = np.random.default_rng(seed).standard_normal((n, 2))
    samples: ComplexArray = (pairs @ np.array([1.0, 1.0j]) * math.sqrt(0.5)).astype(np.complex64)
    return samples


def channel(spec: ChannelSpec, seed: int = 1) -> Channel:
    return Channel(spec, RATE_SPS, waveform("pluto256").noise_var, seed)


@pytest.mark.parametrize("spec", [*PRESETS.values(), EVERYTHING], ids=[*PRESETS, "everything"])
@given(chunks=st.lists(st.sampled_from([0, 1, 2, 7, 63, 1000, 16_384, 20_000]), min_size=1, max_size=8))
@settings(max_examples=12, deadline=None)
def test_any_chunking_gives_the_same_samples(spec: ChannelSpec, chunks: list[int]) -> None:
    samples = gaussian(30_000)
    whole = channel(spec)
    expected = np.concatenate([whole.process(samples), whole.flush()])
    streamed = channel(spec)
    pieces, first = [], 0
    for size in [*chunks, samples.size]:
        pieces.append(streamed.process(samples[first : first + size]))
        first += size
    pieces.append(streamed.flush())
    assert np.array_equal(np.concatenate(pieces), expected)


def test_ideal_changes_nothing() -> None:
    samples = gaussian(1000)
    assert np.array_equal(channel(preset("ideal")).process(samples), samples)


def test_seed_decides_everything() -> None:
    samples = gaussian(5000)
    outputs = [channel(EVERYTHING, seed).process(samples) for seed in (1, 1, 2)]
    assert np.array_equal(outputs[0], outputs[1])
    assert outputs[0].shape != outputs[2].shape or not np.allclose(outputs[0], outputs[2])


def test_switching_noise_off_leaves_the_rest_as_it_was() -> None:
    silent = dataclasses.replace(preset("room"), snr_db=None)
    assert np.array_equal(channel(silent).taps, channel(preset("room")).taps)


def test_noise_has_the_variance_that_the_waveform_asks_for() -> None:
    samples = gaussian(200_000)
    added = channel(dataclasses.replace(preset("ideal"), snr_db=3.0)).process(samples) - samples
    assert np.mean(np.abs(added) ** 2) == pytest.approx(256 / 204 / 10**0.3, rel=0.01)


def test_interferer_lies_above_the_signal_by_its_level_in_its_band() -> None:
    waveform_ = waveform("pluto256")
    n_fft = waveform_.n_fft
    # 5 % of the used carriers, about carrier 40.
    band = 0.05 * waveform_.n_used / n_fft
    spec = ChannelSpec(interference_db=10.0, interference_centre=40 / n_fft, interference_bandwidth=band)
    added = channel(spec).process(np.zeros(400 * n_fft, np.complex64))
    power = np.mean(np.abs(np.fft.fft(added.reshape(-1, n_fft), norm="ortho")) ** 2, axis=0)
    # A carrier's mean power is N/K in the unitary transform of a burst of unit mean power.
    assert 10 * np.log10(power[37:44].mean() * waveform_.n_used / n_fft) == pytest.approx(10.0, abs=0.3)
    assert np.mean(np.abs(added) ** 2) == pytest.approx(10.0 * 0.05, rel=0.06)


def test_interferer_does_not_change_the_noise() -> None:
    quiet = dataclasses.replace(EVERYTHING, interference_db=None, bits=None)
    loud = dataclasses.replace(quiet, interference_db=0.0)
    silence = np.zeros(20_000, np.complex64)
    difference = channel(loud).process(silence) - channel(quiet).process(silence)
    alone = channel(dataclasses.replace(loud, snr_db=None, dc_dbc=None)).process(silence)
    assert difference == pytest.approx(alone, abs=1e-5)


def test_response_is_what_tones_see() -> None:
    spec = ChannelSpec(n_taps=6, tap_decay_db=3.0, rice_db=3.0)
    medium = channel(spec)
    response = medium.response(64)
    n = np.arange(256)
    for bin_ in (0, 5, 40):
        got = channel(spec).process(np.exp(2j * np.pi * bin_ * n / 64).astype(np.complex64))
        assert got[-1] / np.exp(2j * np.pi * bin_ * n[-1] / 64) == pytest.approx(response[bin_], abs=1e-5)
    # An echo beyond the transform's length folds, as it would for a cyclic signal.
    assert channel(ChannelSpec(taps=(1, 0, 0, 0, 0.5))).response(4) == pytest.approx(1.5)


@pytest.mark.parametrize("ppm", [20.0, -20.0])
def test_crystal_moves_carrier_and_clock_together(ppm: float) -> None:
    n = np.arange(400_000)
    frequency = 0.125
    link = channel(ChannelSpec(crystal_ppm=ppm))
    received = np.concatenate([link.process(np.exp(2j * np.pi * frequency * n).astype(np.complex64)), link.flush()])
    assert received.size == pytest.approx(400_000 / (1 + ppm * 1e-6), abs=30)
    middle = np.unwrap(np.angle(received[1000:390_000].astype(np.complex128)))
    measured = np.polyfit(np.arange(middle.size), middle, 1)[0] / (2 * np.pi)
    assert measured == pytest.approx(frequency * (1 + ppm * 1e-6) + ppm * 1e-6 * 2.45e9 / RATE_SPS, abs=1e-8)


def test_drift_turns_quadratically() -> None:
    constant = channel(ChannelSpec(drift_hz_per_s=1e6)).process(np.ones(100_000, np.complex64))[:90_000]
    time_s = np.arange(90_000) / RATE_SPS
    assert constant[100:] * np.exp(-1j * np.pi * 1e6 * time_s[100:] ** 2) == pytest.approx(1.0, abs=2e-3)


def test_image_and_leak_have_their_power() -> None:
    spec = ChannelSpec(image_dbc=-30.0, dc_dbc=-25.0)
    n = np.arange(4096)
    levels = []
    for seed in range(200):
        spectrum = np.fft.fft(channel(spec, seed).process(np.exp(2j * np.pi * n / 8).astype(np.complex64))) / 4096
        levels.append(np.abs(spectrum[[-512, 0]]) ** 2)
    # Transmitter's and receiver's parts add with random phases: the power is right on average.
    assert 10 * np.log10(np.mean(levels, axis=0)) == pytest.approx([-30.0, -25.0], abs=0.7)


def test_dropped_buffers_are_missing_and_time_goes_on() -> None:
    spec = ChannelSpec(drop_interval_s=1e-3, drop_samples=500)
    samples = gaussian(40_000)
    received = channel(spec).process(samples)
    missing = samples.size - received.size
    assert 8 * 500 <= missing <= 10 * 500
    first = int(np.flatnonzero(received != samples[: received.size])[0])
    assert np.array_equal(received[first : first + 1000], samples[first + 500 : first + 1500])


def test_slips_lose_and_repeat_single_samples_and_time_goes_on() -> None:
    samples = np.arange(400_000).astype(np.complex64)
    received = channel(ChannelSpec(slip_interval_s=1e-3)).process(samples).real
    steps, counts = np.unique(np.diff(received), return_counts=True)
    assert steps.tolist() == [0.0, 1.0, 2.0]
    assert counts[0] + counts[2] == 100
    assert min(counts[0], counts[2]) > 25
    assert received[-1] == samples[-1].real


def test_a_slip_within_a_dropped_buffer_goes_with_it() -> None:
    spec = ChannelSpec(drop_interval_s=1e-3, drop_samples=500)
    dropped = channel(spec).process(np.arange(40_000).astype(np.complex64))
    both = channel(dataclasses.replace(spec, slip_interval_s=0.1e-3)).process(np.arange(40_000).astype(np.complex64))
    assert 1 < np.setdiff1d(dropped, both).size < 100
    assert np.setdiff1d(both, dropped).size == 0


def test_fading_has_the_mean_power_and_the_response_of_its_moment() -> None:
    spec = ChannelSpec(taps=(0.8, 0, 0.6j), rice_db=-math.inf, doppler_hz=200.0)
    link = channel(spec)
    impulses = np.zeros(400_000, np.complex64)
    impulses[::8] = 1.0
    received = link.process(impulses).reshape(-1, 8)
    assert np.mean(np.abs(received[:, :3]) ** 2, axis=0) == pytest.approx([0.64, 0.0, 0.36], abs=0.05)
    assert received[0, :3] == pytest.approx(link.taps, abs=1e-3)
    for row in (1000, 31_007):
        response = link.response(64, time_s=8 * row / RATE_SPS)
        assert np.fft.fft(received[row], 64) == pytest.approx(response, abs=2e-3)


def test_without_doppler_the_medium_is_still() -> None:
    medium = channel(preset("room"))
    assert np.array_equal(medium.response(64, time_s=1.0), medium.response(64))


def test_explicit_taps_are_taken_as_they_are() -> None:
    link = channel(ChannelSpec(taps=(0.5, 0, 0.25j)))
    impulse = np.zeros(5, dtype=np.complex64)
    impulse[0] = 1
    assert link.process(impulse) == pytest.approx(np.array([0.5, 0, 0.25j, 0, 0]))


def test_flush_brings_the_last_echo() -> None:
    spec = ChannelSpec(taps=(1, 0, 0, 0.5), crystal_ppm=1.0)
    impulse = np.zeros(100, dtype=np.complex64)
    impulse[-1] = 1
    link = channel(spec)
    received = np.concatenate([link.process(impulse), link.flush()])
    assert abs(received[99]) == pytest.approx(1.0, abs=0.01)
    assert abs(received[102]) == pytest.approx(0.5, abs=0.01)

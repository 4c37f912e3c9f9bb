# SPDX-License-Identifier: MIT
"""The genie is as good as its noise, and its truths are needed: without one of them it fails."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.phy import genie
from benchmarks.phy.signals import CHANNELS, FLAT, Sent, gaussian_frame, received, send
from lrisc_sdr.waveform import PRESETS, Waveform

NOISE_DB = 25.0


def error_db(sent: Sent, waveform: Waveform, resampled: bool = False, snr_db: float = NOISE_DB) -> float:
    samples = received(sent.samples, CHANNELS[FLAT], waveform.noise_var(snr_db), np.random.default_rng(9))
    estimate = genie.latents(sent, samples, waveform, resampled)
    return float(10.0 * np.log10(np.mean(np.abs(estimate - sent.frame.symbols) ** 2)))


@pytest.mark.parametrize("name", PRESETS)
def test_the_genie_has_no_more_than_the_noise(name: str) -> None:
    rng = np.random.default_rng(3)
    sent = send(gaussian_frame(0, 2000, rng), PRESETS[name], CHANNELS[FLAT], rng, sco_ppm=5.0, drift_hz_per_s=20.0)
    assert error_db(sent, PRESETS[name]) == pytest.approx(-NOISE_DB, abs=0.3)


def test_every_truth_counts() -> None:
    waveform = PRESETS["pluto256"]
    rng = np.random.default_rng(4)
    sent = send(gaussian_frame(0, 2000, rng), waveform, CHANNELS["8 taps"], rng, sco_ppm=50.0)
    right = error_db(sent, waveform)
    for wrong in (
        replace(sent, cfo_hz=sent.cfo_hz + 100.0),
        replace(sent, taps=sent.taps[:4]),
        replace(sent, start=sent.start + 0.3),
        replace(sent, sco=-sent.sco),
    ):
        assert error_db(wrong, waveform) > right + 3.0


def test_the_clocks_disturbance_is_the_one_that_is_told_and_resampling_takes_it_away() -> None:
    waveform = replace(PRESETS["wide1024"], clip_db=None)
    rng = np.random.default_rng(5)
    sent = send(gaussian_frame(0, 8192, rng), waveform, CHANNELS[FLAT], rng, sco_ppm=50.0)
    told = 10.0 * np.log10(genie.clock_noise(sent, waveform))
    assert error_db(sent, waveform, snr_db=70.0) == pytest.approx(told, abs=0.5)
    assert error_db(sent, waveform, resampled=True, snr_db=70.0) < told - 10.0


def test_the_preambles_values_are_the_channel() -> None:
    waveform = PRESETS["pluto256"]
    rng = np.random.default_rng(6)
    sent = send(gaussian_frame(0, 8, rng), waveform, CHANNELS["8 taps"], rng)
    turn = np.exp(2j * np.pi * waveform.used_carriers * (waveform.cp_samples // 4) / waveform.n_fft)
    channel = sent.response(waveform.n_fft)[waveform.used_carriers]
    np.testing.assert_allclose(np.abs(genie.preamble(sent, sent.samples, waveform) - channel), 0.0, atol=0.02)
    assert not np.allclose(channel * turn, channel, atol=0.1)


def test_carriers_and_gain_follow_the_frames_symbols() -> None:
    waveform = PRESETS["wifi64"]
    rng = np.random.default_rng(7)
    sent = send(gaussian_frame(0, 200, rng), waveform, CHANNELS["desk"], rng)
    carriers = genie.carriers(200, waveform)
    assert carriers.shape == (200,)
    begin = 352 % waveform.n_data
    np.testing.assert_array_equal(carriers[: waveform.n_data - begin], waveform.data_carriers[begin:])
    np.testing.assert_allclose(genie.gain(sent, waveform), np.abs(sent.response(64)[carriers]) ** 2, rtol=1e-5)

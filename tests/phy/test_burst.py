# SPDX-License-Identifier: MIT
"""One burst from preamble to symbols: tracking, noise and equalisation on known samples."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from lrisc_sdr.phy.burst import Burst, drift_samples, header_samples, margin_samples, read_frame, read_headers
from lrisc_sdr.phy.taps import smoother
from lrisc_sdr.waveform import PRESETS, Waveform


def cut(samples: np.ndarray, start: int, length: int, preset: Waveform) -> np.ndarray:
    return samples[start - margin_samples(preset) : start + length + drift_samples(length, preset)]


def read(samples: np.ndarray, frame: Any, preset: Waveform, frequency: float = 0.0) -> Any:
    length, burst = preset.frame_samples(frame.header.n_symbols), Burst(777, frequency)
    (opened,) = read_headers([cut(samples, 777, header_samples(preset), preset)], [burst], preset)
    assert opened is not None
    assert opened.header == frame.header
    return read_frame(cut(samples, 777, length, preset), burst, opened, preset)


@pytest.mark.parametrize("n_symbols", [8, 64, 1600])
def test_short_bursts_are_read_without_a_warning(
    preset: Waveform, make_frame: Any, impair: Any, n_symbols: int
) -> None:
    frame = make_frame(n_symbols)
    samples = impair([frame], preset, snr_db=20.0, gap=3000)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        received, whole = read(samples, frame, preset)
    assert whole
    assert received.header == frame.header
    assert received.symbols.shape == received.noise_var.shape == (n_symbols,)
    assert received.start_sample == 777
    assert np.mean(np.abs(received.symbols - frame.symbols) ** 2) < 0.03


def test_noise_variances_hold_under_a_mirror_image(preset: Waveform, make_frame: Any, impair: Any) -> None:
    ratios, snrs = [], []
    for i in range(12):
        frame = make_frame(4096, i)
        samples = impair([frame], preset, snr_db=27.0, gap=3000)
        samples = (samples + 0.03 * np.exp(1j * i) * np.conj(samples)).astype(np.complex64)
        received, _ = read(samples, frame, preset)
        ratios.append(np.mean(np.abs(received.symbols - frame.symbols) ** 2 / received.noise_var))
        snrs.append(received.snr_db)
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.12)
    assert np.mean(snrs) == pytest.approx(-10 * np.log10(10**-2.7 + 0.03**2 + preset.clip_distortion), abs=0.5)


def test_phase_noise_is_tracked(make_frame: Any, impair: Any, rng: np.random.Generator) -> None:
    preset, frame = PRESETS["pluto256"], make_frame(8192)
    samples = impair([frame], preset, snr_db=30.0, gap=3000)
    walk = np.cumsum(rng.standard_normal(samples.size)) * 1.5e-3
    received, whole = read((samples * np.exp(1j * (walk - walk[777]))).astype(np.complex64), frame, preset)
    assert whole
    assert np.ptp(walk) > 0.2
    error = np.abs(received.symbols - frame.symbols) ** 2
    assert -10 * np.log10(error.mean()) > 24.0
    assert np.mean(error / received.noise_var) == pytest.approx(1.0, abs=0.3)


def test_offsets_and_channel_are_told(preset: Waveform, make_frame: Any, impair: Any) -> None:
    n_symbols, cfo_hz, sco_ppm = 16_000, 1000.0, 20.0
    samples = impair([make_frame(n_symbols)], preset, snr_db=25.0, cfo_hz=cfo_hz, sco_ppm=sco_ppm, lead=777, gap=3000)
    known = 2 * np.pi * (cfo_hz - 30.0) / preset.rate_sps
    length = preset.frame_samples(n_symbols)
    burst = Burst(777, known)
    (opened,) = read_headers([cut(samples, 777, header_samples(preset), preset)], [burst], preset)
    assert opened is not None
    received, whole = read_frame(cut(samples, 777, length, preset), burst, opened, preset)
    assert whole
    assert received.cfo_hz == pytest.approx(cfo_hz, abs=0.5e-6 * preset.rate_sps)
    assert received.sco_ppm == pytest.approx(sco_ppm, abs=1.0)
    np.testing.assert_allclose(np.abs(received.channel[preset.used_carriers]), 1.0, atol=0.1)
    unused = np.setdiff1d(np.arange(preset.n_fft), preset.used_carriers % preset.n_fft)
    assert not received.channel[unused].any()


def test_a_frame_that_lost_its_pilots_is_not_whole(preset: Waveform, make_frame: Any, impair: Any) -> None:
    frame = make_frame(40 * preset.n_data)
    samples = impair([frame], preset, gap=3000)
    samples[777 + preset.frame_samples(frame.header.n_symbols) // 2 :] = 0
    received, whole = read(samples, frame, preset)
    assert not whole
    assert np.isinf(received.noise_var[-5 * preset.n_data :]).all()
    assert np.isfinite(received.noise_var[: 5 * preset.n_data]).all()


def test_silence_is_no_header(preset: Waveform) -> None:
    assert read_headers([np.zeros(20_000, np.complex64)], [Burst(777, 0.0)], preset) == [None]


def test_the_header_sharpens_the_channel_as_much_as_it_says(preset: Waveform, make_frame: Any, impair: Any) -> None:
    preamble = preset.preamble_symbols * preset.n_used
    known = preamble + 352 + preset.header_ofdm_symbols * preset.n_pilots
    told, errors, alone = [], [], []
    for i in range(40):
        samples = impair([make_frame(8, i)], preset, snr_db=10.0, gap=3000)
        (opened,) = read_headers([cut(samples, 777, header_samples(preset), preset)], [Burst(777, 0.0)], preset)
        assert opened is not None
        channel = opened.channel
        told.append(channel.error_var.mean())
        # Of a complex error, the amplitude shows half.
        errors.append(2.0 * np.mean((np.abs(channel.response) - preset.carrier_amplitude) ** 2))
        # One path is within the fewest taps.
        alone.append(channel.noise_var / preset.preamble_symbols * smoother(preset).fits[0].leverage.mean())
    assert np.mean(errors) == pytest.approx(np.mean(told), rel=0.3)
    assert np.mean(told) < np.mean(alone) * preamble / known * 1.2

# SPDX-License-Identifier: MIT
"""Frames to bursts."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from lrisc_sdr import coding
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.phy import transmit
from lrisc_sdr.types import ComplexArray, Frame
from lrisc_sdr.waveform import Waveform


def carriers(burst: ComplexArray, waveform: Waveform) -> ComplexArray:
    """Symbols on the data carriers after the preamble, in mapping order, c64 `[rows, n_data]`."""
    bodies = burst.reshape(-1, waveform.symbol_samples)[waveform.preamble_symbols :, waveform.cp_samples :]
    spectrum = np.fft.fft(bodies, axis=1, norm="ortho") / waveform.carrier_amplitude
    symbols: ComplexArray = spectrum[:, waveform.data_carriers]
    return symbols


@pytest.mark.parametrize("n_symbols", [8, 800])
def test_a_burst_is_the_sum_of_its_carriers(preset: Waveform, make_frame: Any, n_symbols: int) -> None:
    frame = make_frame(n_symbols)
    rows = preset.payload_ofdm_symbols(n_symbols)
    sent = np.zeros((preset.preamble_symbols + rows, preset.n_fft), dtype=np.complex128)
    sent[: preset.preamble_symbols, preset.used_carriers] = np.outer(preset.preamble_signs, preset.preamble_carriers)
    stream = np.concatenate((coding.encode_header(frame.header), frame.symbols, preset.padding))[: rows * preset.n_data]
    sent[preset.preamble_symbols :, preset.data_carriers] = stream.reshape(rows, -1)
    sent[preset.preamble_symbols :, preset.pilot_carriers] = preset.pilots(0, rows)
    times = np.arange(-preset.cp_samples, preset.n_fft)
    waves = np.exp(2j * np.pi / preset.n_fft * np.outer(np.arange(preset.n_fft), times))
    burst = transmit(frame, dataclasses.replace(preset, clip_db=None))
    np.testing.assert_allclose(burst, (sent @ waves).reshape(-1) / np.sqrt(preset.n_used), atol=1e-5)


@pytest.mark.parametrize("clip_db", [3.0, 8.0])
def test_only_what_follows_the_preamble_is_clipped(preset: Waveform, make_frame: Any, clip_db: float) -> None:
    frame = make_frame(20_000)
    clipping = dataclasses.replace(preset, clip_db=clip_db)
    plain, burst = transmit(frame, dataclasses.replace(preset, clip_db=None)), transmit(frame, clipping)
    lead = preset.preamble_symbols * preset.symbol_samples
    np.testing.assert_array_equal(burst[:lead], plain[:lead])
    # The clipped samples are all at one magnitude and keep their phase; the others grow by one factor.
    limit = np.abs(burst[lead:]).max()
    assert 20 * np.log10(limit) == pytest.approx(clip_db, abs=0.1 if clip_db > 4 else 0.8)
    ratio = burst[lead:] / plain[lead:]
    peaks = np.abs(burst[lead:]) > 0.99999 * limit
    assert np.mean(peaks) == pytest.approx(np.exp(-(clipping.clip_ratio**2)), rel=0.25)
    np.testing.assert_allclose(ratio[~peaks], ratio.real.max(), rtol=1e-4)
    np.testing.assert_allclose(ratio[peaks].imag, 0.0, atol=1e-5)


@pytest.mark.parametrize(("clip_db", "tolerance"), [(4.0, 0.04), (6.0, 0.06), (8.0, 0.15)])
def test_clipping_adds_the_promised_noise_and_takes_nothing(
    preset: Waveform, make_frame: Any, clip_db: float, tolerance: float
) -> None:
    frame = make_frame(400_000)
    clipping = dataclasses.replace(preset, clip_db=clip_db)
    plain = carriers(transmit(frame, dataclasses.replace(preset, clip_db=None)), preset)
    burst = transmit(frame, clipping)
    distorted = carriers(burst, preset)
    assert np.mean(np.abs(distorted - plain) ** 2) == pytest.approx(clipping.clip_distortion, rel=tolerance)
    assert (np.vdot(plain, distorted) / np.vdot(plain, plain)).real == pytest.approx(1.0, abs=5e-4)
    assert np.mean(np.abs(burst) ** 2) == pytest.approx(1.0, abs=0.02)


def test_data_that_are_one_large_peak_stay_below_the_limit(preset: Waveform, make_frame: Any) -> None:
    frame = make_frame(2000)
    burst = transmit(Frame(frame.header, np.ones(2000, np.complex64)), preset)
    assert np.abs(burst).max() < 1.002 * preset.clip_ratio
    assert np.isfinite(burst).all()


@pytest.mark.parametrize("n_symbols", [8, 8192])
def test_length_and_mean_power(preset: Waveform, make_frame: Any, n_symbols: int) -> None:
    burst = transmit(make_frame(n_symbols), preset)
    assert burst.dtype == np.complex64
    assert burst.size == preset.frame_samples(n_symbols)
    assert np.mean(np.abs(burst) ** 2) == pytest.approx(1.0, abs=0.05)


def test_padding_has_the_power_of_the_rest(preset: Waveform, make_frame: Any) -> None:
    burst = transmit(make_frame(8), preset)
    assert np.mean(np.abs(burst[-preset.n_fft :]) ** 2) == pytest.approx(1.0, abs=0.25)


def test_a_header_that_lies_is_refused(preset: Waveform, make_frame: Any) -> None:
    frame = make_frame(16)
    with pytest.raises(ConfigurationError, match="16"):
        transmit(Frame(frame.header, frame.symbols[:8]), preset)

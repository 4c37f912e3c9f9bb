# SPDX-License-Identifier: MIT
"""Occupied edges against bands, and the templates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrisc_sdr import phy
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.radio.bands import TOLERANCE_PPM, Band, Emission, emission, occupied_hz, templates
from lrisc_sdr.types import Frame, FrameHeader
from lrisc_sdr.waveform import PRESETS, Waveform, waveform

BAND = Band("test", 2400e6, 2483.5e6, 10.0, 0.1, 3600.0, 1.0)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.name)
def test_99_percent_of_the_power_lies_within_what_is_called_occupied(preset: Waveform) -> None:
    rng = np.random.default_rng(1)
    symbols = ((rng.integers(0, 2, (2, 20_000)) * 2 - 1) / np.sqrt(2)).T @ [1, 1j]
    frame = Frame(FrameHeader(1, 0, 1, len(symbols), 0, 1), symbols.astype(np.complex64))
    samples = phy.transmit(frame, preset)
    power = np.abs(np.fft.fft(samples)) ** 2
    frequency_hz = np.fft.fftfreq(len(samples), 1 / preset.rate_sps)
    within = np.abs(frequency_hz) <= occupied_hz(preset, preset.rate_sps) / 2
    assert power[within].sum() / power.sum() >= 0.99


@given(
    lo_hz=st.floats(70e6, 6e9),
    rate_sps=st.floats(0.5e6, 61.44e6),
    preset=st.sampled_from(list(PRESETS.values())),
    error_ppm=st.floats(-TOLERANCE_PPM, TOLERANCE_PPM),
    part=st.floats(-1, 1),
)
def test_a_band_that_holds_an_emission_holds_all_of_it(
    lo_hz: float, rate_sps: float, preset: Waveform, error_ppm: float, part: float
) -> None:
    found = emission(preset, rate_sps, lo_hz)
    carrier_hz = lo_hz * (1 + error_ppm * 1e-6) + part * preset.edge_carrier * rate_sps / preset.n_fft
    assert found.low_hz < carrier_hz < found.high_hz
    if BAND.holds(found):
        assert BAND.low_hz < carrier_hz < BAND.high_hz
    if not BAND.low_hz < carrier_hz < BAND.high_hz:
        assert not BAND.holds(found)


@given(low=st.floats(allow_nan=True), high=st.floats(allow_nan=True))
def test_holding_is_about_both_edges(low: float, high: float) -> None:
    inside = 2400e6 <= low <= 2483.5e6 and 2400e6 <= high <= 2483.5e6 and low <= high
    assert BAND.holds(Emission(low, high)) is inside


def test_edges_of_a_known_case() -> None:
    found = emission(waveform("pluto256"), 4e6, 2.45e9, 20.0)
    assert found.low_hz == pytest.approx(2.45e9 - 49e3 - 205 * 15625 / 2)
    assert found.high_hz == pytest.approx(2.45e9 + 49e3 + 205 * 15625 / 2)


@given(
    name=st.sampled_from(["low_hz", "high_hz", "least_attenuation_db", "duty_cycle", "duty_window_s",
                          "longest_burst_s"]),
    value=st.sampled_from([float("nan"), float("inf"), -float("inf"), -1.0]),
)  # fmt: skip
def test_figures_that_make_no_band(name: str, value: float) -> None:
    with pytest.raises(ConfigurationError, match="check that"):
        replace(BAND, **{name: value})


def test_templates() -> None:
    found = {template.name: template for template in templates()}
    assert {(band.low_hz / 1e6, band.high_hz / 1e6) for band in found.values()} == {
        (433.05, 434.79), (863, 870), (902, 928), (2400, 2483.5), (5725, 5875)}  # fmt: skip
    assert all(band.region and band.rule and band.note for band in found.values())

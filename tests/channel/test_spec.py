# SPDX-License-Identifier: MIT
"""Presets are those of the design; figures that no channel can have are refused."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest

from lrisc_sdr.channel import PRESETS, ChannelSpec, preset
from lrisc_sdr.errors import ConfigurationError


def test_presets_have_the_figures_of_the_table() -> None:
    assert list(PRESETS) == ["ideal", "awgn", "cable", "desk", "room", "limit"]
    cable, desk, room, limit = (preset(name) for name in ("cable", "desk", "room", "limit"))
    assert (cable.snr_db, cable.crystal_ppm, cable.image_dbc, cable.dc_dbc, cable.phase_noise_deg) == (
        40,
        8,
        -40,
        -45,
        0.3,
    )
    assert (desk.snr_db, desk.crystal_ppm, desk.n_taps, desk.image_dbc) == (25, 20, 3, -28)
    assert (room.snr_db, room.crystal_ppm, room.n_taps, room.drift_hz_per_s, room.drop_interval_s) == (10, 25, 6, 20, 2)
    assert limit == dataclasses.replace(desk, snr_db=0.0)
    assert preset("ideal") == ChannelSpec()
    assert dataclasses.replace(preset("ideal"), snr_db=10.0) == preset("awgn")


def test_offset_in_hertz_follows_from_the_crystal() -> None:
    assert preset("room").cfo_hz == pytest.approx(61_250.0)


def test_unknown_preset_names_the_nearest() -> None:
    with pytest.raises(ConfigurationError, match="did you mean desk"):
        preset("dask")


@pytest.mark.parametrize(
    "bad",
    [
        {"snr_db": math.nan},
        {"crystal_ppm": math.inf},
        {"crystal_ppm": 1e4},
        {"n_taps": -1},
        {"taps": (1.0, math.nan)},
        {"taps": (1.0,), "n_taps": 2},
        {"rice_db": math.nan},
        {"phase_noise_deg": -1.0},
        {"phase_noise_hz": 0.0},
        {"image_dbc": 3.0},
        {"bits": 0},
        {"interference_db": math.inf},
        {"interference_centre": 0.6},
        {"interference_centre": math.nan},
        {"interference_bandwidth": 0.0},
        {"interference_bandwidth": 1.0},
        {"doppler_hz": -1.0, "n_taps": 1},
        {"doppler_hz": math.nan, "n_taps": 1},
        {"doppler_hz": 1e5, "n_taps": 1},
        {"doppler_hz": 10.0},
        {"slip_interval_s": 0.0},
        {"slip_interval_s": math.nan},
        {"drop_interval_s": 0.0},
        {"drop_samples": 0},
        {"drift_hz_per_s": math.nan},
    ],
)
def test_impossible_figures_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="this is not a channel: check that"):
        ChannelSpec(**bad)


def test_mirror_image_and_clipping_count_as_noise() -> None:
    spec = ChannelSpec(snr_db=20.0, image_dbc=-20.0)
    assert spec.data_snr_db(1.0) == pytest.approx(10 * math.log10(50))
    assert spec.data_snr_db(0.5) == pytest.approx(-10 * math.log10(0.02 + 0.01))
    assert spec.data_snr_db(0.5, 0.005) == pytest.approx(-10 * math.log10(0.02 + 0.01 + 0.005))
    assert ChannelSpec(snr_db=7.0).data_snr_db(2.0) == pytest.approx(7 + 10 * math.log10(2))
    assert ChannelSpec(image_dbc=-20.0).data_snr_db(1.0) is None

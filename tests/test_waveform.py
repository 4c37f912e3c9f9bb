# SPDX-License-Identifier: MIT
"""The frozen waveform and its presets."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from lrisc_sdr import coding
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.waveform import DEFAULT, PRESETS, Waveform, waveform


@pytest.fixture(params=sorted(PRESETS))
def preset(request: pytest.FixtureRequest) -> Waveform:
    return PRESETS[request.param]


def test_carriers_are_disjoint_and_complete(preset: Waveform) -> None:
    pilots, data, nulls = (set(a.tolist()) for a in (preset.pilot_carriers, preset.data_carriers, preset.null_carriers))
    assert len(pilots) == preset.n_pilots
    assert len(data) == preset.n_data
    assert pilots | data == set(preset.used_carriers.tolist())
    assert not pilots & data
    assert not nulls & set(preset.used_carriers.tolist())
    assert 0 not in pilots | data | nulls
    assert pilots == {-k for k in pilots}
    assert max(abs(k) for k in nulls) < preset.n_fft // 2


def test_wifi64_is_occupied_like_80211() -> None:
    preset = PRESETS["wifi64"]
    assert (preset.n_data, preset.n_pilots, preset.n_used, preset.symbol_samples) == (48, 4, 52, 80)
    assert preset.rate_sps == 20e6


def test_default_is_for_pluto_rates() -> None:
    assert waveform(DEFAULT).rate_sps == 4e6


def test_arrays_are_read_only(preset: Waveform) -> None:
    for array in (preset.used_carriers, preset.pilot_carriers, preset.data_carriers, preset.preamble_carriers):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_waveform_is_frozen_and_hashable(preset: Waveform) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        preset.n_fft = 3  # type: ignore[misc]
    assert hash(preset) == hash(dataclasses.replace(preset))


def test_neighbours_in_the_stream_are_spread(preset: Waveform) -> None:
    assert np.abs(np.diff(preset.data_carriers)).min() > preset.n_data // 4


def test_frame_layout_counts_every_symbol(preset: Waveform) -> None:
    for n_symbols in (8, 800, 8192, coding.MAX_FRAME_SYMBOLS):
        rows = preset.payload_ofdm_symbols(n_symbols)
        assert 0 <= rows * preset.n_data - coding.HEADER_SYMBOLS - n_symbols < preset.n_data
        assert preset.frame_samples(n_symbols) == (preset.preamble_symbols + rows) * preset.symbol_samples
        assert preset.air_symbols(n_symbols) == preset.frame_samples(n_symbols)
    assert preset.header_ofdm_symbols == preset.payload_ofdm_symbols(0)


def test_noise_variance_refers_to_one_data_carrier(preset: Waveform) -> None:
    # The unitary transform keeps the noise's variance; a carrier's power is N/K.
    assert preset.carrier_amplitude**2 / preset.noise_var(10.0) == pytest.approx(10.0)
    assert preset.carrier_amplitude**2 / preset.noise_var(-3.0) == pytest.approx(10**-0.3)


def test_pilots_are_the_same_wherever_one_starts(preset: Waveform) -> None:
    whole = preset.pilots(0, 12_000)
    assert set(np.unique(whole).tolist()) == {-1.0, 1.0}
    np.testing.assert_array_equal(preset.pilots(11_000, 50), whole[11_000:11_050])
    # No symbol looks like one a few symbols away: mean product of neighbours' pilots is near zero.
    for shift in (1, 2, 3, 7):
        assert abs(float(np.mean(whole[shift:] * whole[:-shift]))) < 0.03


def test_mirror_images_cancel_over_the_pilots(preset: Waveform) -> None:
    pilots = preset.pilots(5, 20)
    np.testing.assert_array_equal((pilots * pilots[:, ::-1]).sum(axis=1), 0.0)


def test_preambles_of_the_presets_differ() -> None:
    first = [preset.preamble_carriers[:52] for preset in PRESETS.values()]
    for i, a in enumerate(first):
        for b in first[:i]:
            assert abs(np.vdot(a, b)) / 52 < 0.4


def test_covers_the_crystals(preset: Waveform) -> None:
    assert preset.max_cfo_hz >= 25e-6 * 2.45e9


@pytest.mark.parametrize(("asked", "nearest"), [("pluto265", "pluto256"), ("wifi", "wifi64"), ("wide", "wide1024")])
def test_unknown_name_names_the_nearest(asked: str, nearest: str) -> None:
    with pytest.raises(ConfigurationError, match=f"did you mean {nearest}"):
        waveform(asked)


@pytest.mark.parametrize(
    "change",
    [
        {"n_fft": 100}, {"cp_samples": 0}, {"cp_samples": 12}, {"edge_carrier": 128}, {"n_pilots": 3},
        {"preamble_signs": (1, 1, 1)}, {"preamble_signs": (1, 2, -1)}, {"rate_sps": 1e5},
        {"clip_db": 2.9}, {"clip_db": math.inf}, {"clip_db": math.nan},
    ],
)  # fmt: skip
def test_impossible_figures_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError, match="pluto256"):
        dataclasses.replace(PRESETS["pluto256"], **change)  # type: ignore[arg-type]


def test_distortion_falls_as_the_clip_level_rises(preset: Waveform) -> None:
    levels = [dataclasses.replace(preset, clip_db=clip_db).clip_distortion for clip_db in (4.0, 6.0, 8.0, None)]
    # About 20, 28 and 39 dB below the signal, and the share of the band that the used carriers have.
    assert 10 * np.log10(levels[:3]) == pytest.approx([-21.1, -28.6, -40.2], abs=0.2)
    assert levels[3] == 0.0
    assert dataclasses.replace(preset, clip_db=None).clip_ratio == math.inf

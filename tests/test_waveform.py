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


def test_wifi64_is_occupied_like_80211_but_for_two_more_pilots() -> None:
    preset = PRESETS["wifi64"]
    assert (preset.n_data, preset.n_pilots, preset.n_used, preset.symbol_samples) == (46, 6, 52, 80)
    assert preset.rate_sps == 20e6


def test_default_is_for_pluto_rates() -> None:
    assert waveform(DEFAULT).rate_sps == 4e6


def test_arrays_are_read_only(preset: Waveform) -> None:
    carriers = (preset.used_carriers, preset.pilot_carriers, preset.data_carriers, preset.null_carriers)
    for array in (*carriers, preset.data_columns, preset.pilot_columns, preset.preamble_carriers, preset.padding):
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
    products = (pilots * pilots[:, ::-1])[:, preset.n_pilots // 2 :]
    np.testing.assert_array_equal(products[:, 1:], -products[:, :-1])
    np.testing.assert_array_equal(products[1:], -products[:-1])
    # Over two symbols nothing is left of an odd number of products either.
    np.testing.assert_array_equal((products[1:] + products[:-1]).sum(axis=1), 0.0)


@pytest.mark.parametrize(("name", "most"), [("wifi64", 0.56), ("pluto256", 0.44), ("wide1024", 0.34)])
def test_pilots_tell_every_delay_from_every_other(name: str, most: float) -> None:
    preset = PRESETS[name]
    # Those for which a receiver that lost or gained samples within a frame looks.
    delays = np.arange(1, preset.cp_samples // 2 + 1)
    sums = np.abs(np.exp(2j * np.pi / preset.n_fft * np.outer(delays, preset.pilot_carriers)).mean(axis=1))
    assert sums.max() <= most + 0.005


def test_pilots_are_where_they_are_asked_for() -> None:
    preset = dataclasses.replace(PRESETS["pluto256"], pilots_above=(1, 50, 102))
    assert preset.pilot_carriers.tolist() == [-102, -50, -1, 1, 50, 102]
    assert (preset.n_pilots, preset.n_data) == (6, 198)
    assert preset.pilots(0, 3).shape == (3, 6)


def test_padding_has_unit_power_and_does_not_repeat(preset: Waveform) -> None:
    padding = preset.padding
    assert padding.shape == (preset.n_data,)
    np.testing.assert_allclose(np.abs(padding), 1.0, rtol=1e-6)
    correlation = [abs(np.vdot(padding[shift:], padding[:-shift])) for shift in range(1, preset.n_data - 8)]
    assert max(correlation) < 6 * np.sqrt(preset.n_data)
    # Peaks of the samples are those of any data.
    assert abs(padding.mean()) < 4 / np.sqrt(preset.n_data)


def test_clipping_is_at_9_db_unless_asked_otherwise(preset: Waveform) -> None:
    assert preset.clip_db == 9.0
    assert preset.clip_ratio == pytest.approx(2.8184, rel=1e-4)


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
        {"n_fft": 100}, {"cp_samples": 0}, {"cp_samples": 12}, {"edge_carrier": 128},
        {"pilots_above": ()}, {"pilots_above": (0, 5)}, {"pilots_above": (5, 5)}, {"pilots_above": (9, 5)},
        {"pilots_above": (7, 103)}, {"preamble_signs": (1, -1)},
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

# SPDX-License-Identifier: MIT
"""The waveform as the inner loops have it, against the waveform."""

from __future__ import annotations

import numpy as np

from lrisc_sdr.phy.layout import layout
from lrisc_sdr.waveform import Waveform


def test_bins_are_those_of_the_carriers(preset: Waveform) -> None:
    places = layout(preset)
    frequencies = np.rint(np.fft.fftfreq(preset.n_fft) * preset.n_fft).astype(int)
    for bins, carriers in (
        (places.used, preset.used_carriers),
        (places.pilots, preset.pilot_carriers),
        (places.nulls, preset.null_carriers),
        (places.used[places.data_columns], preset.data_carriers),
        (places.used[places.pilot_columns], preset.pilot_carriers),
    ):
        np.testing.assert_array_equal(frequencies[bins], carriers)
        assert bins.dtype == np.uint32


def test_slopes_are_the_phases_of_one_sample_of_delay(preset: Waveform) -> None:
    late = np.fft.fft(np.roll(np.eye(1, preset.n_fft)[0], 1))
    places = layout(preset)
    np.testing.assert_allclose(np.exp(1j * places.slope), late[places.used], atol=1e-9)
    np.testing.assert_allclose(np.exp(1j * places.pilot_slope), late[places.pilots], atol=1e-9)


def test_pilots_below_zero_mirror_those_above(preset: Waveform) -> None:
    places = layout(preset)
    half = len(places.pilots_above)
    np.testing.assert_array_equal(places.pilots[half:], places.pilots_above)
    np.testing.assert_array_equal(places.pilots[half - 1 :: -1], preset.n_fft - places.pilots_above)


def test_the_preamble_and_the_constants_are_the_waveforms(preset: Waveform) -> None:
    places = layout(preset)
    np.testing.assert_array_equal(places.preamble, preset.preamble_carriers)
    np.testing.assert_array_equal(places.signs, preset.preamble_signs)
    assert (places.white == 1.0).all()
    assert len(places.white) == preset.n_used
    assert (places.n_fft, places.symbol_samples) == (preset.n_fft, preset.symbol_samples)
    assert places.clipped == preset.clip_distortion > 0.0

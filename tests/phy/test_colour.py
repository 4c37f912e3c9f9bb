# SPDX-License-Identifier: MIT
"""Noise that is not white, told from noise that is."""

from __future__ import annotations

import numpy as np
import pytest

from lrisc_sdr.phy.colour import noise_profile, stands_out
from lrisc_sdr.waveform import Waveform


def roughnesses(rng: np.random.Generator, preset: Waveform, count: int, profile: np.ndarray | float) -> np.ndarray:
    """Σ_j |deviation|² of `count` preambles in noise of variance 0.7 times the profile, f64 `[count, n_used]`."""
    return np.asarray(0.7 * profile * rng.gamma(preset.preamble_symbols - 1, size=(count, preset.n_used)))


def interferer(preset: Waveform, share: float, place: float, times: float) -> tuple[slice, np.ndarray]:
    """Which used carriers are hit, and the noise of all relative to quiet ones."""
    width, first = round(share * preset.n_used), round(place * preset.n_used)
    profile = np.ones(preset.n_used)
    profile[first : first + width] = times
    return slice(first, first + width), profile


def test_in_white_noise_nothing_stands_out(preset: Waveform, rng: np.random.Generator) -> None:
    degrees = preset.preamble_symbols - 1
    found = [stands_out(roughness, degrees) for roughness in roughnesses(rng, preset, 10_000, 1.0)]
    assert np.mean([loud.any() for loud, _ in found]) < 1e-3
    assert np.mean([quiet for _, quiet in found]) == pytest.approx(0.7, rel=0.02)


def test_silence_does_not_stand_out(preset: Waveform) -> None:
    loud, quiet = stands_out(np.zeros(preset.n_used), preset.preamble_symbols - 1)
    assert not loud.any()
    assert quiet == 0.0


@pytest.mark.parametrize("place", [0.0, 0.3, 0.75])
def test_an_interferer_10_db_above_the_noise_is_found_and_measured(
    preset: Waveform, rng: np.random.Generator, place: float
) -> None:
    degrees = preset.preamble_symbols - 1
    hit, true = interferer(preset, 0.05, place, 10.0)
    given = roughnesses(rng, preset, 400, true)
    assert np.mean([stands_out(roughness, degrees)[0][hit].any() for roughness in given]) > 0.95
    profile = np.array([noise_profile(roughness, degrees) for roughness in given])
    found = profile.mean(axis=0) / true
    assert ((found[hit] > 0.5) & (found[hit] < 2.0)).all()
    # Single ones err as an average over three carriers does.
    assert np.mean((profile[:, hit] > 2.0) & (profile[:, hit] < 40.0)) > 0.97
    far = np.ones(preset.n_used, dtype=bool)
    far[max(hit.start - 10, 0) : hit.stop + 10] = False
    assert np.abs(found[far] - 1.0).max() < 0.15


@pytest.mark.parametrize("times", [100.0, 1e6])
def test_a_tone_on_one_carrier_is_found_there(preset: Waveform, rng: np.random.Generator, times: float) -> None:
    degrees = preset.preamble_symbols - 1
    tone = preset.n_used // 3
    true = np.ones(preset.n_used)
    true[tone] = times
    given = roughnesses(rng, preset, 200, true)
    # The tone's own power scatters too.
    assert np.mean([stands_out(roughness, degrees)[0][tone] for roughness in given]) > 0.9
    profile = np.mean([noise_profile(roughness, degrees) for roughness in given], axis=0)
    assert profile[tone] > times / 6
    # What lies ten carriers away is out of its reach.
    assert np.abs(np.delete(profile, np.arange(tone - 9, tone + 10)) - 1.0).max() < 0.3

# SPDX-License-Identifier: MIT
"""The preamble's symbol and its spectra."""

from __future__ import annotations

import numpy as np

from lrisc_sdr.phy.modulation import modulate
from lrisc_sdr.phy.preamble import reference, sign_products
from lrisc_sdr.waveform import Waveform


def symbol(preset: Waveform) -> np.ndarray:
    return modulate(preset.preamble_carriers[None], preset)[preset.cp_samples :]


def test_power_is_one_and_peaks_are_low(preset: Waveform) -> None:
    power = np.abs(symbol(preset)) ** 2
    np.testing.assert_allclose(power.mean(), 1.0, rtol=1e-5)
    assert 10 * np.log10(power.max()) < 6.3
    np.testing.assert_allclose(reference(preset).energy, power.sum(), rtol=1e-5)


def test_a_mirror_image_is_an_echo_half_a_symbol_late(preset: Waveform) -> None:
    x = symbol(preset)
    np.testing.assert_allclose(np.roll(x, -preset.n_fft // 2), np.conj(x), atol=1e-5)


def test_signs_balance_and_turns_cover_the_offsets(preset: Waveform) -> None:
    assert sign_products(preset).sum() == 0
    turns = reference(preset).turns
    assert turns[0] == -turns[-1]
    assert (turns[-1] + 0.5) * preset.rate_sps / preset.symbol_samples >= preset.max_cfo_hz


def test_only_the_right_turn_and_lag_explain_the_symbol(preset: Waveform) -> None:
    known, n = reference(preset), preset.n_fft
    for row in (0, len(known.turns) - 1):
        turned = symbol(preset) * np.exp(2j * np.pi * known.turns[row] / preset.symbol_samples * np.arange(n))
        late = np.concatenate((np.zeros(n // 4), turned, np.zeros(n - n // 4)))
        explained = np.abs(np.fft.ifft(np.fft.fft(late) * known.spectra, axis=1))
        assert np.unravel_index(explained.argmax(), explained.shape) == (row, n // 4)
        np.testing.assert_allclose(explained.max(), known.energy, rtol=1e-4)

# SPDX-License-Identifier: GPL-3.0-or-later
"""LRISC Channel: a simulated radio channel between transmitter and receiver."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lrisc_sdr import channel
from lrisc_sdr.blocks.guard import Report
from lrisc_sdr.blocks.stage import Stage
from lrisc_sdr.types import ComplexArray
from lrisc_sdr.waveform import waveform as waveform_named


class Channel(Stage):
    """`lrisc_sdr.channel.Channel` on a stream. What a clock offset withholds at the very end is lost: up to 12
    samples and the echoes, of the silence that ends a transmission.

    Args:
        preset: name of a channel preset.
        snr_db: Es/N0 per data carrier where the channel's gain is 1 `[dB]`; None for the preset's own.
        seed: of all randomness.
        waveform: name of the waveform preset that gives the sampling rate and what the SNR refers to.

    Raises:
        ConfigurationError: there is no such channel or waveform, or the SNR is none.
    """

    def __init__(
        self, preset: str = "awgn", snr_db: float | None = None, seed: int = 0, waveform: str = "pluto256"
    ) -> None:
        super().__init__("LRISC Channel")
        self._waveform = waveform_named(waveform)
        spec = channel.preset(preset)
        if snr_db is not None:
            spec = replace(spec, snr_db=snr_db)
        self._channel = channel.Channel(spec, self._waveform.rate_sps, self._waveform.noise_var, seed)

    def transform(self, items: ComplexArray, first: int) -> ComplexArray:
        return self._channel.process(items)

    def report(self) -> Report:
        spec = self._channel.spec
        response = self._channel.response(self._waveform.n_fft)[self._waveform.used_carriers]
        snr_db = spec.data_snr_db(float(np.mean(np.abs(response) ** 2)), self._waveform.clip_distortion)
        return {"snr_db_true": snr_db, "cfo_hz_true": spec.cfo_hz}

# SPDX-License-Identifier: MIT
"""What a simulated channel does to a signal: one frozen set of figures, and the presets."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from lrisc_sdr.errors import ConfigurationError

CARRIER_HZ = 2.45e9
"""The carrier that turns a crystal's parts per million into hertz."""


@dataclass(frozen=True)
class ChannelSpec:
    """Impairments of transmitter, medium and receiver; the defaults do nothing.

    Levels in dB are relative to the mean power of a burst, which is 1.

    Attributes:
        snr_db: Es/N0 per data carrier where the channel's gain is 1 `[dB]`; None is no noise.
        crystal_ppm: how much faster the transmitter's crystal runs than the receiver's `[parts per million]`. It
            shifts the received carrier up by crystal_ppm · 1e-6 · `CARRIER_HZ` and shortens the received signal by
            the same ratio.
        drift_hz_per_s: change of that carrier offset, and of the clock with it `[Hz/s]`.
        taps: the impulse response, one tap a sample; none is that of a wire, 1.
        n_taps: where no taps are given, how many to draw at random, one a sample.
        tap_decay_db: by how much the mean power of each tap lies below that of the tap before it `[dB]`.
        rice_db: power of the direct path over the scattered part of the first tap `[dB]`; −inf has no direct path.
        doppler_hz: how fast the taps fade: the largest Doppler shift of the scattered waves `[Hz]`; 0 keeps them as
            they are. The mean power of each is that of the profile, or of the tap that is given; the direct path,
            with `rice_db` inf all of the first tap, stays as it is.
        phase_noise_deg: rms phase of the receiver's oscillator in its lock `[degrees]`.
        phase_noise_hz: bandwidth of that lock `[Hz]`.
        image_dbc: power of the mirror image, half of it made in the transmitter, half in the receiver `[dBc]`.
        dc_dbc: power of the carrier leak, half of it made in the transmitter, half in the receiver `[dBc]`.
        clip_db: the power amplifier clips the magnitude at this level over the mean power `[dB]`.
        bits: resolution of both converters, per real dimension.
        full_scale_db: a converter's full scale, per real dimension, over the mean power `[dB]`.
        interference_db: power spectral density of a band-limited Gaussian interferer in its band, over that of a signal
            received with gain 1 in its used carriers `[dB]`; None has no interferer.
        interference_centre: the middle of the interferer's band, from the receiver's `[cycles/sample]`.
        interference_bandwidth: the width of the interferer's band `[cycles/sample]`.
        drop_interval_s: mean time between two dropped buffers `[s]`; None drops nothing.
        drop_samples: length of a dropped buffer `[samples]`.
        slip_interval_s: mean time between two single samples that the receiver's converter loses or repeats, either as
            often `[s]`; None loses none.

    Raises:
        ConfigurationError: a figure that no channel can have.
    """

    snr_db: float | None = None
    crystal_ppm: float = 0.0
    drift_hz_per_s: float = 0.0
    taps: tuple[complex, ...] = ()
    n_taps: int = 0
    tap_decay_db: float = 6.0
    rice_db: float = math.inf
    doppler_hz: float = 0.0
    phase_noise_deg: float = 0.0
    phase_noise_hz: float = 10e3
    image_dbc: float | None = None
    dc_dbc: float | None = None
    clip_db: float | None = None
    bits: int | None = None
    full_scale_db: float = 12.0
    interference_db: float | None = None
    interference_centre: float = 0.1
    interference_bandwidth: float = 0.04
    drop_interval_s: float | None = None
    drop_samples: int = 8192
    slip_interval_s: float | None = None

    def __post_init__(self) -> None:
        levels = (self.snr_db, self.image_dbc, self.dc_dbc, self.clip_db, self.crystal_ppm, self.drift_hz_per_s)
        figures = (*levels, self.tap_decay_db, self.full_scale_db, self.interference_db)
        for right, what in (
            (all(figure is None or math.isfinite(figure) for figure in figures), "every figure is finite"),
            (abs(self.crystal_ppm) <= 1000.0, "crystal_ppm lies within ±1000"),
            (0 <= self.n_taps <= 256 and len(self.taps) <= 256, "there are at most 256 taps"),
            (not (self.taps and self.n_taps), "taps are given or drawn (n_taps), not both"),
            (bool(np.all(np.isfinite(self.taps))), "all taps are numbers"),
            (not math.isnan(self.rice_db), "rice_db is a number"),
            (0.0 <= self.doppler_hz <= 10e3, "doppler_hz lies from 0 to 10,000"),
            (not self.doppler_hz or self.taps or self.n_taps, "there are taps to fade"),
            (0.0 <= self.phase_noise_deg < 360.0, "phase_noise_deg lies from 0 to 360"),
            (self.phase_noise_hz > 0.0, "phase_noise_hz is positive"),
            (self.image_dbc is None or self.image_dbc < 0.0, "image_dbc is negative"),
            (self.bits is None or 1 <= self.bits <= 24, "bits lies from 1 to 24"),
            (abs(self.interference_centre) <= 0.5, "interference_centre lies from -0.5 to 0.5"),
            (1e-4 <= self.interference_bandwidth <= 0.9, "interference_bandwidth lies from 0.0001 to 0.9"),
            (self.drop_interval_s is None or self.drop_interval_s > 0.0, "drop_interval_s is positive"),
            (self.drop_samples > 0, "drop_samples is positive"),
            (self.slip_interval_s is None or self.slip_interval_s > 0.0, "slip_interval_s is positive"),
        ):
            if not right:
                raise ConfigurationError(f"this is not a channel: check that {what}")

    @property
    def cfo_hz(self) -> float:
        """Carrier frequency offset at the first sample `[Hz]`."""
        return self.crystal_ppm * 1e-6 * CARRIER_HZ

    def data_snr_db(self, gain: float, distortion: float = 0.0) -> float | None:
        """Es over thermal noise, mirror image and distortion per data carrier `[dB]`; None without noise.

            1/ρ = N0 / (gain · Es) + image + distortion

        The image of data is noise to a receiver that does not cancel it, and so is what clipping makes. Phase noise is
        not counted, since the pilots take most of it out, nor is an interferer, which other carriers do not see.

        Args:
            gain: mean |H|² of the channel over the data carriers.
            distortion: power that the transmitter adds to a symbol of unit power (`Waveform.clip_distortion`).
        """
        if self.snr_db is None:
            return None
        image = 0.0 if self.image_dbc is None else 10.0 ** (self.image_dbc / 10.0)
        return -10.0 * math.log10(10.0 ** (-self.snr_db / 10.0) / gain + image + distortion)


_DESK = ChannelSpec(snr_db=25.0, crystal_ppm=20.0, n_taps=3, tap_decay_db=6.0, rice_db=10.0, image_dbc=-28.0)

PRESETS: Mapping[str, ChannelSpec] = MappingProxyType(
    {
        "ideal": ChannelSpec(),
        "awgn": ChannelSpec(snr_db=10.0),
        "cable": ChannelSpec(snr_db=40.0, crystal_ppm=8.0, image_dbc=-40.0, dc_dbc=-45.0, phase_noise_deg=0.3),
        "desk": _DESK,
        "room": ChannelSpec(
            snr_db=10.0,
            crystal_ppm=25.0,
            drift_hz_per_s=20.0,
            n_taps=6,
            tap_decay_db=3.0,
            rice_db=3.0,
            drop_interval_s=2.0,
        ),
        "limit": replace(_DESK, snr_db=0.0),
    }
)


def preset(name: str) -> ChannelSpec:
    """Return the preset called `name`; `dataclasses.replace` gives it another SNR.

    Raises:
        ConfigurationError: there is none; the message names the nearest.
    """
    if name in PRESETS:
        return PRESETS[name]
    nearest = difflib.get_close_matches(name, PRESETS, n=1, cutoff=0.3)
    hint = f"did you mean {nearest[0]}? " if nearest else ""
    raise ConfigurationError(f"no channel is called {name!r}: {hint}there are {', '.join(PRESETS)}")

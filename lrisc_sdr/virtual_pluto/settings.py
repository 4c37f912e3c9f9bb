# SPDX-License-Identifier: MIT
"""What stands between the antennas of virtual radios, and in them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from lrisc_sdr.channel import ChannelSpec, preset
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.virtual_pluto.front_end import FrontEnd
from lrisc_sdr.waveform import DEFAULT as DEFAULT_WAVEFORM
from lrisc_sdr.waveform import waveform


def _default_noise_var(snr_db: float) -> float:
    return waveform(DEFAULT_WAVEFORM).noise_var(snr_db)


@dataclass(frozen=True)
class VirtualSettings:
    """The figures of virtual radios and of the air between them.

    A signal whose mean power lies `channel.full_scale_db` below a converter's full scale (per real dimension), sent
    with `reference_attenuation_db` over a path of gain 1, is received at the same level with `reference_gain_db`, and
    with the channel's SNR. From there each decibel of attenuation and of gain changes level and, for the attenuation,
    SNR by one decibel, until 12 bits are too few below and too low above.

    Attributes:
        channel: impairments of every path and radio; crystal_ppm is how much faster the first radio's crystal runs than
            the second's, and drift_hz_per_s how that changes; clip_db, over the same mean power, is the level at which
            the power amplifier clips, after the attenuator; bits is 12 whatever it says.
        n_radios: one, which hears itself, or two, which hear each other.
        seed: of all randomness.
        crystal_ppm: the crystals' errors, one a radio `[parts per million]`; none takes the channel's.
        front_ends: imperfections of the radios' own, one a radio; none takes the channel's.
        crosstalk_db: by how much louder (positive) one of two radios hears itself than the other `[dB]`; None: not.
        reference_attenuation_db: of the transmitter `[dB]`.
        reference_gain_db: of the receiver `[dB]`.
        delay_s: from a transmitter's converter to a receiver's `[s]`.
        longest_drop: how many buffers in a row are lost at most where the channel drops any; each number as often.
        stale_buffers: how many buffers an opened receiver begins with that are left from before.
        paced: samples take the time that their rate says; otherwise as long as their readers need.
        patience_s: how long the time of the air waits for a client that is late, where it is not paced `[s]`.
        noise_var: variance per sample of the noise for an SNR in dB, over the signal's mean power; by default the one
            of the default waveform (`Waveform.noise_var`).

    Raises:
        ConfigurationError: figures that no radios have.
    """

    channel: ChannelSpec = field(default_factory=lambda: preset("desk"))
    n_radios: int = 1
    seed: int = 0
    crystal_ppm: tuple[float, ...] = ()
    front_ends: tuple[FrontEnd, ...] = ()
    crosstalk_db: float | None = None
    reference_attenuation_db: float = 10.0
    reference_gain_db: float = 40.0
    delay_s: float = 0.0
    longest_drop: int = 1
    stale_buffers: int = 2
    paced: bool = False
    patience_s: float = 0.05
    noise_var: Callable[[float], float] = _default_noise_var

    def __post_init__(self) -> None:
        crosstalk = 0.0 if self.crosstalk_db is None else self.crosstalk_db
        figures = (*self.crystal_ppm, crosstalk, self.reference_attenuation_db, self.reference_gain_db)
        for right, what in (
            (self.n_radios in (1, 2), "there are one or two radios"),
            (len(self.crystal_ppm) in (0, self.n_radios), "there is one crystal error for each radio"),
            (len(self.front_ends) in (0, self.n_radios), "there is one front end for each radio"),
            (all(math.isfinite(figure) for figure in figures), "every figure is finite"),
            (all(abs(ppm) <= 1000.0 for ppm in self.crystal_ppm), "crystal errors lie within ±1000 ppm"),
            (0.0 <= self.delay_s <= 1e-3, "the delay lies from 0 to 1 ms"),
            (1 <= self.longest_drop <= 64, "1 to 64 buffers are lost in a row"),
            (0 <= self.stale_buffers <= 64, "there are 0 to 64 stale buffers"),
            (0.0 < self.patience_s <= 10.0, "patience_s lies above 0 and at most at 10"),
        ):
            if not right:
                raise ConfigurationError(f"these are not virtual radios: check that {what}")

    def front_end(self, radio: int) -> FrontEnd:
        """The imperfections of a radio's own."""
        return self.front_ends[radio] if self.front_ends else FrontEnd()

    def ppm(self, radio: int) -> float:
        """The error of a radio's crystal `[parts per million]`."""
        if self.crystal_ppm:
            return self.crystal_ppm[radio]
        return self.channel.crystal_ppm if radio == 0 else 0.0

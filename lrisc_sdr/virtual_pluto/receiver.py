# SPDX-License-Identifier: MIT
"""A receiver from its antenna to the 12 bits of its converter.

phase noise ─► interferer ─► thermal noise ─► gain ─► image ─► carrier leak ─► converter
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from lrisc_sdr.channel import ChannelSpec
from lrisc_sdr.channel.carrier import turn
from lrisc_sdr.channel.interference import interference, start_state
from lrisc_sdr.channel.phase_noise import phase_noise, start_phase
from lrisc_sdr.types import ComplexArray
from lrisc_sdr.virtual_pluto import kernels
from lrisc_sdr.virtual_pluto.front_end import FrontEnd, amplitude
from lrisc_sdr.virtual_pluto.noise import white_noise
from lrisc_sdr.virtual_pluto.words import Codes


class Receiver:
    """A receiver's imperfections; every one has its own generator and draws sample by sample, in order.

    Args:
        spec: the imperfections.
        full_scale: a converter's full scale over the root mean square that the spec's levels refer to.
        noise_var: variance per sample of the noise for an SNR in dB, over the mean power of the signal.
        seed: of all of it.
        own: imperfections that take the place of the channel's.

    Attributes:
        image_gain: g of y = x + g x*.
        dc_level: the carrier leak over full scale.
        noise_power: E|n|² of the thermal noise over full scale, at the reference gain.
        converter_noise_power: E|v|² of the converter's own noise over full scale, at any gain.
    """

    def __init__(
        self,
        spec: ChannelSpec,
        full_scale: float,
        noise_var: Callable[[float], float],
        seed: np.random.SeedSequence,
        own: FrontEnd | None = None,
    ) -> None:
        own = own or FrontEnd()
        fixed_seed, noise_seed, *other_seeds = seed.spawn(4)
        fixed = np.random.default_rng(fixed_seed)
        self._noise_key = int(noise_seed.generate_state(1, np.uint64)[0]) >> 1
        self._phase_rng, self._interference_rng = map(np.random.default_rng, other_seeds)
        phasors = np.exp(2j * np.pi * fixed.random(2)) * np.sqrt(0.5)
        self._spec = spec
        self.image_gain = complex(phasors[0]) * amplitude(spec.image_dbc)
        self.dc_level = complex(phasors[1]) * amplitude(spec.dc_dbc) / full_scale
        self.noise_power = 0.0 if spec.snr_db is None else noise_var(spec.snr_db) / full_scale**2
        self.converter_noise_power = amplitude(own.converter_noise_dbfs) ** 2
        if own.rx_imbalance is not None:
            self.image_gain = own.rx_imbalance.image_gain
        if own.rx_dc is not None:
            self.dc_level = complex(own.rx_dc)
        if own.noise_dbfs is not None:
            self.noise_power = amplitude(own.noise_dbfs) ** 2
        self._phase_rad = start_phase(spec.phase_noise_deg, self._phase_rng)
        self._density = 0.0 if spec.interference_db is None else noise_var(-spec.interference_db) / full_scale**2
        self._interferer = start_state(spec.interference_bandwidth, self._interference_rng) if self._density else None
        self._taken = 0

    def take(self, arriving: ComplexArray, rate_sps: float, gain: float, codes: Codes) -> float:
        """Write what the converter makes of c64 `[n]` as i16 `[2 n]`; `gain` is the amplitude over the reference gain.

        Returns the energy before the converter's steps and limits, Σ |y|² over full scale.
        """
        spec = self._spec
        samples = arriving
        if spec.phase_noise_deg:
            phase, self._phase_rad = phase_noise(
                samples.size, spec.phase_noise_deg, spec.phase_noise_hz, rate_sps, self._phase_rng, self._phase_rad
            )
            samples = turn(samples, phase)
        noise_power = self.noise_power * gain**2 + self.converter_noise_power
        noise, deviation = samples, 0.0
        if noise_power:
            noise = np.empty(samples.size, dtype=np.complex64)
            white_noise(self._noise_key, self._taken, noise)
            deviation = math.sqrt(noise_power / 2.0)
        if self._interferer is not None:
            others, self._interferer = interference(
                self._taken,
                samples.size,
                spec.interference_centre,
                spec.interference_bandwidth,
                self._density,
                self._interference_rng,
                self._interferer,
            )
            samples = samples + others
        self._taken += samples.size
        return kernels.convert(samples, gain, noise, deviation, self.image_gain, self.dc_level, codes)


def automatic_gain_db(power: float, gain_db: float, target_dbfs: float) -> float:
    """Return the gain, in whole dB, that brings a mean power over full scale, got with `gain_db`, to a target."""
    if power == 0.0:
        return 73.0
    return float(min(max(round(gain_db + target_dbfs - 10.0 * math.log10(power)), 0), 73))

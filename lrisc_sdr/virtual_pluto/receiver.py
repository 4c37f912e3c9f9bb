# SPDX-License-Identifier: MIT
"""A receiver from its antenna to the 12 bits of its converter.

phase noise ─► thermal noise ─► interferer ─► gain ─► image ─► carrier leak ─► converter
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lrisc_sdr.channel import ChannelSpec
from lrisc_sdr.channel.carrier import turn
from lrisc_sdr.channel.frontend import add_dc, add_image
from lrisc_sdr.channel.interference import interference, start_state
from lrisc_sdr.channel.noise import add_noise
from lrisc_sdr.channel.phase_noise import phase_noise, start_phase
from lrisc_sdr.types import ComplexArray
from lrisc_sdr.virtual_pluto.front_end import FrontEnd
from lrisc_sdr.virtual_pluto.path import amplitude

Codes = NDArray[np.int16]
"""I and Q by turns, i16 `[2 n]`."""

RX_FULL_SCALE = 2048
"""One over the value of a step of the receiver's 12 bits."""
TX_FULL_SCALE = 32768
"""The same of a transmitter's word, of which the converter takes the upper 12 bits."""


def to_codes(samples: ComplexArray) -> Codes:
    """Return c64 `[n]`, full scale 1, as the receiver's converter gives it: 12 bits in words of 16."""
    levels = np.ascontiguousarray(samples).view(np.float32) * np.float32(RX_FULL_SCALE)
    np.rint(levels, out=levels)
    np.clip(levels, -RX_FULL_SCALE, RX_FULL_SCALE - 1, out=levels)
    return levels.astype(np.int16)


def from_codes(codes: Codes) -> ComplexArray:
    """Return the transmitter's words as its converter makes them, c64 `[n]`, full scale 1, in steps of 12 bits."""
    levels = codes.astype(np.float32)
    levels *= np.float32(1.0 / 16.0)
    np.rint(levels, out=levels)
    np.minimum(levels, 2047.0, out=levels)
    levels *= np.float32(1.0 / 2048.0)
    samples: ComplexArray = levels.view(np.complex64)
    return samples


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
        fixed, self._noise_rng, self._phase_rng, self._interference_rng = map(np.random.default_rng, seed.spawn(4))
        phasors = np.exp(2j * np.pi * fixed.random(2)) * np.sqrt(0.5)
        self._spec = spec
        self.image_gain = complex(phasors[0]) * amplitude(spec.image_dbc)
        self.dc_level = complex(phasors[1]) * amplitude(spec.dc_dbc) / full_scale
        self.noise_power = 0.0 if spec.snr_db is None else noise_var(spec.snr_db) / full_scale**2
        self.converter_noise_power = amplitude(own.converter_noise_dbfs) ** 2
        if own.rx_imbalance is not None:
            self.image_gain = own.rx_imbalance.image_gain
        if own.rx_dc is not None:
            self.dc_level = own.rx_dc
        if own.noise_dbfs is not None:
            self.noise_power = amplitude(own.noise_dbfs) ** 2
        self._phase_rad = start_phase(spec.phase_noise_deg, self._phase_rng)
        self._density = 0.0 if spec.interference_db is None else noise_var(-spec.interference_db) / full_scale**2
        self._interferer = start_state(spec.interference_bandwidth, self._interference_rng) if self._density else None
        self._taken = 0

    def take(self, arriving: ComplexArray, rate_sps: float, gain: float) -> ComplexArray:
        """Return c64 `[n]` before the converter's steps and limits; `gain` is the amplitude over the reference gain."""
        spec = self._spec
        samples: ComplexArray = arriving if gain == 1.0 else arriving * np.float32(gain)
        if spec.phase_noise_deg:
            phase, self._phase_rad = phase_noise(
                samples.size, spec.phase_noise_deg, spec.phase_noise_hz, rate_sps, self._phase_rng, self._phase_rad
            )
            samples = turn(samples, phase)
        noise_power = self.noise_power * gain**2 + self.converter_noise_power
        if noise_power:
            samples = add_noise(samples, noise_power, self._noise_rng)
        if self._interferer is not None:
            others, self._interferer = interference(
                self._taken,
                samples.size,
                spec.interference_centre,
                spec.interference_bandwidth,
                self._density * gain**2,
                self._interference_rng,
                self._interferer,
            )
            samples = samples + others
        self._taken += samples.size
        if self.image_gain:
            samples = add_image(samples, self.image_gain)
        return add_dc(samples, self.dc_level) if self.dc_level else samples


def automatic_gain_db(samples: ComplexArray, gain_db: float, target_dbfs: float) -> float:
    """Return the gain, in whole dB, that brings c64 `[n]`, taken with `gain_db`, to a mean power `[dBFS]`."""
    power = float(np.vdot(samples, samples).real) / max(samples.size, 1)
    if power == 0.0:
        return 73.0
    return float(min(max(round(gain_db + target_dbfs - 10.0 * math.log10(power)), 0), 73))

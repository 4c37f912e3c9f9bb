# SPDX-License-Identifier: MIT
"""The way from one transmitter's converter to one receiver's antenna.

converter ─► image ─► carrier leak ─► attenuator ─► power amplifier ─► multipath ─► other clock and carrier
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lrisc_sdr.channel import CARRIER_HZ, ChannelSpec
from lrisc_sdr.channel.carrier import rotate
from lrisc_sdr.channel.clock import LOOK_AHEAD, LOOK_BACK, interpolate
from lrisc_sdr.channel.fading import Waves, draw_waves, fade, knot_samples, taps_at
from lrisc_sdr.channel.frontend import add_dc, add_image
from lrisc_sdr.channel.multipath import convolve, draw_taps, power_profile
from lrisc_sdr.types import ComplexArray
from lrisc_sdr.virtual_pluto.front_end import FrontEnd, amplify
from lrisc_sdr.virtual_pluto.playout import Emission

__all__ = ["CARRIER_HZ", "LOOK_AHEAD", "Path", "Sent", "Transmitter"]


@dataclass(frozen=True)
class Sent:
    """Samples of a transmitter's converter, from number `first` on; c64 `[count]` or None for silence."""

    first: int
    count: int
    samples: ComplexArray | None
    emissions: list[tuple[slice, Emission]]


class Transmitter:
    """A transmitter behind its converter: stateless, so that every receiver may ask for the samples that it needs.

    Args:
        spec: image, carrier leak and clipping.
        full_scale: a converter's full scale over the root mean square that the spec's levels refer to.
        rng: draws the phases of image and leak.
        own: imperfections that take the place of the channel's.

    Attributes:
        image_gain: g of y = x + g x*.
        dc_level: the carrier leak, over full scale, before the attenuator.
        saturation: the amplitude that the power amplifier never passes, over full scale; None: it has no limit.
        smoothness: p of `amplify`.
    """

    def __init__(
        self, spec: ChannelSpec, full_scale: float, rng: np.random.Generator, own: FrontEnd | None = None
    ) -> None:
        own = own or FrontEnd()
        phasors = np.exp(2j * np.pi * rng.random(2)) * np.sqrt(0.5)
        self.image_gain = complex(phasors[0]) * amplitude(spec.image_dbc)
        self.dc_level = complex(phasors[1]) * amplitude(spec.dc_dbc) / full_scale
        self.saturation = None if spec.clip_db is None else amplitude(spec.clip_db) / full_scale
        self.smoothness = math.inf
        if own.tx_imbalance is not None:
            self.image_gain = own.tx_imbalance.image_gain
        if own.tx_dc is not None:
            self.dc_level = own.tx_dc
        if own.saturation is not None:
            self.saturation, self.smoothness = own.saturation, own.smoothness

    def radiate(self, sent: Sent) -> ComplexArray | None:
        """Return what leaves the antenna, c64 `[count]`, or None; full scale at the reference attenuation is 1."""
        on = any(emission.amplitude for _, emission in sent.emissions)
        if not on or (sent.samples is None and not self.dc_level):
            return None
        samples = np.zeros(sent.count, dtype=np.complex64) if sent.samples is None else sent.samples
        if self.image_gain:
            samples = add_image(samples, self.image_gain)
        if self.dc_level:
            samples = add_dc(samples, self.dc_level)
        if len(sent.emissions) == 1:
            samples = samples * np.float32(sent.emissions[0][1].amplitude)
        else:
            samples = samples.copy()
            for part, emission in sent.emissions:
                samples[part] *= np.float32(emission.amplitude)
        return samples if self.saturation is None else amplify(samples, self.saturation, self.smoothness)


class Path:
    """Multipath and the step from one radio's clock and carrier to another's.

    Args:
        spec: the medium.
        gain: its amplitude.
        rng: draws the impulse response.

    Attributes:
        taps: the impulse response at the time 0 with its gain, c64, one tap a sample.
        gain: amplitude of the path.
    """

    def __init__(self, spec: ChannelSpec, gain: float, rng: np.random.Generator) -> None:
        taps = (
            draw_taps(spec.n_taps, spec.tap_decay_db, spec.rice_db, rng)
            if spec.n_taps
            else np.array(spec.taps or (1.0,), dtype=np.complex64)
        )
        self._waves: Waves | None = None
        self._doppler_hz = spec.doppler_hz
        if spec.doppler_hz:
            power = power_profile(spec.n_taps, spec.tap_decay_db) if spec.n_taps else np.abs(taps) ** 2.0
            self._waves = draw_waves(power * gain**2, spec.rice_db, spec.doppler_hz, rng)
            taps = taps_at(self._waves, np.zeros(1))[0]
        else:
            taps = (taps * np.float32(gain)).astype(np.complex64)
        self.taps: ComplexArray = taps
        self.gain = gain

    def needs(self, start: float, stop: float) -> tuple[int, int]:
        """Return the first sample and the count that `hear` needs for positions from `start` to `stop`."""
        first = int(np.floor(start)) - LOOK_BACK - self.taps.size + 1
        return first, int(np.floor(stop)) + LOOK_AHEAD + 2 - first

    def hear(
        self,
        radiated: ComplexArray,
        first: int,
        position: tuple[float, float],
        turns: tuple[float, float],
        rate_sps: float,
        count: int,
    ) -> ComplexArray:
        """Return what arrives, c64 `[count]`.

        Args:
            radiated: the transmitter's samples, c64, as many as `needs` says.
            first: number of the first of them.
            position: at which of the transmitter's samples the receiver takes its first, and the one after its last.
            turns: by how many cycles the transmitter's oscillator is ahead at these two.
            rate_sps: of either `[samples/s]`.
            count: how many samples the receiver takes.
        """
        memory = self.taps.size - 1
        history, samples = radiated[:memory], radiated[memory:]
        if self._waves is not None:
            step = knot_samples(self._doppler_hz, rate_sps)
            samples, _ = fade(samples, max(first + memory, 0), self._waves, step, rate_sps, history)
        elif memory or self.taps[0] != 1:
            samples, _ = convolve(samples, self.taps, history)
        steps = np.arange(count, dtype=np.float64) / count
        start = position[0] - (first + memory)
        stop = position[1] - (first + memory)
        if abs(start - round(start)) < 1e-4 and abs(stop - start - count) < 1e-4:
            arrived: ComplexArray = samples[round(start) : round(start) + count]
        else:
            arrived = interpolate(samples, start + (stop - start) * steps)
        if turns[0] == turns[1] == 0.0:
            return arrived
        return rotate(arrived, turns[0] - np.floor(turns[0]) + (turns[1] - turns[0]) * steps)


def amplitude(level_db: float | None) -> float:
    """Return the amplitude of a level in dB; that of None is 0."""
    return 0.0 if level_db is None else float(10.0 ** (level_db / 20.0))

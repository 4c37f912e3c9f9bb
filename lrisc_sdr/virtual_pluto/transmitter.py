# SPDX-License-Identifier: MIT
"""A transmitter from its converter to its antenna.

converter ─► image ─► carrier leak ─► attenuator ─► power amplifier
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lrisc_sdr.channel import ChannelSpec
from lrisc_sdr.types import ComplexArray
from lrisc_sdr.virtual_pluto import kernels
from lrisc_sdr.virtual_pluto.front_end import FrontEnd, amplify, amplitude
from lrisc_sdr.virtual_pluto.playout import Emission


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
            self.dc_level = complex(own.tx_dc)
        if own.saturation is not None:
            self.saturation, self.smoothness = own.saturation, own.smoothness

    def radiate(self, sent: Sent) -> ComplexArray | None:
        """Return what leaves the antenna, c64 `[count]`, or None; full scale at the reference attenuation is 1."""
        on = any(emission.amplitude for _, emission in sent.emissions)
        if not on or (sent.samples is None and not self.dc_level):
            return None
        samples = np.zeros(sent.count, dtype=np.complex64) if sent.samples is None else sent.samples
        radiated = np.empty(sent.count, dtype=np.complex64)
        for part, emission in sent.emissions:
            kernels.radiate(samples[part], self.image_gain, self.dc_level, emission.amplitude, radiated[part])
        return radiated if self.saturation is None else amplify(radiated, self.saturation, self.smoothness)

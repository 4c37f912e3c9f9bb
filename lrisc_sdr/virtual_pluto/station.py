# SPDX-License-Identifier: MIT
"""One radio in the air: its settings, its imperfections, its clock, and what its clients have open."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from lrisc_sdr.channel import CARRIER_HZ
from lrisc_sdr.channel.drops import drop_starts
from lrisc_sdr.virtual_pluto.clock import Crystal, SampleClock
from lrisc_sdr.virtual_pluto.front_end import amplitude
from lrisc_sdr.virtual_pluto.path import Path
from lrisc_sdr.virtual_pluto.playout import Emission, Playout
from lrisc_sdr.virtual_pluto.receiver import Receiver
from lrisc_sdr.virtual_pluto.settings import VirtualSettings
from lrisc_sdr.virtual_pluto.state import RadioState
from lrisc_sdr.virtual_pluto.transmitter import Transmitter
from lrisc_sdr.virtual_pluto.words import Codes

DEFAULT_BUFFERS = 4
_TICKS = 1e6
"""Parts of a second in which the instants of dropped buffers are counted."""


@dataclass
class Stream:
    """An open buffer of a client: a receiver's ring or a transmitter's queue.

    Attributes:
        n_samples: of each of its buffers.
        count: how many it holds.
        position: the receiver's next sample.
        stale: buffers from before that are still to be read.
        used: whether anything was pushed.
        touched_s: end of the client's last call, by the wall's clock; inf within one.
    """

    n_samples: int
    count: int
    position: int = 0
    stale: int = 0
    used: bool = False
    touched_s: float = field(default_factory=time.monotonic)


class Station:
    """One radio in the air.

    Attributes:
        state: its settings.
        transmitter: its imperfections, the truth that a calibration looks for.
        receiver: the same of the receiver.
        paths: from every radio to this one, by number; None where nothing is heard.
        clock: of its samples.
        playout: what it sends.
        sending: the transmitter's open buffer.
        receiving: the receiver's open buffer.
        buffers: how many buffers a queue has that is opened next, "rx" and "tx".
        last_codes: the receiver's last buffer.
    """

    def __init__(self, index: int, settings: VirtualSettings, seed: np.random.SeedSequence) -> None:
        spec = settings.channel
        self.index = index
        self.state = RadioState()
        self._settings = settings
        self._drift = spec.drift_hz_per_s / CARRIER_HZ if index == 0 else 0.0
        tx_seed, rx_seed, drop_seed, *path_seeds = seed.spawn(3 + settings.n_radios)
        full_scale = float(10.0 ** (spec.full_scale_db / 20.0))
        own = settings.front_end(index)
        self.transmitter = Transmitter(spec, full_scale, np.random.default_rng(tx_seed), own)
        self.receiver = Receiver(spec, full_scale, settings.noise_var, rx_seed, own)
        self.paths: list[Path | None] = []
        for other, path_seed in enumerate(path_seeds):
            itself = other == index and settings.n_radios > 1
            gain = amplitude(settings.crosstalk_db) if itself else 1.0
            self.paths.append(Path(spec, gain, np.random.default_rng(path_seed)) if gain else None)
        self.clock = SampleClock(self.crystal, self.state.rate_sps)
        self.playout = Playout(self.emission)
        self.sending: Stream | None = None
        self.receiving: Stream | None = None
        self.buffers = {"rx": DEFAULT_BUFFERS, "tx": DEFAULT_BUFFERS}
        self.last_codes: Codes = np.zeros(2, dtype=np.int16)
        self._drops: Iterator[int] | None = None
        self._drop_rng = np.random.default_rng(drop_seed)
        if spec.drop_interval_s is not None:
            self._drops = drop_starts(spec.drop_interval_s * _TICKS, np.random.default_rng(drop_seed.spawn(1)[0]))
        self._next_drop_s = self._draw_drop()

    @property
    def crystal(self) -> Crystal:
        """Its crystal and what the driver takes it for."""
        return Crystal(self._settings.ppm(self.index), self._drift, self.state.correction_hz)

    @property
    def emission(self) -> Emission:
        """How it sends by its settings."""
        level_db = self._settings.reference_attenuation_db - self.state.tx_attenuation_db
        return Emission(amplitude(level_db) if self.state.transmits else 0.0, float(self.state.tx_lo_hz))

    @property
    def gain(self) -> float:
        """Amplitude of the receiver's gain over the reference."""
        return amplitude(self.state.rx_gain_db - self._settings.reference_gain_db)

    def sample(self, time_s: float) -> int:
        """The first sample that is not before a time."""
        return math.ceil(self.clock.at(time_s) - 1e-3)  # a time that was made from a sample's number is that sample

    def drops_before(self, time_s: float) -> int:
        """How many buffers the channel drops before a time and has not yet."""
        count = 0
        while self._next_drop_s < time_s:
            count += int(self._drop_rng.integers(1, self._settings.longest_drop, endpoint=True))
            self._next_drop_s = self._draw_drop()
        return count

    def _draw_drop(self) -> float:
        return math.inf if self._drops is None else next(self._drops) / _TICKS

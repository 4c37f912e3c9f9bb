# SPDX-License-Identifier: MIT
"""A radio whose transmitter reaches its own receiver through the channel model, within one process."""

from __future__ import annotations

import threading
from collections import deque

import numpy as np

from lrisc_sdr.channel import Channel, preset
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.radio.protocol import Drops, RadioSettings
from lrisc_sdr.radio.read_back import require_settings
from lrisc_sdr.types import ComplexArray
from lrisc_sdr.waveform import DEFAULT, waveform

LEVEL_DB = -12.0
"""Mean power of bursts, relative to full scale, at which the channel has its nominal SNR `[dB]`."""
IDLE_SAMPLES = 1 << 14


class Loopback:
    """Nothing is radiated, and nothing is lost; where nothing was sent, the receiver hears the channel's noise.

    Args:
        uri: a channel's preset, then `:` and a seed where 0 is not meant, as in `desk:7`; empty is `desk`.

    Raises:
        ConfigurationError: there is no such channel, or the seed is no number.
    """

    def __init__(self, uri: str = "") -> None:
        channel, _, seed = (uri or "desk").partition(":")
        if not (seed or "0").isdecimal():
            raise ConfigurationError(f"loopback {uri}: the seed after the channel's name is a whole number")
        self.name = f"loopback {uri or 'desk'}"
        self._spec, self._seed = preset(channel), int(seed or "0")
        self._channel: Channel | None = None
        self._settings: RadioSettings | None = None
        self._on = False
        self._received: deque[ComplexArray] = deque()
        # Whoever transmits and whoever receives may be two threads.
        self._lock = threading.Lock()

    def configure(self, settings: RadioSettings) -> RadioSettings:
        """See `Radio`. Any rate; gains, attenuation and oscillators change nothing: the channel has its own offsets."""
        with self._lock:
            self._settings, self._on = settings, False
            self._channel = Channel(self._spec, settings.rate_sps, waveform(DEFAULT).noise_var, self._seed)
            self._received.clear()
        return settings

    def correct_crystal(self, ppm: float) -> float:  # noqa: ARG002
        """See `Radio`. There is no crystal."""
        return 0.0

    def power_up(self) -> RadioSettings:
        """See `Radio`."""
        settings = require_settings(self.name, self._settings)
        self._on = True
        return settings

    def receive(self, n_samples: int) -> ComplexArray:
        """See `Radio`."""
        with self._lock:
            have = sum(piece.size for piece in self._received)
            while have < n_samples:
                self._through(np.zeros(IDLE_SAMPLES, dtype=np.complex64))
                have = sum(piece.size for piece in self._received)
            samples = np.concatenate(list(self._received))
            self._received.clear()
            self._received.append(samples[n_samples:])
        return samples[:n_samples]

    @property
    def waiting(self) -> int:
        """Samples that have come through the channel and were not received yet."""
        with self._lock:
            return sum(piece.size for piece in self._received)

    def transmit(self, samples: ComplexArray) -> None:
        """See `Radio`."""
        if not self._on:
            raise ConfigurationError(f"{self.name} is not powered up")
        with self._lock:
            self._through(samples)

    def silence(self) -> None:
        """See `Radio`."""
        self._on = False

    def drops(self) -> Drops:
        """See `Radio`."""
        return Drops()

    def close(self) -> None:
        """See `Radio`."""
        self.silence()

    def _through(self, samples: ComplexArray) -> None:
        if self._channel is None:
            raise ConfigurationError(f"{self.name} has no settings: configure it first")
        level = np.float32(10.0 ** (LEVEL_DB / 20.0))
        self._received.append(self._channel.process(samples / level) * level)

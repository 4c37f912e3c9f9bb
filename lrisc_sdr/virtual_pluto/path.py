# SPDX-License-Identifier: MIT
"""The way from one transmitter's antenna to one receiver's: multipath, and the step to another clock and carrier."""

from __future__ import annotations

from functools import cache

import numpy as np

from lrisc_sdr.channel import ChannelSpec
from lrisc_sdr.channel.clock import LOOK_AHEAD, LOOK_BACK, phase_taps
from lrisc_sdr.channel.fading import Waves, draw_waves, fade, knot_samples, taps_at
from lrisc_sdr.channel.multipath import draw_taps, power_profile
from lrisc_sdr.types import ComplexArray, FloatArray
from lrisc_sdr.virtual_pluto import kernels

__all__ = ["LOOK_AHEAD", "Path"]

_WHOLE = 1e-4
"""Samples by which two clocks may differ and count as one."""


class Path:
    """What a signal goes through between two antennas.

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
        self.taps: ComplexArray = np.ascontiguousarray(taps)
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
        out: ComplexArray,
    ) -> None:
        """Add what arrives to `out`, c64 `[count]`.

        Args:
            radiated: the transmitter's samples, c64, as many as `needs` says.
            first: number of the first of them.
            position: at which of the transmitter's samples the receiver takes its first, and the one after its last.
            turns: by how many cycles the transmitter's oscillator is ahead at these two.
            rate_sps: of either `[samples/s]`.
            out: what others send, to which this is added.
        """
        memory = self.taps.size - 1
        samples = self._echoed(radiated, first, rate_sps)
        start, stop = position[0] - (first + memory), position[1] - (first + memory)
        step = (stop - start) / out.size
        if abs(start - round(start)) < _WHOLE and abs(stop - start - out.size) < _WHOLE:
            start, step = float(round(start)), 1.0
        kernels.arrive(samples, start, step, turns[0], (turns[1] - turns[0]) / out.size, _phase_taps(), out)

    def _echoed(self, radiated: ComplexArray, first: int, rate_sps: float) -> ComplexArray:
        memory = self.taps.size - 1
        if self._waves is not None:
            step = knot_samples(self._doppler_hz, rate_sps)
            history, samples = radiated[:memory], radiated[memory:]
            return fade(samples, max(first + memory, 0), self._waves, step, rate_sps, history)[0]
        if not memory and self.taps[0] == 1:
            return radiated
        echoed = np.empty(radiated.size - memory, dtype=np.complex64)
        kernels.echo(radiated, self.taps, echoed)
        return echoed


@cache
def _phase_taps() -> FloatArray:
    """The interpolator's taps, a phase a row: the filter of a phase lies in one piece."""
    return np.ascontiguousarray(phase_taps().T)

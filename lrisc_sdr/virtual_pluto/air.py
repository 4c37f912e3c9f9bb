# SPDX-License-Identifier: MIT
"""The air between virtual radios, continuous in time, and what their clients do in it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np

from lrisc_sdr.virtual_pluto import kernels
from lrisc_sdr.virtual_pluto.passage import MARGIN, Passage
from lrisc_sdr.virtual_pluto.reception import collect
from lrisc_sdr.virtual_pluto.settings import VirtualSettings
from lrisc_sdr.virtual_pluto.state import RX_OVERFLOW, TX_UNDERFLOW
from lrisc_sdr.virtual_pluto.station import Station, Stream
from lrisc_sdr.virtual_pluto.words import Codes, from_codes

_KEPT_S = 1e-3
"""How much of the past receivers may still need for echoes and delay `[s]`."""
_LONGEST_DRAIN_S = 1.0


class Air:
    """The radios and the time that they share.

    Args:
        settings: of all of it.

    Attributes:
        stations: the radios.
    """

    def __init__(self, settings: VirtualSettings) -> None:
        kernels.prepare()
        self.settings = settings
        seeds = np.random.SeedSequence(settings.seed).spawn(settings.n_radios)
        self.stations = tuple(Station(k, settings, seed) for k, seed in enumerate(seeds))
        self._passage = Passage(settings, self.stations)
        self._moved = self._passage.moved

    @property
    def time_s(self) -> float:
        """The time of the air `[s]`."""
        return self._passage.time_s

    def close(self) -> None:
        """Whoever waits gets `AirClosed`."""
        with self._moved:
            self._passage.closed = True
            self._moved.notify_all()

    def open_receiver(self, station: Station, n_samples: int) -> Stream | None:
        """Begin to receive, now; None where somebody does already."""
        with self._moved:
            if station.receiving is not None:
                return None
            stream = Stream(n_samples, station.buffers["rx"], station.sample(self.time_s))
            stream.stale = self.settings.stale_buffers
            station.receiving = stream
            return stream

    def close_receiver(self, station: Station) -> None:
        """Nobody reads any more."""
        with self._moved:
            station.receiving = None
            self._moved.notify_all()

    def read(self, station: Station, stream: Stream) -> Codes:
        """The next buffer, i16 `[2 n_samples]`, when the air has it.

        Raises:
            AirClosed: it never will.
        """
        n = stream.n_samples
        if stream.stale:
            stream.stale -= 1
            return np.resize(station.last_codes, 2 * n)
        with self._moved:
            stream.touched_s = math.inf
            self._skip_lost(station, stream)
            first = stream.position
            self._passage.go_to(station.clock.time_s(first + n + MARGIN), stream)
            stream.position = first + n
            reception = collect(self.stations, station, first, n, self.settings.delay_s)
        try:
            station.last_codes = reception.codes()
        finally:
            with self._moved:
                stream.touched_s = time.monotonic()
                self._forget()
                self._moved.notify_all()
        return station.last_codes

    def open_transmitter(self, station: Station, n_samples: int) -> Stream | None:
        """Begin to send, when something is pushed; None where somebody does already."""
        with self._moved:
            if station.sending is not None:
                return None
            station.sending = Stream(n_samples, station.buffers["tx"])
            return station.sending

    def push(self, station: Station, stream: Stream, codes: Codes, cyclic: bool) -> None:
        """Queue a buffer, i16 `[2 n]`, when there is room.

        Raises:
            AirClosed: there never will be.
        """
        samples = from_codes(codes)
        with self._moved:
            self._passage.drain(station, stream.count - 1, math.inf)
            now = station.sample(self.time_s)
            if stream.used and station.playout.end < now:
                station.state.status["tx"] |= TX_UNDERFLOW
            if cyclic:
                station.playout.stop(max(now, station.playout.end))
            station.playout.push(samples, now, cyclic)
            stream.used = not cyclic
            stream.touched_s = time.monotonic()
            self._forget()
            self._moved.notify_all()

    def close_transmitter(self, station: Station) -> None:
        """What is queued is cut off, as the hardware does it, if time is the wall's; otherwise it is played first."""
        with self._moved:
            station.sending = None
            if not self.settings.paced and not self._passage.closed:
                self._passage.drain(station, 0, _LONGEST_DRAIN_S)
            station.playout.stop(station.sample(self.time_s))
            self._moved.notify_all()

    def settled(self, station: Station, change: Callable[[], None]) -> None:
        """Change a station's settings at a moment of the air's time, after what was pushed before."""
        with self._moved:
            if not self.settings.paced:
                self._passage.drain(station, 0, _LONGEST_DRAIN_S)
            before = (station.state.rate_sps, station.state.correction_hz)
            change()
            now_s = self.time_s
            if (station.state.rate_sps, station.state.correction_hz) != before:
                station.clock.change(now_s, station.crystal, station.state.rate_sps)
            station.playout.change(station.emission, station.sample(now_s))
            self._moved.notify_all()

    def _skip_lost(self, station: Station, stream: Stream) -> None:
        """Leave out whole buffers: those that the ring had no room for, and those that the channel drops."""
        n = stream.n_samples
        late = station.sample(self.time_s) - MARGIN - stream.position - stream.count * n
        lost = -(-late // n) if late > 0 else 0
        lost += station.drops_before(station.clock.time_s(stream.position + (lost + 1) * n))
        if lost:
            stream.position += lost * n
            station.state.status["rx"] |= RX_OVERFLOW

    def _forget(self) -> None:
        times_s = [self.time_s]
        times_s += [s.clock.time_s(s.receiving.position) for s in self.stations if s.receiving is not None]
        oldest_s = min(times_s) - self.settings.delay_s - _KEPT_S
        for station in self.stations:
            station.playout.forget(station.sample(oldest_s))

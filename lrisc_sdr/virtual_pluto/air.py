# SPDX-License-Identifier: MIT
"""The air between virtual radios, continuous in time, and how its time passes.

Paced, the air's time is the wall's: a buffer is there when its last sample was, a transmitter waits while its queue is
full, a receiver that comes late has lost buffers.

Otherwise its readers drive it. Time goes on to the end of what a receiver asks for; with no receiver at work, to the
end of what a transmitter has no room for. It waits for whoever keeps up: it does not pass the end of a transmitter's
queue, nor what another receiver's ring can hold, while that client's last call is less than `patience_s` ago. So
buffers that are pushed one after the other are heard without a gap at any speed, and a change of a transmitter takes
place after all that was pushed before it. The same calls in the same order give the same samples for a seed.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

import numpy as np

from lrisc_sdr.virtual_pluto import kernels
from lrisc_sdr.virtual_pluto.path import LOOK_AHEAD
from lrisc_sdr.virtual_pluto.reception import collect
from lrisc_sdr.virtual_pluto.settings import VirtualSettings
from lrisc_sdr.virtual_pluto.state import RX_OVERFLOW, TX_UNDERFLOW
from lrisc_sdr.virtual_pluto.station import Station, Stream
from lrisc_sdr.virtual_pluto.words import Codes, from_codes

_MARGIN = LOOK_AHEAD + 4
"""Samples that time is ahead of a receiver, so that what it hears cannot change any more."""
_KEPT_S = 1e-3
"""How much of the past receivers may still need for echoes and delay `[s]`."""
_LONGEST_DRAIN_S = 1.0
_TICK_S = 0.1


class AirClosed(Exception):
    """The server ends while a client waits."""


class Air:
    """The radios and the time that they share."""

    def __init__(self, settings: VirtualSettings) -> None:
        kernels.prepare()
        self.settings = settings
        seeds = np.random.SeedSequence(settings.seed).spawn(settings.n_radios)
        self.stations = tuple(Station(k, settings, seed) for k, seed in enumerate(seeds))
        self._moved = threading.Condition()
        self._time_s = 0.0
        self._began_s = time.monotonic()
        self._closed = False

    @property
    def time_s(self) -> float:
        """The time of the air `[s]`."""
        if self.settings.paced:
            self._time_s = max(self._time_s, time.monotonic() - self._began_s)
        return self._time_s

    def close(self) -> None:
        """Whoever waits gets `AirClosed`."""
        with self._moved:
            self._closed = True
            self._moved.notify_all()

    def open_receiver(self, station: Station, n_samples: int) -> Stream:
        """Begin to receive, now."""
        with self._moved:
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
            self._pass_until(station.clock.time_s(first + n + _MARGIN), stream)
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

    def open_transmitter(self, station: Station, n_samples: int) -> Stream:
        """Begin to send, when something is pushed."""
        with self._moved:
            station.sending = Stream(n_samples, station.buffers["tx"])
            return station.sending

    def push(self, station: Station, stream: Stream, codes: Codes, cyclic: bool) -> None:
        """Queue a buffer, i16 `[2 n]`, when there is room.

        Raises:
            AirClosed: there never will be.
        """
        samples = from_codes(codes)
        with self._moved:
            self._drain(station, stream.count - 1, math.inf)
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
            if not self.settings.paced and not self._closed:
                self._drain(station, 0, _LONGEST_DRAIN_S)
            station.playout.stop(station.sample(self.time_s))
            self._moved.notify_all()

    def settled(self, station: Station, change: Callable[[], None]) -> None:
        """Change a station's settings at a moment of the air's time, after what was pushed before."""
        with self._moved:
            if not self.settings.paced:
                self._drain(station, 0, _LONGEST_DRAIN_S)
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
        late = station.sample(self.time_s) - _MARGIN - stream.position - stream.count * n
        lost = -(-late // n) if late > 0 else 0
        lost += station.drops_before(station.clock.time_s(stream.position + (lost + 1) * n))
        if lost:
            stream.position += lost * n
            station.state.status["rx"] |= RX_OVERFLOW

    def _pass_until(self, target_s: float, reader: Stream) -> None:
        """Wait in a paced air; otherwise let time go on, but not past those who keep up."""
        while (now_s := self.time_s) < target_s:
            if self._closed:
                raise AirClosed
            if self.settings.paced:
                self._moved.wait(min(target_s - now_s, _TICK_S))
                continue
            bounds = self._bounds(reader)
            bound_s = min((bound_s for bound_s, _ in bounds), default=target_s)
            if bound_s > now_s:
                self._time_s = min(bound_s, target_s)
                self._moved.notify_all()
            else:
                patience_s = max(left_s for bound_s, left_s in bounds if bound_s <= now_s)
                self._moved.wait(min(patience_s, _TICK_S))

    def _bounds(self, reader: Stream) -> list[tuple[float, float]]:
        """How far time may go for each client that keeps up, and for how long that counts yet."""
        bounds = []
        for station in self.stations:
            ring, queue = station.receiving, station.sending
            if ring is not None and ring is not reader and (left_s := self._patience_s(ring)) > 0.0:
                room = ring.position + (ring.count - 1) * ring.n_samples
                bounds.append((station.clock.time_s(room + _MARGIN), left_s))
            if queue is not None and queue.used and (left_s := self._patience_s(queue)) > 0.0:
                bounds.append((station.clock.time_s(station.playout.end), left_s))
        return bounds

    def _patience_s(self, stream: Stream) -> float:
        return self.settings.patience_s - (time.monotonic() - stream.touched_s)

    def _drain(self, station: Station, most: int, longest_s: float) -> None:
        """Wait until no more than `most` buffers are queued, or push time on where no receiver does."""
        deadline_s = time.monotonic() + longest_s
        while True:
            waiting = station.playout.waiting(station.sample(self.time_s))
            if len(waiting) <= most:
                return
            if self._closed:
                raise AirClosed
            end_s = station.clock.time_s(waiting[len(waiting) - most - 1])
            if self.settings.paced:
                self._moved.wait(min(max(end_s - self.time_s, 0.0), _TICK_S))
                continue
            rings = [s.receiving for s in self.stations if s.receiving is not None]
            left_s = min(max(map(self._patience_s, rings), default=0.0), deadline_s - time.monotonic())
            if left_s > 0.0:
                self._moved.wait(min(left_s, _TICK_S))
            else:
                self._time_s = max(self._time_s, end_s)
                self._moved.notify_all()

    def _forget(self) -> None:
        times_s = [self.time_s]
        times_s += [s.clock.time_s(s.receiving.position) for s in self.stations if s.receiving is not None]
        oldest_s = min(times_s) - self.settings.delay_s - _KEPT_S
        for station in self.stations:
            station.playout.forget(station.sample(oldest_s))

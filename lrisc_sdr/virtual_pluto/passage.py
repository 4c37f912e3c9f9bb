# SPDX-License-Identifier: MIT
"""How the time of the air passes.

Paced, the air's time is the wall's: a buffer is there when its last sample was, a transmitter waits while its queue is
full, a receiver that comes late has lost buffers.

Otherwise its readers drive it. Time goes on to the end of what a receiver asks for; with no receiver at work, to the
end of what a transmitter has no room for. It waits for whoever keeps up: it does not pass the end of a transmitter's
queue, nor what another receiver's ring can hold, while that client's last call is less than `patience_s` ago. So
buffers that are pushed one after the other are heard without a gap at any speed, and a change of a transmitter takes
place after all that was pushed before it. The same calls in the same order give the same samples for a seed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from lrisc_sdr.virtual_pluto.path import LOOK_AHEAD
from lrisc_sdr.virtual_pluto.settings import VirtualSettings
from lrisc_sdr.virtual_pluto.station import Station, Stream

MARGIN = LOOK_AHEAD + 4
"""Samples that time is ahead of a receiver, so that what it hears cannot change any more."""
_TICK_S = 0.1


class AirClosed(Exception):
    """The server ends while a client waits."""


class Passage:
    """The time of the air; all methods but `time_s` are called with `moved` held.

    Args:
        settings: whether it is paced, and how patient it is.
        stations: whose streams it waits for.

    Attributes:
        moved: the lock of all that happens in the air; notified whenever somebody who waits should look again.
        closed: whoever waits gets `AirClosed`.
    """

    def __init__(self, settings: VirtualSettings, stations: Sequence[Station]) -> None:
        self.moved = threading.Condition()
        self.closed = False
        self._paced, self._longest_patience_s = settings.paced, settings.patience_s
        self._stations = stations
        self._time_s = 0.0
        self._began_s = time.monotonic()

    @property
    def time_s(self) -> float:
        """The time of the air `[s]`."""
        if self._paced:
            self._time_s = max(self._time_s, time.monotonic() - self._began_s)
        return self._time_s

    def go_to(self, target_s: float, reader: Stream) -> None:
        """Wait in a paced air; otherwise let time go on, but not past those who keep up."""
        while (now_s := self.time_s) < target_s:
            if self.closed:
                raise AirClosed
            if self._paced:
                self.moved.wait(min(target_s - now_s, _TICK_S))
                continue
            bounds = self._bounds(reader)
            bound_s = min((bound_s for bound_s, _ in bounds), default=target_s)
            if bound_s > now_s:
                self._time_s = min(bound_s, target_s)
                self.moved.notify_all()
            else:
                patience_s = max(left_s for bound_s, left_s in bounds if bound_s <= now_s)
                self.moved.wait(min(patience_s, _TICK_S))

    def drain(self, station: Station, most: int, longest_s: float) -> None:
        """Wait until no more than `most` buffers are queued, or push time on where no receiver does."""
        deadline_s = time.monotonic() + longest_s
        while True:
            waiting = station.playout.waiting(station.sample(self.time_s))
            if len(waiting) <= most:
                return
            if self.closed:
                raise AirClosed
            end_s = station.clock.time_s(waiting[len(waiting) - most - 1])
            if self._paced:
                self.moved.wait(min(max(end_s - self.time_s, 0.0), _TICK_S))
                continue
            rings = [s.receiving for s in self._stations if s.receiving is not None]
            left_s = min(max(map(self._patience_s, rings), default=0.0), deadline_s - time.monotonic())
            if left_s > 0.0:
                self.moved.wait(min(left_s, _TICK_S))
            else:
                self._time_s = max(self._time_s, end_s)
                self.moved.notify_all()

    def _bounds(self, reader: Stream) -> list[tuple[float, float]]:
        """How far time may go for each client that keeps up, and for how long that counts yet."""
        bounds = []
        for station in self._stations:
            ring, queue = station.receiving, station.sending
            if ring is not None and ring is not reader and (left_s := self._patience_s(ring)) > 0.0:
                room = ring.position + (ring.count - 1) * ring.n_samples
                bounds.append((station.clock.time_s(room + MARGIN), left_s))
            if queue is not None and queue.used and (left_s := self._patience_s(queue)) > 0.0:
                bounds.append((station.clock.time_s(station.playout.end), left_s))
        return bounds

    def _patience_s(self, stream: Stream) -> float:
        return self._longest_patience_s - (time.monotonic() - stream.touched_s)

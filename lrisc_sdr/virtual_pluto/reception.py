# SPDX-License-Identifier: MIT
"""One buffer of one receiver: what it hears of every transmitter, through its front end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lrisc_sdr.types import ComplexArray
from lrisc_sdr.virtual_pluto import kernels
from lrisc_sdr.virtual_pluto.clock import cycles
from lrisc_sdr.virtual_pluto.path import Path
from lrisc_sdr.virtual_pluto.receiver import automatic_gain_db
from lrisc_sdr.virtual_pluto.station import Station
from lrisc_sdr.virtual_pluto.transmitter import Sent, Transmitter
from lrisc_sdr.virtual_pluto.words import Codes

_CHUNK = 16384
"""Samples worked on at once, so that the intermediate results stay in the cache."""
_AGC_DBFS = -12.0
"""Mean power over full scale that the automatic gain aims at."""
_DIGITAL_LOOPBACK = 1


@dataclass(frozen=True)
class _Heard:
    """What one receiver needs of one transmitter, for one chunk."""

    transmitter: Transmitter
    path: Path
    sent: Sent
    position: tuple[float, float]
    turns: tuple[float, float]


@dataclass(frozen=True)
class Reception:
    """A buffer that is not worked out yet: it holds all that can change, so that the air need not wait for that.

    Attributes:
        station: whose receiver it is.
        chunks: sizes of its parts, and what is heard in each.
        loopback: the samples of its own transmitter's converter where they are led to the receiver's.
    """

    station: Station
    chunks: tuple[tuple[int, tuple[_Heard, ...]], ...]
    loopback: ComplexArray | None

    def codes(self) -> Codes:
        """The samples of the converter, i16 `[2 n]`; lets an automatic gain follow."""
        state = self.station.state
        n_samples = sum(count for count, _ in self.chunks)
        codes = np.empty(2 * n_samples, dtype=np.int16)
        energy, done = 0.0, 0
        for count, heard in self.chunks:
            energy += self._take(count, heard, codes[2 * done : 2 * (done + count)])
            done += count
        if self.loopback is not None:
            kernels.convert(self.loopback, 1.0, self.loopback, 0.0, 0j, 0j, codes)
        elif not state.receives:
            codes[:] = 0
        elif state.gain_mode != "manual":
            state.rx_gain_db = automatic_gain_db(energy / n_samples, state.rx_gain_db, _AGC_DBFS)
        return codes

    def _take(self, count: int, everything: tuple[_Heard, ...], codes: Codes) -> float:
        station = self.station
        rate_sps = float(station.state.rate_sps)
        arriving = np.zeros(count, dtype=np.complex64)
        for heard in everything:
            radiated = heard.transmitter.radiate(heard.sent)
            if radiated is not None:
                heard.path.hear(radiated, heard.sent.first, heard.position, heard.turns, rate_sps, arriving)
        return station.receiver.take(arriving, rate_sps, station.gain, codes)


def collect(stations: Sequence[Station], station: Station, first: int, n_samples: int, delay_s: float) -> Reception:
    """What the receiver of `station` hears in its samples `first` … `first` + `n_samples` − 1.

    A transmitter of another nominal rate is not heard, nor one whose carrier lies half the rate away or more: what the
    filters of a receiver leave of them is not modelled.
    """
    chunks = []
    for begin in range(first, first + n_samples, _CHUNK):
        count = min(_CHUNK, first + n_samples - begin)
        heard = tuple(
            _hear(other, station, path, begin, count, delay_s)
            for other, path in zip(stations, station.paths, strict=True)
            if path is not None
            and other.state.rate_sps == station.state.rate_sps
            and abs(other.state.tx_lo_hz - station.state.rx_lo_hz) < station.state.rate_sps / 2
        )
        chunks.append((count, heard))
    loopback: ComplexArray | None = None
    if station.state.loopback == _DIGITAL_LOOPBACK:
        played = station.playout.samples(first, n_samples)
        loopback = np.zeros(n_samples, dtype=np.complex64) if played is None else played
    return Reception(station, tuple(chunks), loopback)


def _hear(other: Station, station: Station, path: Path, begin: int, count: int, delay_s: float) -> _Heard:
    # Time and cycles are straight lines within a chunk: a drift bends them by 1e-4 cycles there.
    times_s = (station.clock.time_s(begin) - delay_s, station.clock.time_s(begin + count) - delay_s)
    position = (other.clock.at(times_s[0]), other.clock.at(times_s[1]))
    needed, n_needed = path.needs(*position)
    sent = Sent(needed, n_needed, other.playout.samples(needed, n_needed), other.playout.emissions(needed, n_needed))
    lo_hz = sent.emissions[0][1].lo_hz
    turns = [cycles(t, lo_hz, other.crystal, float(station.state.rx_lo_hz), station.crystal) for t in times_s]
    return _Heard(other.transmitter, path, sent, position, (turns[0], turns[1]))

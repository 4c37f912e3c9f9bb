# SPDX-License-Identifier: MIT
"""The buffer that a connection may have open: the receiver's or the transmitter's, with I, Q or both in it."""

from __future__ import annotations

import errno

import numpy as np

from lrisc_sdr.virtual_pluto.air import Air
from lrisc_sdr.virtual_pluto.commands import LARGEST_BUFFER, Open
from lrisc_sdr.virtual_pluto.cores import TX_CORE
from lrisc_sdr.virtual_pluto.station import Station, Stream

MOST_MEMORY = 1 << 28
"""Bytes that all buffers of a queue may take together."""
_BYTES_PER_WORD = 2
_CHANNELS = {0b01: [0], 0b10: [1], 0b11: [0, 1]}
"""Which of I and Q are in a buffer, by its mask."""


class Refused(Exception):
    """A command that cannot be done now; `code` is the errno of the answer."""

    def __init__(self, code: int) -> None:
        super().__init__(errno.errorcode[code])
        self.code = code


class ClientBuffer:
    """A connection's share of a radio; methods raise `Refused` where it has none, or not this one.

    Args:
        air: where samples come from and go to.
        station: whose they are.
    """

    def __init__(self, air: Air, station: Station) -> None:
        self._air = air
        self._station = station
        self._core = ""
        self._opened: Open | None = None
        self._stream: Stream | None = None

    def open(self, core: str, command: Open) -> None:
        """Take the receiver or the transmitter."""
        sending = core == TX_CORE
        if self._opened is not None:
            raise Refused(errno.EBUSY)
        n_bytes = command.n_samples * _bytes_per_sample(command) if command.mask in _CHANNELS else 0
        if not 0 < n_bytes <= LARGEST_BUFFER:
            raise Refused(errno.EINVAL)
        if n_bytes * self._station.buffers["tx" if sending else "rx"] > MOST_MEMORY:
            raise Refused(errno.ENOMEM)
        stream = (self._air.open_transmitter if sending else self._air.open_receiver)(self._station, command.n_samples)
        if stream is None:
            raise Refused(errno.EBUSY)
        self._core, self._opened, self._stream = core, command, stream

    def close(self) -> None:
        """Give it back, if there is one."""
        if self._opened is not None:
            close = self._air.close_transmitter if self._core == TX_CORE else self._air.close_receiver
            self._core, self._opened, self._stream = "", None, None
            close(self._station)

    def require(self, core: str) -> Open:
        """How the buffer of a core was opened."""
        if self._opened is None or self._core != core:
            raise Refused(errno.EBADF)
        return self._opened

    def buffers_in(self, core: str, n_bytes: int) -> int:
        """How many received buffers so many bytes are."""
        opened = self.require(core)
        each = opened.n_samples * _bytes_per_sample(opened)
        if core == TX_CORE or not n_bytes or n_bytes % each:
            raise Refused(errno.EINVAL)
        return n_bytes // each

    def read(self) -> memoryview:
        """The next received buffer, when it is there."""
        assert self._opened is not None
        assert self._stream is not None
        codes = self._air.read(self._station, self._stream).astype("<i2", copy=False)
        channels = _CHANNELS[self._opened.mask]
        return (codes if len(channels) == 2 else codes[channels[0] :: 2].copy()).data

    def require_room(self, core: str, n_bytes: int) -> None:
        """So many bytes are a buffer to send, or its beginning."""
        opened = self.require(core)
        each = _bytes_per_sample(opened)
        if core != TX_CORE or not 0 < n_bytes <= opened.n_samples * each or n_bytes % each:
            raise Refused(errno.EINVAL)

    def write(self, words: bytes) -> None:
        """Send what `require_room` allows, when there is room."""
        assert self._opened is not None
        assert self._stream is not None
        codes = np.zeros((len(words) // _bytes_per_sample(self._opened), 2), dtype=np.int16)
        codes[:, _CHANNELS[self._opened.mask]] = np.frombuffer(words, dtype="<i2").reshape(codes.shape[0], -1)
        self._air.push(self._station, self._stream, codes.reshape(-1), self._opened.cyclic)


def _bytes_per_sample(opened: Open) -> int:
    return _BYTES_PER_WORD * len(_CHANNELS[opened.mask])

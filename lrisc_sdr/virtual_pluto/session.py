# SPDX-License-Identifier: MIT
"""One connection of a client: commands in, answers out. Whatever comes in, the answer is at worst a negative errno."""

from __future__ import annotations

import errno
import socket

import numpy as np

from lrisc_sdr.virtual_pluto import commands
from lrisc_sdr.virtual_pluto.air import Air, AirClosed
from lrisc_sdr.virtual_pluto.attributes import AttributeFault, Context
from lrisc_sdr.virtual_pluto.commands import (
    LONGEST_LINE,
    BuffersCount,
    Close,
    CommandError,
    Open,
    Read,
    ReadBuffer,
    Timeout,
    Trigger,
    Word,
    Write,
    WriteBuffer,
)
from lrisc_sdr.virtual_pluto.pluto_context import RX_CORE, TX_CORE
from lrisc_sdr.virtual_pluto.station import Station, Stream

VERSION = "0.24.virtual"
"""What VERSION is answered: major.minor. and seven characters or more, as a libiio 0.24 is built from a commit."""

_BYTES_PER_WORD = 2
_CHANNELS = {0b01: [0], 0b10: [1], 0b11: [0, 1]}
"""Which of I and Q are in a buffer, by its mask."""


class _Refused(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(errno.errorcode[code])
        self.code = code


class Session:
    """Serves one connection until its end.

    Args:
        connection: of the client.
        context: what it can read and write.
        air: where samples come from and go to.
        station: whose they are.
    """

    def __init__(self, connection: socket.socket, context: Context, air: Air, station: Station) -> None:
        self._connection = connection
        self._lines = connection.makefile("rb", buffering=1 << 16)
        self._context = context
        self._air = air
        self._station = station
        self._receiver: Stream | None = None
        self._transmitter: Stream | None = None
        self._opened: Open | None = None

    def serve(self) -> None:
        """Answer commands until the client goes, whatever it leaves behind."""
        try:
            while line := self._lines.readline(LONGEST_LINE):
                if not line.endswith(b"\n"):
                    self._number(-errno.EINVAL)
                    return  # too long, or cut off: where the next command begins is unknown
                try:
                    if not self._answer(commands.parse(line)):
                        return
                except (CommandError, AttributeFault, _Refused) as refusal:
                    self._number(-refusal.code)
        except (OSError, AirClosed):
            return
        finally:
            self._close_buffer()
            self._lines.close()

    def _answer(self, command: commands.Command | None) -> bool:
        match command:
            case None:
                pass
            case Word.PRINT:
                self._text(self._context.xml())
            case Word.VERSION:
                self._send(f"{VERSION}\n".encode())
            case Word.ZPRINT | Word.BINARY:
                self._number(-errno.EINVAL)
            case Word.EXIT:
                return False
            case Timeout():
                self._number(0)
            case Read(place):
                self._text(self._context.read(place) + "\0")
            case Write(place, n_bytes):
                value = self._take(n_bytes)
                self._context.write(place, value.split(b"\0")[0].decode("utf-8", "replace").strip(" \n"))
                self._number(n_bytes)
            case Trigger(device):
                self._context.device(device)
                self._number(-errno.ENODEV)
            case BuffersCount(device, count):
                self._station.buffers["tx" if self._core(device) == TX_CORE else "rx"] = count
                self._number(0)
            case Open():
                self._open(command)
                self._number(0)
            case Close(device):
                self._opened_for(self._core(device))
                self._close_buffer()
                self._number(0)
            case ReadBuffer(device, n_bytes):
                self._read(device, n_bytes)
            case WriteBuffer(device, n_bytes):
                self._write(device, n_bytes)
        return True

    def _open(self, command: Open) -> None:
        core = self._core(command.device)
        if self._opened is not None:
            raise _Refused(errno.EBUSY)
        if command.mask not in _CHANNELS or command.n_samples * _bytes_per_sample(command) > commands.LARGEST_BUFFER:
            raise _Refused(errno.EINVAL)
        if core == TX_CORE:
            if self._station.sending is not None:
                raise _Refused(errno.EBUSY)
            self._transmitter = self._air.open_transmitter(self._station, command.n_samples)
        else:
            if self._station.receiving is not None:
                raise _Refused(errno.EBUSY)
            self._receiver = self._air.open_receiver(self._station, command.n_samples)
        self._opened = command

    def _close_buffer(self) -> None:
        if self._receiver is not None:
            self._air.close_receiver(self._station)
        if self._transmitter is not None:
            self._air.close_transmitter(self._station)
        self._receiver = self._transmitter = self._opened = None

    def _read(self, device: str, n_bytes: int) -> None:
        opened = self._opened_for(self._core(device))
        if self._receiver is None or n_bytes % (opened.n_samples * _bytes_per_sample(opened)):
            raise _Refused(errno.EINVAL)
        head = f"{opened.mask:08x}\n"
        while n_bytes > 0:
            samples = self._air.read(self._station, self._receiver).astype("<i2", copy=False)
            if len(_CHANNELS[opened.mask]) == 1:
                samples = samples[_CHANNELS[opened.mask][0] :: 2].copy()
            self._send(f"{samples.nbytes}\n{head}".encode())
            self._connection.sendall(samples.data)
            head = ""
            n_bytes -= samples.nbytes

    def _write(self, device: str, n_bytes: int) -> None:
        opened = self._opened_for(self._core(device))
        if self._transmitter is None or not 0 < n_bytes <= opened.n_samples * _bytes_per_sample(opened):
            raise _Refused(errno.EINVAL)
        if n_bytes % _bytes_per_sample(opened):
            raise _Refused(errno.EINVAL)
        self._number(n_bytes)
        words = np.frombuffer(self._take(n_bytes), dtype="<i2")
        codes = np.zeros((n_bytes // _bytes_per_sample(opened), 2), dtype=np.int16)
        codes[:, _CHANNELS[opened.mask]] = words.reshape(codes.shape[0], -1)
        self._air.push(self._station, self._transmitter, codes.reshape(-1), opened.cyclic)
        self._number(n_bytes)

    def _core(self, device: str) -> str:
        identifier = self._context.device(device).identifier
        if identifier not in (RX_CORE, TX_CORE):
            raise _Refused(errno.ENODEV)
        return identifier

    def _opened_for(self, core: str) -> Open:
        if self._opened is None or self._core(self._opened.device) != core:
            raise _Refused(errno.EBADF)
        return self._opened

    def _take(self, n_bytes: int) -> bytes:
        value: bytes = self._lines.read(n_bytes)
        if len(value) < n_bytes:
            raise ConnectionResetError
        return value

    def _text(self, text: str) -> None:
        value = text.encode()
        self._send(b"%d\n%s\n" % (len(value), value))

    def _number(self, value: int) -> None:
        self._send(b"%d\n" % value)

    def _send(self, value: bytes) -> None:
        self._connection.sendall(value)


def _bytes_per_sample(opened: Open) -> int:
    return _BYTES_PER_WORD * len(_CHANNELS[opened.mask])

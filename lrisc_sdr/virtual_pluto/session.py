# SPDX-License-Identifier: MIT
"""One connection of a client: commands in, answers out. Whatever comes in, the answer is at worst a negative errno."""

from __future__ import annotations

import errno
import socket

from lrisc_sdr.virtual_pluto import commands
from lrisc_sdr.virtual_pluto.air import Air
from lrisc_sdr.virtual_pluto.attributes import AttributeFault, Context
from lrisc_sdr.virtual_pluto.client_buffer import ClientBuffer, Refused
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
from lrisc_sdr.virtual_pluto.cores import RX_CORE, TX_CORE
from lrisc_sdr.virtual_pluto.passage import AirClosed
from lrisc_sdr.virtual_pluto.station import Station

VERSION = "0.24.virtual"
"""What VERSION is answered: major.minor. and seven characters or more, as a libiio 0.24 is built from a commit."""


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
        self._station = station
        self._buffer = ClientBuffer(air, station)

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
                except (CommandError, AttributeFault, Refused) as refusal:
                    self._number(-refusal.code)
        except (OSError, AirClosed):
            return
        finally:
            self._buffer.close()
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
            case Open(device):
                self._buffer.open(self._core(device), command)
                self._number(0)
            case Close(device):
                self._buffer.require(self._core(device))
                self._buffer.close()
                self._number(0)
            case ReadBuffer(device, n_bytes):
                self._read(device, n_bytes)
            case WriteBuffer(device, n_bytes):
                self._write(device, n_bytes)
        return True

    def _read(self, device: str, n_bytes: int) -> None:
        core = self._core(device)
        head = f"{self._buffer.require(core).mask:08x}\n"
        for _ in range(self._buffer.buffers_in(core, n_bytes)):
            samples = self._buffer.read()
            self._send(f"{samples.nbytes}\n{head}".encode())
            self._connection.sendall(samples)
            head = ""

    def _write(self, device: str, n_bytes: int) -> None:
        self._buffer.require_room(self._core(device), n_bytes)
        self._number(n_bytes)
        self._buffer.write(self._take(n_bytes))
        self._number(n_bytes)

    def _core(self, device: str) -> str:
        identifier = self._context.device(device).identifier
        if identifier not in (RX_CORE, TX_CORE):
            raise Refused(errno.ENODEV)
        return identifier

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

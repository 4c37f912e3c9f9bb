# SPDX-License-Identifier: MIT
"""Virtual Plutos on loopback, a port each."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading

from lrisc_sdr.errors import ConfigurationError, HardwareError
from lrisc_sdr.virtual_pluto.air import Air
from lrisc_sdr.virtual_pluto.attributes import Context
from lrisc_sdr.virtual_pluto.pluto_context import build_context
from lrisc_sdr.virtual_pluto.session import Session
from lrisc_sdr.virtual_pluto.settings import VirtualSettings
from lrisc_sdr.virtual_pluto.station import Station

if sys.version_info >= (3, 11):
    from typing import Self
else:  # pragma: no cover - Python 3.10
    from typing_extensions import Self

HOST = "127.0.0.1"
DEFAULT_PORT = 30431
"""The port of libiio's network protocol."""
_MOST_CLIENTS = 64
_JOIN_S = 5.0


class VirtualPluto:
    """One or two radios behind libiio's network protocol; nothing beyond this machine can reach them.

        with VirtualPluto(VirtualSettings(n_radios=2)) as plutos:
            sdr = adi.Pluto(plutos.uris[0])

    Args:
        settings: of the radios and the air between them.
        port: of the first radio, the others follow; 0 takes any that are free.

    Attributes:
        uris: how libiio's clients call the radios.
        ports: of the radios.
        stations: the radios themselves, with all truth that a measurement can be compared to.

    Raises:
        ConfigurationError: no such port.
        HardwareError: a port is taken.
    """

    def __init__(self, settings: VirtualSettings | None = None, port: int = 0) -> None:
        self.settings = settings or VirtualSettings()
        if not 0 <= port <= 65535 - self.settings.n_radios:
            raise ConfigurationError(f"port {port}: choose one from 1024 to {65535 - self.settings.n_radios}")
        self._air = Air(self.settings)
        self.stations = self._air.stations
        self._listeners: list[socket.socket] = []
        self._clients: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._closed = False
        try:
            for station in self.stations:
                self._listen(station, port + station.index if port else 0)
        except OSError as error:
            self.close()
            raise HardwareError(f"port {port + len(self._listeners)} cannot be taken: {error.strerror}") from error
        self.ports = tuple(int(listener.getsockname()[1]) for listener in self._listeners)
        self.uris = tuple(f"ip:{HOST}:{number}" for number in self.ports)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def time_s(self) -> float:
        """The time of the air `[s]`."""
        return self._air.time_s

    def close(self) -> None:
        """End all connections and free the ports."""
        with self._lock:
            self._closed = True
            sockets = [*self._listeners, *self._clients]
        self._air.close()
        for each in sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for listener in self._listeners:
            listener.close()
        for thread in self._threads:
            thread.join(_JOIN_S)

    def _listen(self, station: Station, port: int) -> None:
        self._listeners.append(socket.create_server((HOST, port)))
        context = build_context(
            f"virtual-{station.index}", station.state, lambda change: self._air.settled(station, change)
        )
        self._start(f"virtual-pluto-{station.index}", self._accept, self._listeners[-1], context, station)

    def _start(self, name: str, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, name=name, daemon=True)  # type: ignore[arg-type]
        self._threads = [t for t in self._threads if t.is_alive()]
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket, context: Context, station: Station) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                if self._closed:
                    return
                continue
            with self._lock:
                refused = self._closed or len(self._clients) >= _MOST_CLIENTS
                if not refused:
                    self._clients.add(client)
            if refused:
                client.close()
            else:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._start(f"virtual-pluto-{station.index}-client", self._serve, client, context, station)

    def _serve(self, client: socket.socket, context: Context, station: Station) -> None:
        try:
            Session(client, context, self._air, station).serve()
        finally:
            with self._lock:
                self._clients.discard(client)
            client.close()

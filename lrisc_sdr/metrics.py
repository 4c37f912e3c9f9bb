# SPDX-License-Identifier: MIT
"""Figures of running processes for Prometheus, over HTTP on this machine only."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from lrisc_sdr.errors import ConfigurationError, MissingExtra

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

HOST = "127.0.0.1"


def new_registry() -> CollectorRegistry:
    """A registry of its own, with what Prometheus wants to know of every process: memory, CPU time, open files.

    Raises:
        MissingExtra: prometheus-client is not installed.
    """
    try:
        from prometheus_client import CollectorRegistry, ProcessCollector
    except ImportError:
        raise MissingExtra("prometheus-client", "service") from None
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    return registry


def serve_metrics(registry: CollectorRegistry, port: int) -> tuple[int, Callable[[], None]]:
    """Answer at http://127.0.0.1:PORT/metrics, on a thread of its own; 0 takes any free port.

    Returns:
        The port, and what ends it.

    Raises:
        ConfigurationError: the port is taken.
    """
    from prometheus_client import start_http_server

    try:
        server, thread = start_http_server(port, HOST, registry)
    except OSError as error:
        raise ConfigurationError(f"port {port} for --metrics cannot be bound: {error.strerror}") from None

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return server.server_port, stop

# SPDX-License-Identifier: MIT
"""This process on a Ray cluster that somebody has started; nothing here starts one or binds a port.

Whoever can reach a cluster's ports can run code on it: it belongs in a network of its own, or behind Ray's tokens
(RAY_AUTH_MODE=token). What crosses it is bytes in formats of this package, besides what Ray itself pickles.
"""

from __future__ import annotations

import os
import socket
from typing import Any

from lrisc_sdr import __version__
from lrisc_sdr.errors import ConfigurationError, LriscError, MissingExtra, ProcessFailed

AUTO = "auto"
START_S = 600.0
_REACH_S = 5.0


def connect(address: str) -> Any:
    """Join the cluster at `HOST:PORT`, or the one that runs on this machine (`auto`); returns the module `ray`.

    This machine must be one of its nodes. A second call does nothing.

    Raises:
        MissingExtra: Ray is not installed.
        ConfigurationError: there is no cluster there.
    """
    # Ray reports its use to its makers unless it is told not to.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError:
        raise MissingExtra("ray", "ray") from None
    if ray.is_initialized():
        return ray
    no_cluster = ConfigurationError(
        f"no Ray cluster at {address}: start one with `ray start --head`, join it with `ray start --address=HOST:PORT`"
    )
    if address != AUTO:
        # Ray itself would try for minutes.
        host, _, port = address.rpartition(":")
        try:
            socket.create_connection((host, int(port)), _REACH_S).close()
        except (OSError, ValueError, OverflowError):
            raise no_cluster from None
    try:
        ray.init(address=address, configure_logging=False, log_to_driver=False)
    except (ConnectionError, RuntimeError, ValueError):
        raise no_cluster from None
    return ray


def make_actors(ray: Any, n: int, kind: type, *arguments: Any, on_gpus: bool = False) -> list[Any]:
    """Actors of a class with `start()`, on nodes that have room for them.

    Args:
        ray: from `connect`.
        n: how many.
        kind: the class; a node finds it in its own installation.
        arguments: of each.
        on_gpus: with a GPU each where the cluster has any.

    Raises:
        ConfigurationError: the cluster has no room, or its nodes have another version of this package.
        LriscError: `start()` raised it; it returns the version of this package on the node.
    """
    gpus = 1 if on_gpus and ray.cluster_resources().get("GPU") else 0
    made = ray.remote(num_cpus=1, num_gpus=gpus, scheduling_strategy="SPREAD")(kind)
    actors = [made.remote(*arguments) for _ in range(n)]
    try:
        others = set(ray.get([actor.start.remote() for actor in actors], timeout=START_S)) - {__version__}
        if not others:
            return actors
        fault: LriscError = ConfigurationError(
            f"lrisc-sdr is {__version__} here and {others.pop()} on a node of the cluster: use one"
        )
    except ray.exceptions.GetTimeoutError:
        fault = ConfigurationError("the Ray cluster has no room for so many workers: ask for fewer")
    except ray.exceptions.RayError as error:
        fault = cause_of(error)
    for actor in actors:
        ray.kill(actor)
    raise fault


def cause_of(error: BaseException) -> LriscError:
    """The fault in an actor as this package says it, or a `ProcessFailed` that tells of another."""
    cause = getattr(error, "cause", None)
    if isinstance(cause, LriscError):
        return cause
    if isinstance(error, LriscError):
        return error
    lines = [line for line in str(error).splitlines() if line.strip()]
    return ProcessFailed(f"on the Ray cluster: {lines[-1].strip() if lines else type(error).__name__}")

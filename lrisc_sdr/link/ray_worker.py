# SPDX-License-Identifier: MIT
"""A worker on a Ray cluster: the same class as on this machine, in an actor, and its stand-in beside the broker.

    broker ══► worker process: RayWorker ──batches──► DecodingActor: Worker on any node
                    └─ files ◄── outcomes, PNG bytes ──────┘

The stand-in is a worker like any other to the broker. Where the actor's node is lost, the pictures that it had count as
one failed try, and another actor takes its place.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from lrisc_sdr import __version__
from lrisc_sdr.errors import LriscError
from lrisc_sdr.link.backend import Outcomes, pack_jobs, pack_outcomes, unpack_from_worker, unpack_to_worker
from lrisc_sdr.link.jobs import Job, Outcome
from lrisc_sdr.link.worker import load
from lrisc_sdr.ray_cluster import connect, make_actors
from lrisc_sdr.sampling import Sampling

log = logging.getLogger(__name__)

Files = list[tuple[tuple[str, bytes], ...]]


class DecodingActor:
    """A worker in a process of the cluster; what goes in and out is packed as between the broker and its workers.

    Args:
        model, sampling: as for `load`; the model is found on the node.
    """

    def __init__(self, model: str, sampling: Sampling) -> None:
        self._model = model
        self._sampling = sampling

    def start(self) -> str:
        """Load the model; returns the version of this package on the node. Raises `LriscError`."""
        self._worker = load(self._model, self._sampling)
        return __version__

    def about(self) -> tuple[tuple[str, ...], int]:
        """Models, and how many pictures it takes at once."""
        return self._worker.models, self._worker.max_batch

    def decode(self, parts: list[bytes]) -> tuple[list[bytes], Files]:
        """A packed batch to packed outcomes, and the files of each."""
        jobs = unpack_to_worker(parts)
        assert isinstance(jobs, list)
        outcomes = self._worker.decode(jobs)
        return pack_outcomes(outcomes), [outcome.files for outcome in outcomes]


class RayWorker:
    """Passes batches on to an actor.

    Args:
        address: of the cluster, `HOST:PORT` or `auto`.
        model, sampling: as for `load`.

    Raises:
        LriscError: there is no such cluster, it has no room, or it cannot load the model.
    """

    def __init__(self, address: str, model: str, sampling: Sampling) -> None:
        self._ray = connect(address)
        self._arguments = (model, sampling)
        (self._actor,) = make_actors(self._ray, 1, DecodingActor, *self._arguments, on_gpus=True)
        self.models, self.max_batch = self._ray.get(self._actor.about.remote())

    def decode(self, jobs: Sequence[Job]) -> list[Outcome]:
        """One outcome a job, in their order.

        Raises:
            LriscError: the actor was lost, and no other can be had.
        """
        try:
            parts, files = self._ray.get(self._actor.decode.remote(pack_jobs(jobs)))
        except LriscError:
            raise
        except self._ray.exceptions.RayError as error:
            log.warning("a worker on the cluster was lost: %s", type(error).__name__)
            self._ray.kill(self._actor)
            (self._actor,) = make_actors(self._ray, 1, DecodingActor, *self._arguments, on_gpus=True)
            lost = f"its worker on the cluster was lost: {type(error).__name__}"
            return [Outcome(job.picture, job.held, None, lost) for job in jobs]
        message = unpack_from_worker(parts)
        assert isinstance(message, Outcomes)
        outcomes = [Outcome(item.picture, item.held, item.result, item.failure) for item in message.items]
        return [replace(outcome, files=each) for outcome, each in zip(outcomes, files, strict=True)]

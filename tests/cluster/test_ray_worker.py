# SPDX-License-Identifier: MIT
"""Workers on a Ray cluster of two nodes: the same results as here, and what happens when one is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from lrisc_sdr import ray_cluster
from lrisc_sdr.errors import ConfigurationError, MissingExtra, UnknownModel
from lrisc_sdr.link.jobs import Job
from lrisc_sdr.link.ray_worker import DecodingActor, RayWorker
from lrisc_sdr.link.worker import NULL, NullWorker
from lrisc_sdr.sampling import Sampling
from lrisc_sdr.types import ReceivedLatents

# Two nodes and their processes start anew.
pytestmark = pytest.mark.timeout(900)


def jobs(n: int) -> list[Job]:
    rng = np.random.default_rng(3)
    return [
        Job(
            picture=number,
            held=1,
            name=f"{number:05d}",
            received=ReceivedLatents(
                picture_id=number,
                symbols=rng.standard_normal(512).astype(np.float32).view(np.complex64),
                noise_var=np.full(256, 0.1, np.float32),
                rate_map=b"map",
                height=64,
                width=80,
                model_id="00000000",
                snr_db=10.0,
                cfo_hz=0.0,
                frames_received=1,
                frames_sent=1,
            ),
        )
        for number in range(n)
    ]


def test_a_model_that_the_node_lacks_is_named(cluster: Any) -> None:
    with pytest.raises(UnknownModel, match="no model lagre"):
        RayWorker(cluster.address, "lagre", Sampling())


def test_nodes_of_another_version_are_refused(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_cluster, "__version__", "0.0.0")
    with pytest.raises(ConfigurationError, match=r"lrisc-sdr is 0\.0\.0 here"):
        ray_cluster.make_actors(ray_cluster.connect(cluster.address), 1, DecodingActor, NULL, Sampling())


@pytest.fixture(scope="module")
def workers(cluster: Any) -> Iterator[list[RayWorker]]:
    """Two: one more has no room."""
    made = [RayWorker(cluster.address, NULL, Sampling()) for _ in range(2)]
    yield made
    for worker in made:
        worker._ray.kill(worker._actor)


def test_two_nodes_give_the_results_of_this_one(workers: list[RayWorker]) -> None:
    import ray

    nodes = {ray.get(worker._actor.__ray_call__.remote(_node)) for worker in workers}
    assert len(nodes) == 2
    expected = NullWorker().decode(jobs(3))
    for worker in workers:
        assert worker.models == NullWorker.models
        assert worker.decode(jobs(3)) == expected


def _node(_: Any) -> str:
    import ray

    return str(ray.get_runtime_context().get_node_id())


def test_more_workers_than_there_is_room_for(workers: list[RayWorker], cluster: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(ray_cluster, "START_S", 1.0)
    with pytest.raises(ConfigurationError, match="no room"):
        RayWorker(cluster.address, NULL, Sampling())


def test_a_lost_actor_is_one_failed_try_and_another_takes_its_place(workers: list[RayWorker]) -> None:
    import ray

    ray.kill(workers[0]._actor)
    lost = workers[0].decode(jobs(2))
    assert [outcome.result for outcome in lost] == [None, None]
    assert all("was lost" in (outcome.failure or "") for outcome in lost)
    assert workers[0].decode(jobs(2)) == NullWorker().decode(jobs(2))


def test_an_extra_that_a_node_lacks_is_named_here() -> None:
    import pickle

    error = pickle.loads(pickle.dumps(MissingExtra("torch", "codec")))
    assert str(error) == str(MissingExtra("torch", "codec"))

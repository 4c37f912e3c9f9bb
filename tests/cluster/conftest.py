# SPDX-License-Identifier: MIT
"""A Ray cluster of two nodes on this machine, each with processes and an address of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ["RAY_DISABLE_IMPORT_WARNING"] = "1"
STORE_BYTES = 80_000_000


@pytest.fixture(scope="session")
def cluster() -> Iterator[Any]:
    """The head has room for one actor, the other node for one more."""
    pytest.importorskip("ray", reason="ray is not installed")
    from ray.cluster_utils import Cluster

    cluster = Cluster(
        initialize_head=True,
        head_node_args={
            # Ray takes 127.0.0.1 for the machine's other address.
            "node_ip_address": "127.0.0.2",
            "num_cpus": 1,
            "object_store_memory": STORE_BYTES,
            "include_dashboard": False,
        },
    )
    cluster.add_node(node_ip_address="127.0.0.3", num_cpus=1, object_store_memory=STORE_BYTES)
    cluster.wait_for_nodes()
    yield cluster
    import ray

    ray.shutdown()
    cluster.shutdown()

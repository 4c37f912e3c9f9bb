# SPDX-License-Identifier: MIT
"""A campaign from its start, or from where it was left, to its last row."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec

from lrisc_sdr.campaigns.campaign import Campaign
from lrisc_sdr.campaigns.rows import RowStore, read_rows
from lrisc_sdr.campaigns.systems import Bound, Branches, make_all
from lrisc_sdr.campaigns.work import Worker
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.runs.process import Process
from lrisc_sdr.runs.progress import Progress
from lrisc_sdr.runs.versions import environment, versions

POLL_S = 0.2
CAMPAIGN = "campaign.json"
ENVIRONMENT = "env.json"


def sweep(
    campaign: Campaign, folder: Path, processes: int, progress: Progress, ray_address: str | None = None
) -> list[dict[str, Any]]:
    """Do what is left of a campaign and return its rows, those of earlier runs and of other processes included.

    Args:
        campaign: what is asked for.
        folder: where its rows are kept; any number of runs may share it.
        processes: to work at once.
        ray_address: of the Ray cluster whose nodes run them, `HOST:PORT` or `auto`; None for this machine.

    Raises:
        LriscError: a system or a picture cannot be had, the folder cannot be written, or a process died.
    """
    systems = make_all(campaign.systems)
    worker = Worker(campaign, systems, folder)
    _describe(campaign, systems, folder)
    n_rows = len(worker.row_keys)
    if ray_address is not None:
        from lrisc_sdr.campaigns.cluster import share_on_cluster

        share_on_cluster(campaign, worker, folder, processes, ray_address, lambda n: progress("pictures", n, n_rows))
    elif processes == 1:
        worker.run(lambda done: progress("pictures", done, n_rows))
    else:
        _share(campaign, folder, processes, worker.row_keys, progress)
    found = {row["key"]: row for row in read_rows(folder) if row["key"] in worker.row_keys}
    return list(found.values())


def work_alone(arguments: Sequence[str]) -> None:
    """What a process of `sweep` does: `CAMPAIGN.json FOLDER`."""
    campaign = msgspec.json.decode(Path(arguments[0]).read_bytes(), type=Campaign)
    systems = make_all(campaign.systems)
    if "torch" in sys.modules:
        import torch

        torch.set_num_threads(1)  # there are as many processes as there shall be threads
    Worker(campaign, systems, Path(arguments[1])).run(lambda _: None)


def _share(campaign: Campaign, folder: Path, processes: int, row_keys: set[str], progress: Progress) -> None:
    store = RowStore(folder)
    with tempfile.TemporaryDirectory(prefix="lrisc-") as temporary, ExitStack() as stack:
        workplace = Path(temporary)
        (workplace / CAMPAIGN).write_bytes(msgspec.json.encode(campaign))
        arguments = [str(workplace / CAMPAIGN), str(folder)]
        workers = [
            stack.enter_context(Process(f"worker-{i}", "lrisc_sdr.campaigns.process", arguments, workplace))
            for i in range(processes)
        ]
        while [worker for worker in workers if not worker.ended()]:  # every one is asked: one that failed ends all
            progress("pictures", len(row_keys & store.refresh()), len(row_keys))
            time.sleep(POLL_S)
    progress("pictures", len(row_keys & store.refresh()), len(row_keys))
    store.close()


def _describe(campaign: Campaign, systems: Sequence[Branches | Bound], folder: Path) -> None:
    """What was asked for last in this folder, and with what."""
    identities = {name: system.identity for system in systems for name in system.names}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, document in (
            (CAMPAIGN, msgspec.to_builtins(campaign)),
            (ENVIRONMENT, {"versions": versions(None, None), "systems": identities, **environment()}),
        ):
            part = folder / f".{name}.part"
            part.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
            part.replace(folder / name)
    except OSError as error:
        raise ConfigurationError(f"{folder} cannot be written: {error.strerror}; choose another --out") from None

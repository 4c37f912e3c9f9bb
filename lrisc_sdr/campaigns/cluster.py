# SPDX-License-Identifier: MIT
"""A campaign shared by the nodes of a Ray cluster.

    this process: claims jobs, appends rows ══► actors: a `Worker` each, on any node, in a temporary folder of its own
                    rows.jsonl, pictures ◄══ rows, files

Pictures travel with the campaign. A model that is named by a path has to lie there on every node.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec

from lrisc_sdr import __version__
from lrisc_sdr.campaigns.campaign import Campaign
from lrisc_sdr.campaigns.jobs import Job, pictures
from lrisc_sdr.campaigns.rows import RowStore
from lrisc_sdr.campaigns.systems import make_all
from lrisc_sdr.campaigns.work import WAIT_S, Worker
from lrisc_sdr.errors import ProcessFailed
from lrisc_sdr.pictures import save_png
from lrisc_sdr.ray_cluster import cause_of, connect, make_actors
from lrisc_sdr.types import ByteArray

MAX_LOSSES = 3

Done = tuple[list[dict[str, Any]], dict[str, bytes]]


class CampaignActor:
    """Does jobs of a campaign in a process of the cluster.

    Args:
        campaign: as JSON.
        images: name and pixels u8 `[H, W, 3]` of each of its pictures, in their order.
    """

    def __init__(self, campaign: bytes, images: list[tuple[str, ByteArray]]) -> None:
        self._campaign = msgspec.json.decode(campaign, type=Campaign)
        self._images = images

    def start(self) -> str:
        """Load the systems; returns the version of this package on the node. Raises `LriscError`."""
        self._temporary = tempfile.TemporaryDirectory(prefix="lrisc-")
        place = Path(self._temporary.name)
        files = []
        for number, (name, image) in enumerate(self._images):
            folder = place / f"{number}"
            folder.mkdir()
            save_png(folder / name, image)
            files.append(str(folder / name))
        asked = replace(self._campaign, pictures=tuple(files), limit=0)
        self._out = place / "out"
        self._out.mkdir()
        self._worker = Worker(asked, make_all(asked.systems), self._out)
        self._jobs = {job.key: job for job in self._worker.jobs}
        return __version__

    def do(self, keys: list[str]) -> Done:
        """Rows of the jobs with these keys, and the files that belong to them."""
        rows = [row for key in keys for row in self._worker.do(self._jobs[key])]
        files = [file for file in sorted(self._out.rglob("*")) if file.is_file()]
        contents = {str(file.relative_to(self._out)): file.read_bytes() for file in files}
        for file in files:
            file.unlink()
        return rows, contents


@dataclass
class _Task:
    """Jobs that share what the transmitter sends, at an actor; the claims on them end with `claims`."""

    jobs: list[Job]
    actor: Any
    claims: ExitStack


def share_on_cluster(
    campaign: Campaign, worker: Worker, folder: Path, actors: int, address: str, on_rows: Callable[[int], None]
) -> None:
    """Work until no job is left, waiting for those that other processes have claimed.

    Args:
        campaign: what is asked for.
        worker: of this process; it only knows the jobs.
        folder: the campaign's.
        actors: to work at once.
        address: of the cluster, `HOST:PORT` or `auto`.
        on_rows: called with the number of rows that are finished, now and then.

    Raises:
        LriscError: there is no such cluster, an actor cannot do its work, or the folder cannot be written.
    """
    ray = connect(address)
    images = ray.put([(picture.source.name, picture.source.load()) for picture in pictures(campaign)])
    text = msgspec.json.encode(campaign)

    def make(n: int) -> list[Any]:
        return make_actors(ray, n, CampaignActor, text, images)

    store = RowStore(folder)
    idle = make(actors)
    tasks: dict[Any, _Task] = {}
    losses: Counter[str] = Counter()
    groups = [list(group) for _, group in groupby(worker.jobs, lambda job: (job.picture, _sent(job)))]
    try:
        on_rows(len(worker.row_keys & store.refresh()))
        while tasks or (groups := [group for group in groups if not _finished(group, store)]):
            for task in _claimed(groups, idle, tasks, store):
                tasks[task.actor.do.remote([job.key for job in task.jobs])] = task
            done, _ = ray.wait(list(tasks), timeout=WAIT_S) if tasks else ([], [])
            for reference in done:
                task = tasks.pop(reference)
                try:
                    with task.claims:
                        _keep(ray.get(reference), folder, store)
                except ray.exceptions.RayActorError as error:
                    key = task.jobs[0].key
                    losses[key] += 1
                    if losses[key] == MAX_LOSSES:
                        raise ProcessFailed(
                            f"{MAX_LOSSES} actors were lost at the same job: {cause_of(error)}"
                        ) from None
                    (task.actor,) = make(1)
                except ray.exceptions.RayError as error:
                    raise cause_of(error) from None
                idle.append(task.actor)
            if not tasks:
                time.sleep(WAIT_S)
            on_rows(len(worker.row_keys & store.refresh()))
    finally:
        for task in tasks.values():
            task.claims.close()
        for actor in [*idle, *(task.actor for task in tasks.values())]:
            ray.kill(actor)
        store.close()


def _sent(job: Job) -> tuple[float, str]:
    return job.point.told_snr_db, job.point.cbr


def _finished(group: list[Job], store: RowStore) -> bool:
    return all(store.finished.issuperset(job.row_keys.values()) for job in group)


def _claimed(groups: list[list[Job]], idle: list[Any], tasks: dict[Any, _Task], store: RowStore) -> Iterator[_Task]:
    """Tasks for the actors that have none; a claim of this process does not keep itself out."""
    at_work = {job.key for task in tasks.values() for job in task.jobs}
    for group in groups:
        if not idle:
            return
        claims = ExitStack()
        free = (job for job in group if job.key not in at_work)
        mine = [job for job in free if claims.enter_context(store.claim(job.key, job.row_keys.values()))]
        if mine:
            yield _Task(mine, idle.pop(), claims)
        else:
            claims.close()


def _keep(done: Done, folder: Path, store: RowStore) -> None:
    rows, files = done
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        part.write_bytes(content)
        part.replace(path)
    store.append(rows)

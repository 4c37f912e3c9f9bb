# SPDX-License-Identifier: MIT
"""A process's share of a campaign: claim a job, do it, append its rows, until every job is finished."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from lrisc_sdr import coding, framing
from lrisc_sdr.campaigns.campaign import Campaign, ratio
from lrisc_sdr.campaigns.jobs import Job, Picture, Point, jobs
from lrisc_sdr.campaigns.reception import receive, send
from lrisc_sdr.campaigns.rows import RowStore
from lrisc_sdr.campaigns.systems import Bound, Branches
from lrisc_sdr.channel import preset
from lrisc_sdr.errors import LriscError, MissingExtra, UnknownModel
from lrisc_sdr.evaluation.regions import box
from lrisc_sdr.evaluation.scoring import Scorer
from lrisc_sdr.pictures import save_png
from lrisc_sdr.types import ByteArray, Latents
from lrisc_sdr.waveform import waveform

WAIT_S = 0.5
PICTURES = "pictures"
SOURCES = "sources"


class Worker:
    """
    Args:
        campaign: what is asked for.
        systems: those of the campaign, in its order.
        folder: the campaign's.

    Attributes:
        jobs: of the campaign, finished or not.
        row_keys: of all their rows.
    """

    def __init__(self, campaign: Campaign, systems: Sequence[Branches | Bound], folder: Path) -> None:
        self._campaign = campaign
        self._systems = systems
        self._folder = folder
        self._waveform = waveform(campaign.waveform)
        self.jobs = list(jobs(campaign, systems))
        self._source: tuple[Picture, ByteArray, Scorer] | None = None
        self._encoded: dict[int, tuple[object, tuple[Latents, float]]] = {}
        self.row_keys = {key for job in self.jobs for key in job.row_keys.values()}

    def run(self, on_rows: Callable[[int], None]) -> None:
        """Work until no job is left, waiting for those that other processes have claimed.

        Args:
            on_rows: called with the number of rows that are finished, now and then.

        Raises:
            LriscError: a picture cannot be read, or the folder cannot be written.
        """
        store = RowStore(self._folder)
        left = [(job, job.row_keys) for job in self.jobs]
        try:
            on_rows(len(self.row_keys & store.refresh()))
            while left := [(job, keys) for job, keys in left if not store.finished.issuperset(keys.values())]:
                worked = False
                for job, keys in left:
                    if store.finished.issuperset(keys.values()):
                        continue
                    with store.claim(job.key, keys.values()) as mine:
                        if mine:
                            store.append(self._do(job, keys))
                            worked = True
                    on_rows(len(self.row_keys & store.refresh()))
                if not worked:
                    time.sleep(WAIT_S)
        finally:
            store.close()

    def do(self, job: Job) -> list[dict[str, Any]]:
        """The rows of a job, not appended yet; pictures that are kept are in the folder.

        Raises:
            LriscError: what is wrong would be so for every picture.
        """
        return self._do(job, job.row_keys)

    def _do(self, job: Job, keys: Mapping[str, str]) -> list[dict[str, Any]]:
        image, scorer = self._load(job.picture)
        point, system = job.point, self._systems[job.system]
        common: dict[str, Any] = {
            "picture": job.picture.source.name,
            "picture_digest": job.picture.digest,
            "height": image.shape[0],
            "width": image.shape[1],
            "identity": job.identity,
            **asdict(point),
            "sent": not isinstance(system, Bound),
            "cbr_asked": ratio(point.cbr),
        }
        received: Mapping[str, ByteArray] = {}
        reason: str | None = None
        try:
            if isinstance(system, Bound):
                best = system.picture(image, point.snr_db, lambda n_bytes: _plan(image, point, n_bytes).payload_symbols)
                received = {job.names[0]: best}
                common["cbr_frame"] = _cbr(_plan(image, point, 0), image)
            else:
                received, reason = self._send(system, job, image, common)
        except (MissingExtra, UnknownModel):  # not the picture's doing: it would be the same for every one
            raise
        except LriscError as error:
            reason = " ".join(str(error).split())
        rows = []
        for name in job.names:
            picture = received.get(name)
            started = time.perf_counter()
            scored = scorer.score_nothing() if picture is None else scorer.score(picture)
            row = {"key": keys[name], "system": name, **common, "failed": picture is None}
            row |= {"reason": reason if picture is None else None, **scored.values, "notes": dict(scored.notes)}
            row["measure_s"] = time.perf_counter() - started
            if picture is not None and self._is_kept(job):
                row["file"] = f"{PICTURES}/{keys[name]}.png"
                (self._folder / PICTURES).mkdir(exist_ok=True)
                save_png(self._folder / row["file"], picture)
            rows.append(row)
        return rows

    def _send(
        self, system: Branches, job: Job, image: ByteArray, row: dict[str, Any]
    ) -> tuple[Mapping[str, ByteArray], str | None]:
        """The pictures that arrive, or why none does; the row gets what is known on the way, also where it ends early.

        Raises:
            LriscError: the system could not encode or decode the picture.
        """
        point = job.point
        latents, row["encode_s"] = self._encode(system, job, image)
        sent = send(latents, job.picture.picture_id, point.told_snr_db, self._waveform)
        row |= {name: value for name, value in vars(sent).items() if name != "frames"}
        row["frames_sent"] = len(sent.frames)
        spec = replace(preset(point.channel), snr_db=point.snr_db)
        reception = receive(sent.frames, spec, self._waveform, point.channel_seed(job.picture))
        row |= {name: value for name, value in vars(reception).items() if name not in ("latents", "reason")}
        if reception.latents is None:
            return {}, reception.reason
        row["snr_db_estimated"] = reception.latents.snr_db
        started = time.perf_counter()
        pictures = system.decode(reception.latents)
        row["decode_s"] = time.perf_counter() - started
        return pictures, None

    def _is_kept(self, job: Job) -> bool:
        keep = self._campaign.keep
        return (
            job.picture.source.stem in keep.pictures
            and (not keep.snr_db or job.point.snr_db in keep.snr_db)
            and (not keep.cbr or job.point.cbr in keep.cbr)
        )

    def _load(self, picture: Picture) -> tuple[ByteArray, Scorer]:
        if self._source is None or self._source[0] != picture:
            image = picture.source.load()
            edges = self._campaign.region
            region = box(image.shape[0], image.shape[1], edges) if edges else None
            self._source = picture, image, Scorer(image, self._campaign.metrics, region)
            if picture.source.stem in self._campaign.keep.pictures:
                (self._folder / SOURCES).mkdir(exist_ok=True)
                save_png(self._folder / SOURCES / f"{picture.digest}.png", image)
        return self._source[1], self._source[2]

    def _encode(self, system: Branches, job: Job, image: ByteArray) -> tuple[Latents, float]:
        """The latents and the time they took; channels and seeds in a row share them."""
        point = job.point
        what = (job.picture, point.told_snr_db, point.cbr)
        if job.system not in self._encoded or self._encoded[job.system][0] != what:
            started = time.perf_counter()
            latents = system.encode(
                image, point.told_snr_db, lambda n_bytes: _plan(image, point, n_bytes).payload_symbols
            )
            self._encoded[job.system] = what, (latents, time.perf_counter() - started)
        return self._encoded[job.system][1]


def _plan(image: ByteArray, point: Point, side_bytes: int) -> framing.FramePlan:
    return framing.plan(image.shape[0], image.shape[1], ratio(point.cbr), side_bytes, point.told_snr_db)


def _cbr(plan: framing.FramePlan, image: ByteArray) -> float:
    """What a plan bills of the channel, as `framing.cbr_frame` does."""
    return framing.cbr_payload(
        plan.count * (coding.HEADER_SYMBOLS + plan.frame_symbols), image.shape[0], image.shape[1]
    )

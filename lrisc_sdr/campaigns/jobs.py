# SPDX-License-Identifier: MIT
"""A campaign's jobs: every reception that it asks for, and what makes it different from every other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from lrisc_sdr.campaigns.campaign import Campaign, ratio
from lrisc_sdr.campaigns.rows import key_of
from lrisc_sdr.campaigns.systems import Bound, Branches
from lrisc_sdr.channel import preset
from lrisc_sdr.runs.sources import Source, find
from lrisc_sdr.types import ByteArray


@dataclass(frozen=True)
class Picture:
    """A picture of a campaign.

    Attributes:
        source: where it is read.
        digest: 16 hexadecimal digits of the sha256 of its size and pixels.
    """

    source: Source
    digest: str

    @property
    def picture_id(self) -> int:
        """The number in its frames' headers: the same in every campaign, since decoders draw their noise from it."""
        return int(self.digest[:4], 16)


@dataclass(frozen=True)
class Point:
    """Where a system is measured.

    Attributes:
        snr_db: Es/N0 per data carrier of the channel `[dB]`.
        told_snr_db: what the transmitter is told `[dB]`.
        cbr: the ratio asked for, as in "1/48".
        channel: name of the preset.
        seed: of the campaign.
        waveform: name of the waveform.
    """

    snr_db: float
    told_snr_db: float
    cbr: str
    channel: str
    seed: int
    waveform: str

    def channel_seed(self, picture: Picture) -> int:
        """The channel's seed: pictures meet different noise, systems with the same picture the same."""
        entropy = [self.seed, *bytes.fromhex(picture.digest)]
        return int(np.random.SeedSequence(entropy).generate_state(1, np.uint64)[0] >> np.uint64(1))


@dataclass(frozen=True)
class Job:
    """One reception.

    Attributes:
        system: index among the campaign's systems.
        identity: `Branches.identity`.
        names: `Branches.names`.
        picture: what is sent.
        point: under what circumstances.
        metrics: names of metrics, and the region: rows with others are other rows.
        region: as in the campaign.
    """

    system: int
    identity: str
    names: tuple[str, ...]
    picture: Picture
    point: Point
    metrics: tuple[str, ...]
    region: tuple[float, ...]

    @property
    def key(self) -> str:
        """Of the job, from all that its results depend on."""
        return key_of(self._inputs())

    @property
    def row_keys(self) -> dict[str, str]:
        """Keys of its rows by the name of the system."""
        return {name: key_of({**self._inputs(), "system": name}) for name in self.names}

    def _inputs(self) -> dict[str, object]:
        point = {**asdict(self.point), "channel": asdict(preset(self.point.channel)), "cbr": ratio(self.point.cbr)}
        return {
            "identity": self.identity,
            "picture": [self.picture.source.name, self.picture.digest],
            "point": _without_infinities(point),
            "metrics": sorted(self.metrics),
            "region": self.region,
        }


BOUND_CHANNEL = "awgn"
"""The channel whose capacity a bound knows."""


def jobs(campaign: Campaign, systems: Sequence[Branches | Bound]) -> Iterator[Job]:
    """All jobs, picture by picture, so that what is there of an unfinished campaign compares all systems.

    A bound has one row where the others have one a seed and told SNR, and none on channels other than `BOUND_CHANNEL`.

    Args:
        campaign: what is asked for.
        systems: those of the campaign, in its order.

    Raises:
        InvalidPicture: a picture cannot be read.
    """
    for picture in pictures(campaign):
        for point in points(campaign):
            for index, system in enumerate(systems):
                if not isinstance(system, Bound) or _is_bounds(point, campaign):
                    yield Job(index, system.identity, system.names, picture, point, campaign.metrics, campaign.region)


def _is_bounds(point: Point, campaign: Campaign) -> bool:
    return point.channel == BOUND_CHANNEL and point.told_snr_db == point.snr_db and point.seed == campaign.seeds[0]


def pictures(campaign: Campaign) -> list[Picture]:
    """The pictures of a campaign. Raises `InvalidPicture` where one cannot be read."""
    sources = find([Path(name) for name in campaign.pictures])
    return [Picture(source, digest(source.load())) for source in sources[: campaign.limit or None]]


def points(campaign: Campaign) -> list[Point]:
    """The points of a campaign, such that neighbours share what the transmitter sends."""
    return [
        Point(snr_db, snr_db + error_db, cbr, channel, seed, campaign.waveform)
        for cbr in campaign.cbr
        for snr_db in campaign.snr_db
        for error_db in campaign.told_error_db
        for channel in campaign.channels
        for seed in campaign.seeds
    ]


def digest(image: ByteArray) -> str:
    """16 hexadecimal digits of a picture u8 `[H, W, 3]`."""
    header = f"{image.shape[0]}x{image.shape[1]}:".encode()
    return hashlib.sha256(header + np.ascontiguousarray(image).tobytes()).hexdigest()[:16]


def _without_infinities(values: dict[str, object]) -> dict[str, object]:
    """JSON has no infinities; what stands for them in a key need only be different from every number."""
    plain: dict[str, object] = {}
    for name, value in values.items():
        nested = _without_infinities(value) if isinstance(value, dict) else value
        plain[name] = str(nested) if isinstance(nested, float) else nested
    return plain

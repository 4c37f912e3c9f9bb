# SPDX-License-Identifier: MIT
"""What a worker is given, what it gives back, and what a worker is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from lrisc_sdr.link.messages import Result
from lrisc_sdr.types import ReceivedLatents


@dataclass(frozen=True)
class Job:
    """A picture to decode.

    Attributes:
        picture, held: of its lease in the spool.
        name: of its files, without an ending.
        received: its latents.
    """

    picture: int
    held: int
    name: str
    received: ReceivedLatents


@dataclass(frozen=True)
class Outcome:
    """What became of a job.

    Attributes:
        picture, held: of the job.
        result: the picture, decoded or failed for good; None where it may go better another time.
        failure: why, where `result` is None.
        files: names and bytes of the files that `result` names.
    """

    picture: int
    held: int
    result: Result | None
    failure: str | None = None
    files: tuple[tuple[str, bytes], ...] = ()


class BatchWorker(Protocol):
    """What decodes batches: `Worker`, `NullWorker`, or something that passes them on to one of them elsewhere.

    Attributes:
        models: identities of the models that it has.
        max_batch: how many pictures it takes at once.
    """

    @property
    def models(self) -> tuple[str, ...]: ...

    @property
    def max_batch(self) -> int: ...

    def decode(self, jobs: Sequence[Job]) -> list[Outcome]:
        """One outcome a job, in their order. Pictures of one shape and model, at most `max_batch`."""
        ...

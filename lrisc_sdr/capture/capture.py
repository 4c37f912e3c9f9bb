# SPDX-License-Identifier: MIT
"""A recording as receivers see it: samples that stay on the disk, stretches without a gap, what is written of them."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lrisc_sdr.capture.names import OVERFLOW
from lrisc_sdr.capture.stored import Source, Stored
from lrisc_sdr.types import ComplexArray

CHUNK_SAMPLES = 1 << 18


@dataclass(frozen=True)
class Segment:
    """Samples without a gap between them.

    Attributes:
        start: the first one's number in the capture.
        global_index: its number in the stream that was recorded; a gap is where it runs ahead of `start`.
        frequency_hz: carrier frequency, or None `[Hz]`.
        started: when it was taken, as recorded, UTC (`…Z`), or None.
        gap: what lies before it, in the words of the `lrisc` extension, or None.
        fields: everything that is written, by SigMF's names, at the rate of the file.
    """

    start: int
    global_index: int
    frequency_hz: float | None = None
    started: str | None = None
    gap: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Annotation:
    """What somebody wrote about a stretch of a capture.

    Attributes:
        start: its first sample.
        n_samples: its length; to the end of its segment where nobody says.
        label: a few words, or none.
        fields: everything that is written, by SigMF's names, at the rate of the file.
    """

    start: int
    n_samples: int
    label: str
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class Capture:
    """A checked recording; its samples stay on the disk.

    Attributes:
        source: the samples, at `rate_sps`.
        stored: the same as they lie in the file, at the file's rate.
        rate_sps: sampling rate `[samples/s]`.
        waveform: name of the waveform that was sent, or None where the recording does not say.
        description: in the recorder's words.
        segments: from one gap, or change of a setting, to the next; at least one.
        annotations: in the order of their first samples.
        fields: the global object of its metadata; empty where there is none.
    """

    source: Source
    stored: Stored
    rate_sps: float
    waveform: str | None = None
    description: str = ""
    segments: tuple[Segment, ...] = (Segment(0, 0),)
    annotations: tuple[Annotation, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """The file that holds the samples."""
        return self.stored.path

    @property
    def datatype(self) -> str:
        """How they lie there."""
        return self.stored.datatype

    @property
    def n_samples(self) -> int:
        """Complex samples at `rate_sps`, at least 1."""
        return self.source.n_samples

    @property
    def frequency_hz(self) -> float | None:
        """Carrier frequency of the first segment, or None `[Hz]`."""
        return self.segments[0].frequency_hz

    def read(self, start: int, count: int) -> ComplexArray:
        """Samples `start` … `start` + `count` − 1, c64; integers scaled so that full scale is 1. Fewer at the end.

        Raises:
            InvalidCapture: samples that are not finite numbers, or a file that has shrunk since it was checked.
        """
        return self.source.read(start, count)

    def chunks(
        self, chunk_samples: int = CHUNK_SAMPLES, start: int = 0, stop: int | None = None
    ) -> Iterator[ComplexArray]:
        """Yield the samples from `start` to `stop`, or the end, in order, c64.

        Raises:
            InvalidCapture: as `read`.
        """
        end = self.n_samples if stop is None else min(stop, self.n_samples)
        for position in range(start, end, chunk_samples):
            yield self.read(position, min(chunk_samples, end - position))

    def stretches(
        self, chunk_samples: int = CHUNK_SAMPLES, start: int = 0, stop: int | None = None
    ) -> Iterator[ComplexArray | None]:
        """As `chunks`, with None wherever what follows does not join on: there a receiver begins anew.

        A radio that lost samples and went on tears no stream: the receiver of that time was not told either.
        """
        end = self.n_samples if stop is None else min(stop, self.n_samples)
        for position in (part.start for part in self.torn() if start < part.start < end):
            yield from self.chunks(chunk_samples, start, position)
            yield None
            start = position
        yield from self.chunks(chunk_samples, start, end)

    def torn(self) -> list[Segment]:
        """The segments that do not join on to the one before them: samples are missing, or a setting has changed."""
        found = []
        for before, part in zip(self.segments, self.segments[1:], strict=False):
            joined = part.global_index - before.global_index == part.start - before.start
            same = part.frequency_hz == before.frequency_hz
            if part.gap != OVERFLOW and not (joined and same and part.gap is None):
                found.append(part)
        return found

    def segment_at(self, position: int) -> Segment:
        """The segment in which a sample lies."""
        index = bisect.bisect_right(self.segments, position, key=lambda part: part.start)
        return self.segments[max(index - 1, 0)]

    def samples(self) -> ComplexArray:
        """Return all samples, c64 `[n_samples]`."""
        return self.read(0, self.n_samples)

    def gaps(self) -> list[tuple[int, int]]:
        """Where samples are missing: the sample behind each gap, and how many."""
        pairs = zip(self.segments, self.segments[1:], strict=False)
        lost = [(b.start, b.global_index - a.global_index - (b.start - a.start)) for a, b in pairs]
        return [(start, count) for start, count in lost if count > 0]

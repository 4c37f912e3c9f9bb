# SPDX-License-Identifier: MIT
"""Recordings of any origin as receivers get them: checked before the first sample is used, read where it is asked for.

X.sigmf-meta + X.sigmf-data ┐
X.sigmf, an archive         ├─► Stored ─► Resampled, where another rate is wanted ─► Capture
X.cf32, X.cs8, …; X.wav     ┘
"""

from __future__ import annotations

import bisect
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from lrisc_sdr.capture.archive import ARCHIVE_SUFFIX, find_recording
from lrisc_sdr.capture.formats import RAW_DATATYPES
from lrisc_sdr.capture.names import COUNT_FIELD, GAP_FIELD, JOURNAL_SUFFIX, OVERFLOW, WAVEFORM_FIELD, recording_files
from lrisc_sdr.capture.raw import WAV_SUFFIX, count_in, count_samples, open_raw, open_wav
from lrisc_sdr.capture.resampling import Resampled, rate_ratio
from lrisc_sdr.capture.stored import Source, Stored, sha512_of
from lrisc_sdr.capture.validation import check_metadata, parse_metadata, read_metadata
from lrisc_sdr.errors import InvalidCapture
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


def open_capture(
    path: str | os.PathLike[str],
    waveform: str | None = None,
    rate_sps: float | None = None,
    resample_sps: float | None = None,
    *,
    verify: bool = True,
) -> Capture:
    """Open and check a recording: SigMF (either of its files, their common name, or an archive), raw samples, or WAV.

    Args:
        path: what to open.
        waveform: the waveform that the receiver is set to; None takes any.
        rate_sps: sampling rate, for raw files, which cannot say it `[samples/s]`.
        resample_sps: the rate at which the samples are wanted; None for that of the recording, half of it where the
            samples are real `[samples/s]`.
        verify: compare the recorded sha512; not for a capture that was checked a moment ago.

    Raises:
        InvalidCapture: missing, empty, truncated, altered, no recording, or of another waveform; one line says which.
        MissingExtra: the `sigmf` package is not installed.
    """
    given = Path(path)
    suffix = given.suffix.lower()
    if given.is_dir():
        raise InvalidCapture(f"{given} is a folder: name a recording in it")
    # A link that the user names is the user's; what a capture itself names must lie beside it.
    if suffix in RAW_DATATYPES:
        capture = _plain(*open_raw(given.resolve(), RAW_DATATYPES[suffix], rate_sps))
    elif suffix == WAV_SUFFIX:
        capture = _plain(*open_wav(given.resolve()))
    elif suffix == ARCHIVE_SUFFIX:
        capture = _archived(given.resolve(), verify)
    else:
        capture = _sigmf(given, verify)
    if waveform is not None and capture.waveform is not None and capture.waveform != waveform:
        raise InvalidCapture(
            f"{capture.path.name} was sent with the waveform {capture.waveform}, not {waveform}: "
            f"give --waveform {capture.waveform}"
        )
    return _at_rate(capture, resample_sps)


def _at_rate(capture: Capture, rate_sps: float | None) -> Capture:
    from_real = not capture.stored.format.is_complex
    if rate_sps is None:
        ratio = Fraction(1, 2) if from_real else Fraction(1)
    else:
        try:
            ratio = rate_ratio(rate_sps, capture.rate_sps)
        except ValueError as error:
            raise InvalidCapture(f"{capture.path.name} cannot be resampled: {error}") from error
    if ratio == 1 and not from_real:
        return capture
    source = Resampled(capture.stored, ratio, from_real)

    def moved(annotation: Annotation) -> Annotation:
        start = source.position(annotation.start)
        return replace(
            annotation, start=start, n_samples=source.position(annotation.start + annotation.n_samples) - start
        )

    return replace(
        capture,
        source=source,
        rate_sps=float(capture.rate_sps * ratio),
        segments=tuple(
            replace(part, start=source.position(part.start), global_index=source.position(part.global_index))
            for part in capture.segments
        ),
        annotations=tuple(moved(annotation) for annotation in capture.annotations),
    )


def _plain(stored: Stored, rate_sps: float) -> Capture:
    return Capture(stored, stored, rate_sps)


def _archived(path: Path, verify: bool) -> Capture:
    if not path.is_file():
        raise InvalidCapture(f"there is no {path.name}")
    member = find_recording(path)
    metadata = parse_metadata(member.meta, path.name)
    check_metadata(metadata, path.name)
    if metadata["global"].get("core:dataset", member.data_name) != member.data_name:
        raise InvalidCapture(f"{path.name} cannot be replayed: its samples are not in {member.data_name}")
    header, trailing = _around(metadata)
    datatype = metadata["global"]["core:datatype"]
    stored = count_in(path, datatype, member.offset_bytes + header, member.size_bytes - header - trailing)
    return _checked(stored, metadata, member.offset_bytes, member.size_bytes, verify)


def _sigmf(path: Path, verify: bool) -> Capture:
    meta_path, data_path = recording_files(path)
    if not meta_path.exists() and data_path.with_suffix(JOURNAL_SUFFIX).exists():
        raise InvalidCapture(
            f"{data_path.stem} is not finished: if nobody is recording it any more, 'lrisc check --repair "
            f"{data_path.with_suffix('')}' makes it whole"
        )
    metadata = read_metadata(_within(meta_path))
    data_path = _within(data_path.with_name(metadata["global"].get("core:dataset", data_path.name)))
    header, trailing = _around(metadata)
    stored = count_samples(data_path, metadata["global"]["core:datatype"], header, trailing)
    size = header + stored.n_samples * stored.format.sample_bytes + trailing
    return _checked(stored, metadata, 0, size, verify)


def _within(path: Path) -> Path:
    """The file itself where the path is a link, which must not lead out of its folder."""
    if not path.is_symlink():
        return path
    found = Path(os.path.realpath(path))
    if found.parent != Path(os.path.realpath(path.parent)):
        raise InvalidCapture(f"{path.name} is a link out of its folder: copy the file in place of it")
    return found


def _around(metadata: Mapping[str, Any]) -> tuple[int, int]:
    """Bytes before and behind the samples."""
    segments = metadata["captures"]
    header: int = segments[0].get("core:header_bytes", 0) if segments else 0
    trailing: int = metadata["global"].get("core:trailing_bytes", 0)
    return header, trailing


def _checked(stored: Stored, metadata: Mapping[str, Any], offset_bytes: int, size_bytes: int, verify: bool) -> Capture:
    fields, name, count = metadata["global"], stored.path.name, stored.n_samples
    claimed = fields.get(COUNT_FIELD, count)
    if count != claimed:
        raise InvalidCapture(f"{name} has {count} samples where its metadata says {claimed}: copy it again")
    first = fields.get("core:offset", 0)
    last = [first] + [entry["core:sample_start"] for entry in metadata["captures"]]
    last += [entry["core:sample_start"] + entry.get("core:sample_count", 0) for entry in metadata["annotations"]]
    if max(last) - first > count:
        raise InvalidCapture(f"{name} is truncated: {count} samples, its metadata reaches to {max(last) - first}")
    recorded = fields.get("core:sha512") if verify else None
    if recorded is not None and sha512_of(stored.path, offset_bytes, size_bytes) != recorded.lower():
        raise InvalidCapture(f"{name} was altered or damaged: its sha512 is not the recorded one")
    segments = _segments(metadata["captures"], first)
    return Capture(
        source=stored,
        stored=stored,
        rate_sps=float(fields["core:sample_rate"]),
        waveform=fields.get(WAVEFORM_FIELD),
        description=str(fields.get("core:description", "")),
        segments=segments,
        annotations=_annotations(metadata["annotations"], first, segments, count),
        fields=fields,
    )


def _segments(entries: list[dict[str, Any]], first: int) -> tuple[Segment, ...]:
    segments: list[Segment] = []
    for entry in entries:
        start = entry["core:sample_start"] - first
        follows = segments[-1].global_index + start - segments[-1].start if segments else entry["core:sample_start"]
        frequency = entry.get("core:frequency")
        segments.append(
            Segment(
                start,
                entry.get("core:global_index", follows),
                None if frequency is None else float(frequency),
                entry.get("core:datetime"),
                entry.get(GAP_FIELD),
                entry,
            )
        )
    return tuple(segments) or (Segment(0, first),)


def _annotations(
    entries: list[dict[str, Any]], first: int, segments: tuple[Segment, ...], count: int
) -> tuple[Annotation, ...]:
    ends = np.array([segment.start for segment in segments[1:]] + [count])
    annotations = []
    for entry in entries:
        start = entry["core:sample_start"] - first
        end = int(ends[min(np.searchsorted(ends, start, side="right"), ends.size - 1)])
        length = entry.get("core:sample_count", max(end - start, 0))
        annotations.append(Annotation(start, length, str(entry.get("core:label", "")), entry))
    return tuple(annotations)

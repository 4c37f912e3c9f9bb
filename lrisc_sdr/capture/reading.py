# SPDX-License-Identifier: MIT
"""Recordings of any origin as receivers get them: checked before the first sample is used, read where it is asked for.

X.sigmf-meta + X.sigmf-data ┐
X.sigmf, an archive         ├─► Stored ─► Resampled, where another rate is wanted ─► Capture
X.cf32, X.cs8, …; X.wav     ┘
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from lrisc_sdr.capture.archive import ARCHIVE_SUFFIX, find_recording
from lrisc_sdr.capture.capture import Annotation, Capture, Segment
from lrisc_sdr.capture.formats import RAW_DATATYPES
from lrisc_sdr.capture.names import COUNT_FIELD, GAP_FIELD, JOURNAL_SUFFIX, WAVEFORM_FIELD, recording_files
from lrisc_sdr.capture.raw import WAV_SUFFIX, count_in, count_samples, open_raw, open_wav
from lrisc_sdr.capture.resampling import Resampled, rate_ratio
from lrisc_sdr.capture.stored import Stored, sha512_of
from lrisc_sdr.capture.validation import check_metadata, parse_metadata, read_metadata
from lrisc_sdr.errors import InvalidCapture


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

# SPDX-License-Identifier: MIT
"""Recordings made of recordings: stretches cut out, several put together. Samples are copied as they are stored."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from lrisc_sdr.capture.capture import Annotation, Capture, Segment
from lrisc_sdr.capture.metadata import Fields, global_fields, metadata_text, whole_metadata
from lrisc_sdr.capture.names import COUNT_FIELD, GAP_FIELD, RECONNECT, recording_files
from lrisc_sdr.capture.stored import Stored
from lrisc_sdr.capture.validation import check_metadata
from lrisc_sdr.errors import ConfigurationError, UsageError

_BLOCK_SAMPLES = 1 << 20
_OF_ONE_FILE = ("core:sha512", "core:dataset", "core:offset", "core:trailing_bytes", COUNT_FIELD)
"""Global fields that are not true of another data file."""


def put_recording(
    path: Path,
    fields: Mapping[str, Any],
    segments: Sequence[Fields],
    annotations: Sequence[Fields],
    blocks: Iterable[bytes],
    sample_bytes: int,
) -> Path:
    """Write a recording, whole or not at all, over one that is there; returns its metadata file.

    Args:
        path: either file of the recording, or their common name.
        fields: the global object, without hash and count.
        segments: capture segments.
        annotations: with a length each.
        blocks: the samples as they will lie in the file.
        sample_bytes: of one sample.

    Raises:
        ConfigurationError: it cannot be written.
        InvalidCapture: there are no samples, or the fields are wrong.
    """
    meta, data = recording_files(path)
    parts = [target.with_name(f".{target.name}.part") for target in (meta, data)]
    digest, size = hashlib.sha512(), 0
    try:
        with parts[1].open("wb") as file:
            for block in blocks:
                file.write(block)
                digest.update(block)
                size += len(block)
        metadata = whole_metadata(fields, segments, annotations, size // sample_bytes, digest.hexdigest())
        check_metadata(metadata, meta.name)
        parts[0].write_text(metadata_text(metadata), encoding="utf-8")
        # Without its metadata a recording is none: a reader never sees new metadata beside old samples.
        meta.unlink(missing_ok=True)
        parts[1].replace(data)
        parts[0].replace(meta)
    except OSError as error:
        raise ConfigurationError(f"{data} cannot be written: {error.strerror}; choose another --out") from None
    finally:
        for part in parts:
            part.unlink(missing_ok=True)
    return meta


def cut(capture: Capture, start: int, stop: int, path: Path) -> Path:
    """Write the samples from `start` to `stop` of a capture at its own rate as a SigMF recording.

    Segments and annotations come along, moved and cut to what is left of them. With all samples it makes a SigMF
    recording of a capture of any kind.

    Raises:
        UsageError: there is nothing between the two, or the recording would replace its own source.
        LriscError: it cannot be written.
    """
    stop = min(stop, capture.n_samples)
    if not 0 <= start < stop:
        raise UsageError(
            f"nothing to cut from sample {start} to {stop}: {capture.path.name} has {capture.n_samples} samples"
        )
    _refuse_source(path, [capture])
    stored = _stored(capture)
    return put_recording(
        path,
        _global(capture),
        _cut_segments(capture, start, stop),
        _cut_annotations(capture.annotations, start, stop),
        _blocks(capture, start, stop),
        stored.format.sample_bytes,
    )


def merge(captures: Sequence[Capture], path: Path) -> Path:
    """Write several captures one after the other as one SigMF recording, with a gap between each two.

    How long a gap is says the clock where both captures do; otherwise it is one sample.

    Raises:
        UsageError: fewer than two, or captures of different rates, data types or waveforms.
        LriscError: it cannot be written.
    """
    if len(captures) < 2:
        raise UsageError("merging takes two captures or more")
    kinds = {(capture.rate_sps, capture.datatype) for capture in captures}
    waveforms = {capture.waveform for capture in captures}
    if len(kinds) > 1 or len(waveforms) > 1:
        told = "; ".join(f"{one.path.name}: {one.datatype}, {one.rate_sps:g}/s, {one.waveform}" for one in captures)
        raise UsageError(f"only captures of one data type, rate and waveform can be merged ({told})")
    _refuse_source(path, captures)
    segments: list[Fields] = []
    annotations: list[Fields] = []
    before, index = 0, 0
    for capture in captures:
        own = _cut_segments(capture, 0, capture.n_samples)
        first = own[0]["core:global_index"]
        base = -first if not segments else max(index + 1, _by_clock(segments[0], own[0], capture.rate_sps)) - first
        for position, segment in enumerate(own):
            gap = {GAP_FIELD: RECONNECT} if segments and position == 0 else {}
            moved = {
                "core:sample_start": segment["core:sample_start"] + before,
                "core:global_index": segment["core:global_index"] + base,
            }
            segments.append({**segment, **gap, **moved})
        marks = _cut_annotations(capture.annotations, 0, capture.n_samples)
        annotations += [{**entry, "core:sample_start": entry["core:sample_start"] + before} for entry in marks]
        last = segments[-1]
        before += capture.n_samples
        index = last["core:global_index"] + before - last["core:sample_start"]
    blocks = (block for capture in captures for block in _blocks(capture, 0, capture.n_samples))
    sample_bytes = _stored(captures[0]).format.sample_bytes
    return put_recording(path, _global(captures[0]), segments, annotations, blocks, sample_bytes)


def _stored(capture: Capture) -> Stored:
    if capture.source is not capture.stored:
        raise UsageError(f"{capture.path.name} has real samples: only complex ones can be cut or merged")
    return capture.stored


def _refuse_source(path: Path, captures: Sequence[Capture]) -> None:
    for target in recording_files(path):
        for capture in captures:
            if target.exists() and target.resolve() == capture.path.resolve():
                raise UsageError(f"{target} is what is read: choose another --out")


def _blocks(capture: Capture, start: int, stop: int) -> Iterator[bytes]:
    for position in range(start, stop, _BLOCK_SAMPLES):
        yield capture.stored.raw(position, min(_BLOCK_SAMPLES, stop - position))


def _global(capture: Capture) -> Fields:
    if not capture.fields:
        return global_fields(capture.datatype, capture.rate_sps, capture.waveform)
    return {name: value for name, value in capture.fields.items() if name not in _OF_ONE_FILE}


def _cut_segments(capture: Capture, start: int, stop: int) -> list[Fields]:
    segments: list[Fields] = []
    ends = [segment.start for segment in capture.segments[1:]] + [capture.n_samples]
    for segment, end in zip(capture.segments, ends, strict=True):
        if end <= start or segment.start >= stop:
            continue
        first = max(segment.start, start)
        later = first - segment.start
        fields = {name: value for name, value in segment.fields.items() if name != "core:header_bytes"}
        fields |= {"core:sample_start": first - start, "core:global_index": segment.global_index + later}
        if later and segment.started is not None:
            fields["core:datetime"] = _later(segment, later / capture.rate_sps)
        segments.append(fields)
    return segments


def _cut_annotations(annotations: Iterable[Annotation], start: int, stop: int) -> list[Fields]:
    kept = []
    for annotation in annotations:
        first, last = max(annotation.start, start), min(annotation.start + annotation.n_samples, stop)
        if first < last:
            kept.append({**annotation.fields, "core:sample_start": first - start, "core:sample_count": last - first})
    return kept


def _time(text: str) -> datetime:
    """A segment's time to the microsecond; a leap second is the second after it."""
    whole, _, rest = text.removesuffix("Z").partition(".")
    leap = whole.endswith(":60")
    when = datetime.strptime(f"{whole[:-2]}59" if leap else whole, "%Y-%m-%dT%H:%M:%S")
    fraction = timedelta(seconds=float(f"0.{rest or 0}"), microseconds=1_000_000 if leap else 0)
    return when.replace(tzinfo=timezone.utc) + fraction


def _later(segment: Segment, seconds: float) -> str:
    assert segment.started is not None
    return (_time(segment.started) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _by_clock(first: Fields, other: Fields, rate_sps: float) -> int:
    """Where a segment begins in the stream of the first one, by their times; 0 where they do not tell."""
    times = [entry.get("core:datetime") for entry in (first, other)]
    if not all(times):
        return 0
    began, now = (_time(str(time)) for time in times)
    return int(first["core:global_index"]) + round((now - began).total_seconds() * rate_sps)

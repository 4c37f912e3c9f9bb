# SPDX-License-Identifier: MIT
"""Checking SigMF metadata: first strictly by hand, then against the specification's schema.

The `sigmf` package opens whatever file the metadata names before it looks at the rest, and takes NaN and local times.
So it only ever sees metadata that has passed here, and is asked for the schema alone.
"""

from __future__ import annotations

import importlib
import json
import math
import re
import warnings
from pathlib import Path
from typing import Any, TypeGuard

from lrisc_sdr.capture.names import COUNT_FIELD, DTYPES, WAVEFORM_FIELD
from lrisc_sdr.errors import InvalidCapture, MissingExtra

MAX_META_BYTES = 16 << 20
MAX_ENTRIES = 100_000
MAX_SAMPLES = 1 << 48

_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def parse_metadata(text: bytes, name: str) -> dict[str, Any]:
    """Return the JSON object in `text`.

    Raises:
        InvalidCapture: not a JSON object, or one with NaN, infinities or a name twice in one object.
    """

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) < len(pairs):
            raise ValueError("a name occurs twice")
        return result

    def number(literal: str) -> float:
        value = float(literal)
        if not math.isfinite(value):
            raise ValueError(f"{literal} is not a finite number")
        return value

    def constant(literal: str) -> float:
        raise ValueError(f"{literal} is not a number of JSON")

    try:
        metadata = json.loads(text, object_pairs_hook=once, parse_float=number, parse_constant=constant)
    except (ValueError, RecursionError) as error:
        raise InvalidCapture(f"{name} is not SigMF metadata: {_line(error)}") from error
    if not isinstance(metadata, dict):
        raise InvalidCapture(f"{name} is not SigMF metadata: it holds no JSON object")
    return metadata


def check_metadata(metadata: dict[str, Any], data_name: str, name: str) -> None:
    """Check everything that does not need the samples, by hand and against the schema.

    Raises:
        InvalidCapture: metadata that no recording of ours, or none that can be replayed, has.
        MissingExtra: the `sigmf` package is not installed.
    """
    try:
        _check_sections(metadata)
        _check_global(metadata["global"], data_name)
        count = metadata["global"].get(COUNT_FIELD, MAX_SAMPLES)
        _check_segments(metadata["captures"], count)
        _check_annotations(metadata["annotations"], count)
    except _Wrong as error:
        raise InvalidCapture(f"{name} cannot be replayed: {error}") from error
    _check_schema(metadata, name)


class _Wrong(Exception):
    """What is wrong, without the file's name."""


def _require(right: bool, what: str) -> None:
    if not right:
        raise _Wrong(what)


def _is_count(value: object, most: int) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


def _is_number(value: object, lowest: float, highest: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and lowest <= value <= highest


def _check_sections(metadata: dict[str, Any]) -> None:
    _require(
        set(metadata) == {"global", "captures", "annotations"}, "it needs global, captures and annotations, no more"
    )
    _require(isinstance(metadata["global"], dict), "global is not an object")
    for section in ("captures", "annotations"):
        entries = metadata[section]
        _require(isinstance(entries, list) and len(entries) <= MAX_ENTRIES, f"{section} is no list of a sane length")
        _require(all(isinstance(entry, dict) for entry in entries), f"{section} holds something that is not an object")
    _require(len(metadata["captures"]) > 0, "captures is empty")


def _check_global(fields: dict[str, Any], data_name: str) -> None:
    datatype = fields.get("core:datatype")
    _require(
        isinstance(datatype, str) and datatype in DTYPES,
        f"its data type {datatype!r:.40} is none of {', '.join(DTYPES)}",
    )
    _require(_is_number(fields.get("core:sample_rate"), 1.0, 1e12), "it has no sample rate")
    _require(fields.get("core:num_channels", 1) == 1, "it has several channels")
    _require(fields.get("core:metadata_only", False) is False, "it is metadata without samples")
    _require(fields.get("core:dataset", data_name) == data_name, f"its samples are not in {data_name}")
    _require(fields.get("core:trailing_bytes", 0) == 0, "its data file ends in something other than samples")
    _require(_is_count(fields.get(COUNT_FIELD, 1), MAX_SAMPLES), f"{COUNT_FIELD} is not a count")
    waveform = fields.get(WAVEFORM_FIELD, "")
    _require(isinstance(waveform, str) and len(waveform) <= 64, f"{WAVEFORM_FIELD} is not a name")


def _check_segments(segments: list[dict[str, Any]], count: int) -> None:
    start = -1
    for segment in segments:
        next_start = segment.get("core:sample_start")
        if not _is_count(next_start, count):
            raise _Wrong("a segment does not begin at one of its samples")
        _require(next_start > start, "its segments are not in order")
        start = next_start
        _require(_is_number(segment.get("core:frequency", 0.0), -1e12, 1e12), "a segment's frequency is not a number")
        _require(segment.get("core:header_bytes", 0) == 0, "its data file holds something other than samples")
        time = segment.get("core:datetime", "1970-01-01T00:00:00Z")
        _require(isinstance(time, str) and _UTC.fullmatch(time) is not None, "a segment's time is not UTC (…Z)")


def _check_annotations(annotations: list[dict[str, Any]], count: int) -> None:
    for annotation in annotations:
        start, length = annotation.get("core:sample_start"), annotation.get("core:sample_count", 0)
        if not _is_count(start, count):
            raise _Wrong("an annotation does not begin at one of its samples")
        _require(_is_count(length, count - start), "an annotation goes beyond its samples")


def _check_schema(metadata: dict[str, Any], name: str) -> None:
    try:
        sigmf_validate = importlib.import_module("sigmf.validate")
        jsonschema = importlib.import_module("jsonschema")
    except ImportError as error:
        raise MissingExtra("sigmf", "capture") from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of extensions that are used but not declared
            sigmf_validate.validate(metadata)
    except jsonschema.exceptions.ValidationError as error:
        raise InvalidCapture(f"{name} breaks the SigMF specification: {_line(error.message)}") from error


def _line(words: object) -> str:
    return " ".join(str(words).split())[:200]


def read_metadata(path: Path, data_name: str) -> dict[str, Any]:
    """Read and check a metadata file.

    Raises:
        InvalidCapture: absent, too large, or what `parse_metadata` and `check_metadata` refuse.
    """
    if not path.is_file():
        raise InvalidCapture(f"there is no {path.name}: give the path of a SigMF recording, or of a raw .cf32 file")
    if path.stat().st_size > MAX_META_BYTES:
        raise InvalidCapture(f"{path.name} is larger than {MAX_META_BYTES >> 20} MiB: that is not SigMF metadata")
    metadata = parse_metadata(path.read_bytes(), path.name)
    check_metadata(metadata, data_name, path.name)
    return metadata

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
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeGuard

from lrisc_sdr.capture.formats import sample_format
from lrisc_sdr.capture.names import COUNT_FIELD, EXTENSION, GAP_FIELD, WAVEFORM_FIELD
from lrisc_sdr.capture.stored import open_no_link
from lrisc_sdr.errors import InvalidCapture, MissingExtra

MAX_META_BYTES = 16 << 20
MAX_ENTRIES = 100_000
MAX_SAMPLES = 1 << 48
_MAX_CONTAINERS = 1_000_000
_MAX_DIGITS = 20

_UTC = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:)(\d\d)(\.\d{1,18})?Z", re.ASCII)
_LEAP_SECOND = "60"


def parse_metadata(text: bytes, name: str) -> dict[str, Any]:
    """Return the JSON object in `text`.

    Raises:
        InvalidCapture: not a JSON object, or one with NaN, infinities, a name twice in one object, or so many brackets
            that its objects would fill the memory.
    """
    if text.count(b"[") + text.count(b"{") > _MAX_CONTAINERS:
        raise InvalidCapture(f"{name} is not SigMF metadata: more than {_MAX_CONTAINERS} lists and objects")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) < len(pairs):
            raise ValueError("a name occurs twice")
        return result

    def integer(literal: str) -> int:
        if len(literal) > _MAX_DIGITS:
            raise ValueError(f"an integer of {len(literal)} digits")
        return int(literal)

    def number(literal: str) -> float:
        value = float(literal)
        if not math.isfinite(value):
            raise ValueError(f"{literal} is not a finite number")
        return value

    def constant(literal: str) -> float:
        raise ValueError(f"{literal} is not a number of JSON")

    try:
        metadata = json.loads(
            text.decode("utf-8"),
            object_pairs_hook=once,
            parse_int=integer,
            parse_float=number,
            parse_constant=constant,
        )
    except (ValueError, RecursionError) as error:
        raise InvalidCapture(f"{name} is not SigMF metadata: {_line(error)}") from error
    if not isinstance(metadata, dict):
        raise InvalidCapture(f"{name} is not SigMF metadata: it holds no JSON object")
    return metadata


def check_metadata(metadata: dict[str, Any], name: str) -> None:
    """Check everything that does not need the samples, by hand and against the schema.

    Raises:
        InvalidCapture: metadata that no recording has that can be replayed.
        MissingExtra: the `sigmf` package is not installed.
    """
    try:
        _check_sections(metadata)
        _check_global(metadata["global"])
        first = metadata["global"].get("core:offset", 0)
        last = first + metadata["global"].get(COUNT_FIELD, MAX_SAMPLES)
        _check_segments(metadata["captures"], first, last)
        _check_annotations(metadata["annotations"], first, last)
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


def _check_global(fields: dict[str, Any]) -> None:
    datatype = fields.get("core:datatype")
    _require(
        isinstance(datatype, str) and sample_format(datatype) is not None,
        f"its data type {datatype!r:.40} is none of SigMF's, such as ci16_le and cf32_le",
    )
    _require(_is_number(fields.get("core:sample_rate"), 1.0, 1e12), "it has no sample rate")
    _require(fields.get("core:num_channels", 1) == 1, "it has several channels")
    _require(fields.get("core:metadata_only", False) is False, "it is metadata without samples")
    dataset = fields.get("core:dataset", "-")
    _require(
        isinstance(dataset, str) and 0 < len(dataset) <= 255 and _is_plain(dataset),
        "its samples are in a file outside of its folder (core:dataset)",
    )
    _require(_is_count(fields.get("core:trailing_bytes", 0), MAX_SAMPLES), "core:trailing_bytes is not a count")
    _require(_is_count(fields.get("core:offset", 0), MAX_SAMPLES), "core:offset is not a count")
    _require(_is_count(fields.get(COUNT_FIELD, 1), MAX_SAMPLES), f"{COUNT_FIELD} is not a count")
    waveform = fields.get(WAVEFORM_FIELD, "")
    _require(isinstance(waveform, str) and len(waveform) <= 64, f"{WAVEFORM_FIELD} is not a name")
    extensions = fields.get("core:extensions", [])
    _require(isinstance(extensions, list) and len(extensions) <= MAX_ENTRIES, "core:extensions is no list")
    for extension in extensions:
        _require(isinstance(extension, dict), "core:extensions holds something that is not an object")
        known = extension.get("name") == EXTENSION["name"] or extension.get("optional") is True
        _require(known, f"it needs the SigMF extension {extension.get('name')!r:.40}, which is not known here")


def _is_plain(name: str) -> bool:
    """Whether a name is that of a file in the same folder, on every system."""
    return name not in (".", "..") and not any(character in '/\\:*?"<>|' or character < " " for character in name)


def _check_segments(segments: list[dict[str, Any]], first: int, last: int) -> None:
    start, index = -1, -1
    for position, segment in enumerate(segments):
        next_start = segment.get("core:sample_start")
        if not _is_count(next_start, last) or next_start < first:
            raise _Wrong("a segment does not begin at one of its samples")
        _require(next_start > start, "its segments are not in order")
        next_index = segment.get("core:global_index", index + next_start - start)
        if not _is_count(next_index, MAX_SAMPLES) or (position > 0 and next_index - index < next_start - start):
            raise _Wrong("a segment's core:global_index goes back")
        start, index = next_start, next_index
        _require(_is_number(segment.get("core:frequency", 0.0), -1e12, 1e12), "a segment's frequency is not a number")
        gap = segment.get(GAP_FIELD, "")
        _require(isinstance(gap, str) and len(gap) <= 20, f"{GAP_FIELD} is not a word")
        header = segment.get("core:header_bytes", 0)
        _require(_is_count(header, MAX_SAMPLES), "core:header_bytes is not a count")
        _require(header == 0 or position == 0, "its data file holds something other than samples between them")
        time = segment.get("core:datetime", "1970-01-01T00:00:00Z")
        _require(isinstance(time, str) and _is_utc(time), "a segment's time is not UTC (YYYY-MM-DDTHH:MM:SS.SSSZ)")


def _is_utc(time: str) -> bool:
    match = _UTC.fullmatch(time)
    if match is None:
        return False
    seconds = "59" if match[2] == _LEAP_SECOND else match[2]
    try:
        datetime.strptime(f"{match[1]}{seconds}Z", "%Y-%m-%dT%H:%M:%S%z")
    except ValueError:
        return False
    return True


def _check_annotations(annotations: list[dict[str, Any]], first: int, last: int) -> None:
    before = first
    for annotation in annotations:
        start, length = annotation.get("core:sample_start"), annotation.get("core:sample_count", 0)
        if not _is_count(start, last) or start < first:
            raise _Wrong("an annotation does not begin at one of its samples")
        _require(start >= before, "its annotations are not in order")
        _require(_is_count(length, last - start), "an annotation goes beyond its samples")
        before = start


def _check_schema(metadata: dict[str, Any], name: str) -> None:
    try:
        sigmf_validate = importlib.import_module("sigmf.validate")
        jsonschema = importlib.import_module("jsonschema")
        known = _core_fields()
    except ImportError as error:
        raise MissingExtra("sigmf", "capture") from error
    _refuse_unknown([metadata["global"]], known["global"], "global", name)
    for section in ("captures", "annotations"):
        _refuse_unknown(metadata[section], known[section], section, name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of extensions that are used but not declared
            sigmf_validate.validate(metadata)
    except jsonschema.exceptions.ValidationError as error:
        raise InvalidCapture(f"{name} breaks the SigMF specification: {_line(error.message)}") from error


@cache
def _core_fields() -> dict[str, frozenset[str]]:
    """The fields that SigMF itself has in each section."""
    schema = importlib.import_module("sigmf.schema").get_schema()["properties"]
    return {
        "global": frozenset(schema["global"]["properties"]),
        "captures": frozenset(schema["captures"]["items"]["properties"]),
        "annotations": frozenset(schema["annotations"]["items"]["properties"]),
    }


def _refuse_unknown(entries: list[dict[str, Any]], known: frozenset[str], section: str, name: str) -> None:
    """The schema lets any field pass whose name it does not know; those of SigMF itself must be SigMF's."""
    for entry in entries:
        for field in entry:
            if field.startswith("core:") and field not in known:
                raise InvalidCapture(f"{name} breaks the SigMF specification: {section} has no {field!r:.60}")


def _line(words: object) -> str:
    return " ".join(str(words).split())[:200]


def read_metadata(path: Path) -> dict[str, Any]:
    """Read and check a metadata file.

    Raises:
        InvalidCapture: absent, too large, or what `parse_metadata` and `check_metadata` refuse.
    """
    try:
        if not path.is_file():
            raise InvalidCapture(
                f"there is no {path.name}: name a SigMF recording, a raw file such as .cf32, or a .wav"
            )
        with open_no_link(path) as file:
            text = file.read(MAX_META_BYTES + 1)
    except OSError as error:
        raise InvalidCapture(f"{path.name} cannot be read: {error.strerror}") from error
    if len(text) > MAX_META_BYTES:
        raise InvalidCapture(f"{path.name} is larger than {MAX_META_BYTES >> 20} MiB: that is not SigMF metadata")
    metadata = parse_metadata(text, path.name)
    check_metadata(metadata, path.name)
    return metadata

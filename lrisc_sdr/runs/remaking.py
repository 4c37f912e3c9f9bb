# SPDX-License-Identifier: MIT
"""`lrisc capture remake`: the recordings in captures/ made again, and what a receiver must find in each of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np

from lrisc_sdr.capture import open_capture
from lrisc_sdr.capture.editing import put_recording
from lrisc_sdr.capture.encoding import encoded
from lrisc_sdr.capture.metadata import Fields, SegmentSettings, global_fields, segment_fields
from lrisc_sdr.capture.names import OVERFLOW, RECORDER, recording_files
from lrisc_sdr.errors import ConfigurationError, InputError
from lrisc_sdr.runs.progress import Progress
from lrisc_sdr.runs.sending import Encoder
from lrisc_sdr.runs.situations import LEVEL, SITUATIONS, Made, Sent, Situation, encode_pictures
from lrisc_sdr.waveform import DEFAULT, Waveform, waveform

EXPECTED = "expected.json"
DATATYPE = "ci16_le"
STARTED = datetime(2026, 11, 22, 12, 0, 0, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Remade:
    """A recording that was made again.

    Attributes:
        name: of the situation.
        n_samples: how many samples it has.
        different: values of I and Q that differ from the recording that was there; None where there was none, or one
            of another length.
        largest: by how much at the most `[least significant bits]`.
    """

    name: str
    n_samples: int
    different: int | None
    largest: int | None


def remake(folder: Path, encoder: Encoder, progress: Progress) -> list[Remade]:
    """Make all recordings and `expected.json` in a folder, over those that are there.

    Raises:
        LriscError: the picture to send is missing, or the folder cannot be written.
    """
    used = waveform(DEFAULT)
    frames = encode_pictures(encoder)
    expected: dict[str, Any] = {"model_id": encoder.model_id, "waveform": used.name, "captures": {}}
    remade = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, (name, situation) in enumerate(SITUATIONS.items()):
            progress("remaking", number, len(SITUATIONS))
            made = situation.make(frames, used)
            remade.append(_write(folder / name, situation, made, used))
            expected["captures"][name] = [_expected(one) for one in made.sent]
        (folder / EXPECTED).write_text(json.dumps(expected, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{folder} cannot be written: {error.strerror}; name another folder") from None
    return remade


def read_expected(folder: Path) -> Mapping[str, Any]:
    """What a receiver must find in the recordings of a folder.

    Raises:
        InputError: there is no such file, or it is damaged.
    """
    try:
        document: dict[str, Any] = json.loads((folder / EXPECTED).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{folder} has no {EXPECTED}: lrisc capture remake {folder}") from error
    return document


def _write(path: Path, situation: Situation, made: Made, used: Waveform) -> Remade:
    _, data = recording_files(path)
    before = np.fromfile(data, dtype="<i2") if data.is_file() else np.zeros(0, dtype="<i2")
    values = encoded(made.samples * np.float32(LEVEL), DATATYPE)
    put_recording(
        path,
        global_fields(DATATYPE, used.rate_sps, used.name, description=situation.story, hardware="simulated"),
        _segments(made, used.rate_sps),
        [_annotation(one, used) for one in made.sent if one.start + _length(one, used) > 0],
        [bytes(values)],
        4,
    )
    after = np.fromfile(data, dtype="<i2")
    n_samples = open_capture(path).n_samples
    if before.size != after.size:
        return Remade(path.name, n_samples, None, None)
    apart = np.abs(after.astype(np.int32) - before.astype(np.int32))
    return Remade(path.name, n_samples, int(np.count_nonzero(apart)), int(apart.max(initial=0)))


def _segments(made: Made, rate_sps: float) -> list[Fields]:
    segments = [segment_fields(0, STARTED, SegmentSettings())]
    missing = 0
    for start, lost in made.gaps:
        missing += lost
        index = start + missing
        when = STARTED + timedelta(seconds=index / rate_sps)
        segments.append(segment_fields(start, when, SegmentSettings(), index, OVERFLOW))
    return segments


def _annotation(sent: Sent, used: Waveform) -> Fields:
    header = sent.frame.header
    start, stop = max(sent.start, 0), sent.start + _length(sent, used)
    half_hz = (used.edge_carrier + 0.5) * used.rate_sps / used.n_fft
    return {
        "core:sample_start": start,
        "core:sample_count": stop - start,
        "core:freq_lower_edge": -half_hz,
        "core:freq_upper_edge": half_hz,
        "core:label": f"sent p{header.picture_id} {header.index + 1}/{header.count}",
        "core:comment": f"as it was sent; a receiver finds it {sent.result}",
        "core:generator": f"{RECORDER} capture remake",
    }


def _expected(sent: Sent) -> dict[str, Any]:
    header = sent.frame.header
    return {
        "picture_id": header.picture_id,
        "index": header.index,
        "count": header.count,
        "n_symbols": header.n_symbols,
        "start": sent.start,
        "result": sent.result,
    }


def _length(sent: Sent, used: Waveform) -> int:
    return used.frame_samples(sent.frame.header.n_symbols)

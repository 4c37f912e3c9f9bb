# SPDX-License-Identifier: MIT
"""The recording that a run makes of a stream: its name, and what the run's report tells of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from lrisc_sdr.capture.live import require_free
from lrisc_sdr.capture.names import recording_files
from lrisc_sdr.runs.report import Report


def recording_path(wanted: Path, what: str) -> Path:
    """Where a recording goes: the name that is wanted, or in the folder that is, one of the time and of what it is.

    Args:
        wanted: a recording's files, their common name, or a folder.
        what: such as "rx-pluto-2450MHz".

    Raises:
        ConfigurationError: there is such a recording already, or no such folder.
    """
    if wanted.is_dir():
        wanted = wanted / f"{datetime.now(timezone.utc):%Y-%m-%dT%H%M%SZ}-{what}"
    require_free(wanted)
    meta, _ = recording_files(wanted.absolute())
    return meta.with_suffix("")


def merged_recordings(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """What became of several recordings, counts added, under the first one's name; None where there is none."""
    if not parts:
        return None
    whole = dict(parts[0])
    for name in ("n_samples", "samples_lost", "gaps", "annotations_left_out"):
        whole[name] = sum(part[name] for part in parts)
    whole["ended_by"] = next((part["ended_by"] for part in parts if part["ended_by"] is not None), None)
    return whole


def add_recording(report: Report, recorded: Mapping[str, Any] | None) -> None:
    """What became of a recording, to a report's totals; and why it is not all that it could be, to its notes.

    Args:
        recorded: the fields of `capture.recorder.Recorded`; None where nothing was recorded.
    """
    if recorded is None:
        return
    report.extra_totals |= {
        "recording": recorded["path"],
        "recorded_samples": recorded["n_samples"],
        "recorded_samples_lost": recorded["samples_lost"],
        "recorded_gaps": recorded["gaps"],
    }
    if recorded["ended_by"] is not None:
        report.note("recording", f"ended before the run did: {recorded['ended_by']}; what was written is readable")
    elif recorded["samples_lost"]:
        report.note(
            "recorded_samples_lost", "the disk was slower than the radio: record to a faster one, or as ci16_le"
        )
    if recorded["annotations_left_out"]:
        report.note("recorded_frames", f"{recorded['annotations_left_out']} have no annotation: metadata is full")

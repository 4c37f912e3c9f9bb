# SPDX-License-Identifier: MIT
"""SigMF metadata as every writer here makes it: the same fields in the same order, and the same text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from lrisc_sdr.capture.names import (
    BANDWIDTH_FIELD,
    COUNT_FIELD,
    EXTENSION,
    GAIN_FIELD,
    GAP_FIELD,
    RECORDER,
    SIGMF_VERSION,
    WAVEFORM_FIELD,
)

Fields = dict[str, Any]


@dataclass(frozen=True)
class SegmentSettings:
    """How the samples of one segment were taken.

    Attributes:
        frequency_hz: of the receiver's oscillator; None for samples that were never on the air `[Hz]`.
        gain_db: the receiver's gain; None where the device chose it, or there was no device `[dB]`.
        bandwidth_hz: width of the analogue filter, both sides of the carrier together, or None `[Hz]`.
    """

    frequency_hz: float | None = None
    gain_db: float | None = None
    bandwidth_hz: float | None = None


def global_fields(
    datatype: str, rate_sps: float, waveform: str | None = None, *, description: str = "", hardware: str = ""
) -> Fields:
    """The global object, as far as it is known before the first sample.

    Args:
        datatype: SigMF's name.
        rate_sps: sampling rate `[samples/s]`.
        waveform: name of the waveform that was sent, or None.
        description: for people.
        hardware: the radio, such as "pluto ip:192.168.2.1".
    """
    fields: Fields = {
        "core:version": SIGMF_VERSION,
        "core:datatype": datatype,
        "core:sample_rate": rate_sps,
        "core:recorder": RECORDER,
        "core:extensions": [EXTENSION],
    }
    for name, value in (("core:description", description), ("core:hw", hardware), (WAVEFORM_FIELD, waveform)):
        if value:
            fields[name] = value
    return fields


def segment_fields(
    start: int, when: datetime, settings: SegmentSettings, global_index: int = 0, gap: str | None = None
) -> Fields:
    """A capture segment.

    Args:
        start: its first sample in the file.
        when: that sample was taken.
        settings: how.
        global_index: that sample's place in the stream, in which the samples that a gap swallowed are counted.
        gap: what lies before it, or None.
    """
    fields: Fields = {
        "core:sample_start": start,
        "core:global_index": global_index,
        "core:datetime": when.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }
    for name, value in (
        ("core:frequency", settings.frequency_hz),
        (GAIN_FIELD, settings.gain_db),
        (BANDWIDTH_FIELD, settings.bandwidth_hz),
        (GAP_FIELD, gap),
    ):
        if value is not None:
            fields[name] = value
    return fields


def whole_metadata(
    fields: Mapping[str, Any],
    segments: Sequence[Mapping[str, Any]],
    annotations: Sequence[Mapping[str, Any]],
    n_samples: int,
    sha512: str,
) -> Fields:
    """The metadata of a recording that has ended after so many samples.

    Segments that have no sample are left out, annotations are sorted, and end where the samples do; those that begin
    behind them are left out.
    """
    kept = [
        {**entry, "core:sample_count": min(entry["core:sample_count"], n_samples - entry["core:sample_start"])}
        for entry in annotations
        if entry["core:sample_start"] < n_samples
    ]
    return {
        "global": {**fields, "core:sha512": sha512, COUNT_FIELD: n_samples},
        "captures": [dict(segment) for segment in segments if segment["core:sample_start"] < n_samples],
        "annotations": sorted(kept, key=lambda entry: int(entry["core:sample_start"])),
    }


def metadata_text(metadata: Mapping[str, Any]) -> str:
    """The text of a metadata file: one line an annotation, so that long captures stay small and can be compared."""
    head = json.dumps({name: metadata[name] for name in ("global", "captures")}, indent=2, allow_nan=False)
    lines = ",\n".join(f"    {json.dumps(entry, allow_nan=False)}" for entry in metadata["annotations"])
    return f'{head[:-2]},\n  "annotations": [{f"{chr(10)}{lines}{chr(10)}  " if lines else ""}]\n}}\n'

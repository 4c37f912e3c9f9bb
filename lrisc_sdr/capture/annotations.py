# SPDX-License-Identifier: MIT
"""Received frames as annotations, and back: what a replay is compared with.

A frame's identifier is a UUIDv5 (RFC 9562, 5.5) of its numbers and of the sample at which it begins: the same frame of
the same recording has the same one whoever annotates it, and however often.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from lrisc_sdr.capture.metadata import Fields
from lrisc_sdr.capture.names import MAX_LABEL, RECORDER
from lrisc_sdr.types import ReceivedFrame
from lrisc_sdr.waveform import Waveform

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:lrisc-sdr:frame")

WHOLE = "whole"
INTERRUPTED = "interrupted"

PICTURE_FIELD = "lrisc:picture_id"
INDEX_FIELD = "lrisc:frame_index"
SYMBOLS_FIELD = "lrisc:n_symbols"
CFO_FIELD = "lrisc:cfo_hz"
RESULT_FIELD = "lrisc:result"
DIGEST_FIELD = "lrisc:symbols_sha256"
_DIGEST_DIGITS = 16


def frame_annotation(
    frame: ReceivedFrame, waveform: Waveform, frequency_hz: float | None = None, start: int | None = None
) -> Fields:
    """The annotation of a received frame.

    Args:
        frame: what the receiver made of it.
        waveform: of the frame; it gives the burst's length and the edges of its band.
        frequency_hz: of the receiver's oscillator; without it the edges are relative to zero `[Hz]`.
        start: its first sample in the recording; None where that is the stream.
    """
    header = frame.header
    result = INTERRUPTED if np.isinf(frame.noise_var).any() else WHOLE
    label = f"p{header.picture_id} {header.index + 1}/{header.count}"
    comment = (
        f"picture {header.picture_id}, frame {header.index + 1} of {header.count}, {result}: "
        f"SNR {frame.snr_db:.1f} dB, CFO {round(frame.cfo_hz):+d} Hz, EVM {frame.evm_db:.1f} dB"
    )
    fields = {
        "core:sample_start": 0,
        "core:sample_count": waveform.frame_samples(header.n_symbols),
        "core:freq_lower_edge": 0.0,
        "core:freq_upper_edge": 0.0,
        "core:label": label[:MAX_LABEL],
        "core:comment": comment,
        "core:generator": RECORDER,
        "core:uuid": "",
        PICTURE_FIELD: header.picture_id,
        INDEX_FIELD: header.index,
        "lrisc:frame_count": header.count,
        SYMBOLS_FIELD: header.n_symbols,
        "lrisc:side_bytes": header.side_bytes,
        "lrisc:side_repetition": header.side_repetition,
        "lrisc:snr_db": round(frame.snr_db, 3),
        CFO_FIELD: round(frame.cfo_hz, 2),
        "lrisc:sco_ppm": round(frame.sco_ppm, 3),
        "lrisc:evm_db": round(frame.evm_db, 3),
        RESULT_FIELD: result,
        DIGEST_FIELD: symbols_digest(frame),
    }
    return placed(fields, waveform, frame.start_sample if start is None else start, frequency_hz)


def placed(annotation: Mapping[str, Any], waveform: Waveform, start: int, frequency_hz: float | None) -> Fields:
    """A frame's annotation at another place of a recording; arguments as in `frame_annotation`."""
    # A frame at the very beginning of a recording may seem to begin a sample before it.
    start = max(start, 0)
    half_hz = (waveform.edge_carrier + 0.5) * waveform.rate_sps / waveform.n_fft
    middle_hz = (frequency_hz or 0.0) + annotation[CFO_FIELD]
    number = uuid.uuid5(NAMESPACE, f"{annotation[PICTURE_FIELD]}.{annotation[INDEX_FIELD]}.{start}")
    return {
        **annotation,
        "core:sample_start": start,
        "core:freq_lower_edge": round(middle_hz - half_hz, 1),
        "core:freq_upper_edge": round(middle_hz + half_hz, 1),
        "core:uuid": str(number),
    }


def symbols_digest(frame: ReceivedFrame) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of symbols and noise variances as they are in memory."""
    digest = hashlib.sha256(np.ascontiguousarray(frame.symbols, dtype="<c8").tobytes())
    digest.update(np.ascontiguousarray(frame.noise_var, dtype="<f4").tobytes())
    return digest.hexdigest()[:_DIGEST_DIGITS]


def is_frame(annotation: Mapping[str, Any]) -> bool:
    """Whether an annotation is one of `frame_annotation`."""
    return annotation.get("core:generator") == RECORDER and DIGEST_FIELD in annotation


def annotated_anew(
    annotations: Iterable[Mapping[str, Any]], frames: Iterable[Mapping[str, Any]], start: int, stop: int
) -> list[Fields]:
    """A recording's annotations with other frames in place of those that it had from `start` to `stop`.

    What others wrote stays.
    """
    kept = [
        dict(entry) for entry in annotations if not (is_frame(entry) and start <= entry["core:sample_start"] < stop)
    ]
    kept += [dict(entry) for entry in frames]
    return sorted(kept, key=lambda entry: (int(entry["core:sample_start"]), str(entry.get("core:uuid", ""))))


def identical(recorded: Sequence[Mapping[str, Any]], replayed: Sequence[Mapping[str, Any]]) -> int:
    """How many of the recorded frames were replayed with the same symbols to the last bit."""
    found = {(entry["core:uuid"], entry[DIGEST_FIELD]) for entry in replayed}
    return sum((entry["core:uuid"], entry[DIGEST_FIELD]) in found for entry in recorded)

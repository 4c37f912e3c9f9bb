# SPDX-License-Identifier: MIT
"""What a receiver and the decoder found, as a report and a filled folder: where the transmitter is somewhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lrisc_sdr.link.messages import Result
from lrisc_sdr.runs.folder import RunFolder
from lrisc_sdr.runs.measuring import measure_result, take
from lrisc_sdr.runs.report import PictureRow, Report
from lrisc_sdr.runs.results import add_result, receiver_totals
from lrisc_sdr.runs.sources import Source
from lrisc_sdr.runs.versions import versions

ONLY_TRANSMITTER = "only the transmitter knows it"
KNOWN_TO_TRANSMITTER = (
    "snr_db_told", "snr_db_true", "cbr_payload", "cbr_frame", "cbr_air", "encode_s", "air_s"
)  # fmt: skip


def report_received(
    run: RunFolder,
    results: Sequence[Result],
    sources: Sequence[Source],
    receiver: Mapping[str, Any],
    model_id: str,
    no_source: str,
    *,
    here: bool = True,
) -> Report:
    """Rows of all results in their order, and their pictures in the run's folder.

    Args:
        run: with the decoder's pictures, and those of `sources`, in it.
        results: what the decoder made of the pictures.
        sources: the pictures that were sent, by the numbers in their frames, as far as known.
        receiver: the receiver's counters.
        model_id: of the decoder.
        no_source: why a picture without source has no metrics.
        here: whether the decoder has put its pictures into the run's folder.
    """
    report = Report([], versions=versions(model_id, receiver.get("gnuradio")))
    report.extra_totals = receiver_totals(receiver)
    for result in results:
        known = sources[result.picture_id] if result.picture_id < len(sources) else None
        row = PictureRow(_name(result, known), result.height, result.width, result.frames_sent)
        report.rows.append(row)
        add_result(report, row, result, receiver["pictures"].get(str(result.picture_id), {}))
        if not (result.ok and here):
            continue
        if known is None:
            take(run, result, _name(result, None))
        else:
            measure_result(run, report, row, result, known.stem)
    for name in KNOWN_TO_TRANSMITTER:
        report.note(name, ONLY_TRANSMITTER)
    report.note_missing(no_source)
    return report


def _name(result: Result, known: Source | None) -> str:
    """The source's name, or the picture's number, with another one behind it where that number came again."""
    if known is not None:
        return known.name
    return f"{result.picture_id:05d}" if result.picture is None else result.picture.removesuffix(".png")

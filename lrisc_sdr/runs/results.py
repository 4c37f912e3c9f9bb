# SPDX-License-Identifier: MIT
"""From the decoder's results to rows, and from rows to the run's folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from typing import Any

from lrisc_sdr.link.messages import Result
from lrisc_sdr.runs.folder import RunFolder
from lrisc_sdr.runs.measuring import DECODED
from lrisc_sdr.runs.report import PictureRow, Report
from lrisc_sdr.runs.versions import environment

FUNNEL = ("detected", "header_ok", "payload_ok")
NO_FRAME = "no frame arrived: send the picture again, nearer or at a higher SNR"


def add_result(report: Report, row: PictureRow, result: Result | None, receiver: Mapping[str, Any]) -> None:
    """Fill in what decoder and receiver know of a picture; a failed one is noted.

    Args:
        result: None where no frame of the picture reached the decoder.
        receiver: the receiver's counters of this picture.
    """
    row.receive_s = receiver.get("receive_s")
    row.frames_received = 0
    if result is not None:
        row.frames_received = result.frames_received or 0
        row.snr_db_estimated = result.snr_db
        row.cfo_hz_estimated = result.cfo_hz
        row.decode_s = result.decode_s
    if result is None or not result.ok:
        report.failed.append(row.name)
        report.notes[row.name] = f"not decoded: {NO_FRAME if result is None else result.error}"


def receiver_totals(receiver: Mapping[str, Any]) -> dict[str, float | int | str | None]:
    """The receiver's own counters, for the totals: bursts detected, headers and payloads that were right, samples."""
    funnel = receiver.get("funnel", {})
    totals: dict[str, float | int | str | None] = {f"frames_{name}": funnel.get(name) for name in FUNNEL}
    return totals | {"samples_received": receiver.get("samples_received")}


def write_run(run: RunFolder, report: Report, config: str) -> None:
    """Write what is left of a run's folder when the pictures are in it."""
    shutil.rmtree(run.path / DECODED)
    run.write_text("config.toml", config)
    run.write_json("env.json", {"versions": dict(report.versions), **environment()})
    rows = [json.dumps(row, allow_nan=False) for row in report.pictures()]
    run.write_text("pictures.jsonl", "".join(f"{row}\n" for row in rows))
    run.write_json("metrics.json", report.document())

# SPDX-License-Identifier: MIT
"""Rows, totals and notes of a run."""

from __future__ import annotations

import json

import pytest

from lrisc_sdr.runs.report import PictureRow, Report

ROW = [
    "name", "height", "width", "frames_sent", "frames_received",
    "snr_db_told", "snr_db_true", "snr_db_estimated", "cfo_hz_estimated",
    "cbr_payload", "cbr_frame", "cbr_air", "psnr_db", "psnr_jscc_db", "ms_ssim", "lpips", "lpips_jscc",
    "encode_s", "air_s", "receive_s", "decode_s",
]  # fmt: skip


def test_the_document_has_every_field_and_null_with_a_reason() -> None:
    report = Report([PictureRow("a.png", frames_sent=3, frames_received=3)], versions={"lrisc-sdr": "1"})
    report.note("lpips", "no weights")
    report.note("ms_ssim", "too small", report.rows[0])
    document = json.loads(json.dumps(report.document(), allow_nan=False))
    assert list(document) == ["pictures", "totals", "versions", "notes"]
    assert list(document["pictures"][0]) == ROW
    assert document["pictures"][0]["lpips"] is None
    assert document["notes"] == {"lpips": "no weights", "a.png: ms_ssim": "too small"}
    assert document["totals"]["lpips"] is None


def test_totals_add_counts_and_times_and_average_the_rest() -> None:
    rows = [
        PictureRow(
            "a", frames_sent=3, frames_received=3, snr_db_true=10, snr_db_estimated=10.4, psnr_db=20, decode_s=1
        ),
        PictureRow("b", frames_sent=5, frames_received=4, snr_db_true=10, snr_db_estimated=9.8, psnr_db=24, decode_s=2),
        PictureRow("c", frames_sent=2, frames_received=0),
    ]
    report = Report(rows, failed=["c"], extra_totals={"frames_detected": 8})
    totals = report.totals()
    assert (totals["pictures"], totals["pictures_decoded"], totals["pictures_failed"]) == (3, 2, 1)
    assert (totals["frames_sent"], totals["frames_received"], totals["decode_s"]) == (10, 7, 3)
    assert report.frames_lost == 3
    assert totals["psnr_db"] == pytest.approx(22)
    assert totals["snr_db_abs_error"] == pytest.approx(0.3)
    assert totals["frames_detected"] == 8

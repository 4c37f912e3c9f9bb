# SPDX-License-Identifier: MIT
"""Decoded pictures into the run's folder, and their metrics into its rows."""

from __future__ import annotations

import math
from pathlib import Path

from lrisc_sdr import pictures
from lrisc_sdr.evaluation import metrics
from lrisc_sdr.evaluation.regions import BoolArray, psnr_by_region_db
from lrisc_sdr.link.messages import Result
from lrisc_sdr.runs.folder import RunFolder
from lrisc_sdr.runs.report import REGIONAL, PictureRow, Report
from lrisc_sdr.runs.telling import tell_scores
from lrisc_sdr.types import ByteArray

DECODED = "decoded"

# Fields of a row by the names of the metrics: those of the final picture, and those of the JSCC picture.
FINAL = {"psnr_db": "psnr_db", "ms_ssim": "ms_ssim", "lpips": "lpips"}
JSCC = {"psnr_db": "psnr_jscc_db", "lpips": "lpips_jscc"}


def take(run: RunFolder, result: Result, stem: str) -> tuple[Path, Path]:
    """Move a decoded picture's two files to `final/` and `jscc/`; returns where they are now."""
    moved = []
    for folder, name in (("final", result.picture), ("jscc", result.jscc)):
        assert name is not None
        target = run.folder(folder) / f"{stem}.png"
        (run.path / DECODED / name).rename(target)
        moved.append(target)
    return moved[0], moved[1]


def measure(report: Report, row: PictureRow, source: ByteArray, final: ByteArray, jscc: ByteArray) -> None:
    """Compare a picture with its source; what cannot be had is noted."""
    for picture, fields in ((final, FINAL), (jscc, JSCC)):
        scores = metrics.compare(source, picture, fields)
        for metric, field in fields.items():
            value = getattr(scores, metric)
            setattr(row, field, value)
            if metric in scores.notes:
                # Without its weights a metric is missing for the whole run; other reasons are a picture's own.
                whole_run = metric == "lpips" and value is None
                report.note(field, scores.notes[metric], None if whole_run else row)


def measure_result(
    run: RunFolder, report: Report, row: PictureRow, result: Result, stem: str, region: BoolArray | None = None
) -> None:
    """Take a decoded picture, compare it with `source/STEM.png`, and put the three side by side.

    With a region of interest, bool `[H, W]`, also inside and outside of it.
    """
    paths = (run.path / "source" / f"{stem}.png", *take(run, result, stem))
    source, final, jscc = (pictures.load(path) for path in paths)
    if final.shape != source.shape:
        report.note("psnr_db", f"the decoded picture has another size: {final.shape[1]}×{final.shape[0]}", row)
        return
    measure(report, row, source, final, jscc)
    if region is not None:
        _measure_region(report, row, source, final, region)
    tell_scores(result, row, paths[0])
    labelled = [
        (f"source\n{row.name}", source),
        (f"JSCC\n{_figures(row.psnr_jscc_db, row.lpips_jscc)}", jscc),
        (f"final\n{_figures(row.psnr_db, row.lpips)}", final),
    ]
    pictures.side_by_side(run.folder("compare") / f"{stem}.png", labelled)


def _measure_region(report: Report, row: PictureRow, source: ByteArray, final: ByteArray, region: BoolArray) -> None:
    for field, value in zip(REGIONAL, psnr_by_region_db(source, final, region), strict=True):
        if value is None or math.isinf(value):
            report.note(field, "the region is the whole picture" if value is None else "the pixels are equal", row)
        else:
            setattr(row, field, value)


def _figures(psnr_db: float | None, lpips: float | None) -> str:
    """The metrics under a picture's title."""
    figures = (("{:.2f} dB", psnr_db), ("LPIPS {:.3f}", lpips))
    return ", ".join(form.format(value) for form, value in figures if value is not None)

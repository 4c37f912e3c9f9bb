# SPDX-License-Identifier: MIT
"""What a run tells of its pictures to whoever watches it; nothing is read from the disk where nobody does."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from lrisc_sdr import telemetry
from lrisc_sdr.link.messages import Result
from lrisc_sdr.runs.report import PictureRow
from lrisc_sdr.telemetry.messages import MAX_FILE, Picture, Scores, Source

LARGEST = 2_048
"""A picture whose file is too large for a message is told as one of at most so many pixels a side."""


def tell_source(picture_id: int, name: str, path: Path) -> None:
    """A picture that is sent, from its file."""
    if telemetry.wanted():
        telemetry.tell(Source(run=telemetry.run_name(), picture_id=picture_id, name=name[:200], file=_file(path)))


def tell_result(result: Result, folder: Path | None) -> None:
    """A picture that was decoded, from the decoder's folder where that is known, or one that failed."""
    if not telemetry.wanted():
        return
    names = (result.picture, result.jscc)
    final, jscc = (b"" if name is None or folder is None else _file(folder / name) for name in names)
    telemetry.tell(
        Picture(
            run=telemetry.run_name(),
            picture_id=result.picture_id,
            ok=result.ok,
            stream=result.stream or "",
            error=result.error,
            height=result.height,
            width=result.width,
            frames_received=result.frames_received,
            frames_sent=result.frames_sent,
            snr_db=result.snr_db,
            cfo_hz=result.cfo_hz,
            decode_s=result.decode_s,
            final=final,
            jscc=jscc,
        )
    )


def tell_scores(result: Result, row: PictureRow, source: Path) -> None:
    """A picture that was compared with its source."""
    if not telemetry.wanted():
        return
    tell_source(result.picture_id, row.name, source)
    telemetry.tell(
        Scores(
            run=telemetry.run_name(),
            picture_id=result.picture_id,
            stream=result.stream or "",
            name=row.name[:200],
            psnr_db=row.psnr_db,
            psnr_jscc_db=row.psnr_jscc_db,
            ms_ssim=row.ms_ssim,
            lpips=row.lpips,
            lpips_jscc=row.lpips_jscc,
        )
    )


def _file(path: Path) -> bytes:
    """A picture's file; empty where it has gone."""
    try:
        content = path.read_bytes()
        if len(content) <= MAX_FILE:
            return content
        with Image.open(io.BytesIO(content)) as image:
            image.thumbnail((LARGEST, LARGEST))
            out = io.BytesIO()
            image.convert("RGB").save(out, "JPEG", quality=90)
    except OSError:
        return b""
    return out.getvalue()

# SPDX-License-Identifier: MIT
"""What a run found: one row a picture, totals, and why a number is missing.

The document of `--json` and of `metrics.json` is

    {"pictures": [row, …], "totals": {…}, "versions": {…}, "notes": {what: why, …}}

Every field of a row is always there; what could not be computed is null, and `notes` says why, under the field's name
where the reason is the whole run's, under "picture: field" otherwise. The fields of a region of interest are there only
in a run that has one.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any


@dataclass
class PictureRow:
    """One picture of a run.

    Attributes:
        name: file name of the picture, or its number in a capture.
        height, width: `[pixels]`.
        frames_sent, frames_received: frames that it was cut into, and those that arrived.
        snr_db_told: Es/N0 that the transmitter was told `[dB]`.
        snr_db_true: Es/N0 per data carrier that the channel really gave, with its mean |H|², its mirror image and the
            transmitter's clipping as noise `[dB]`.
        snr_db_estimated: mean of the receiver's estimates over the frames `[dB]`.
        cfo_hz_estimated: mean of the receiver's estimates over the frames `[Hz]`.
        cbr_payload, cbr_frame, cbr_air: complex channel uses over 3·H·W: latents alone; with headers and side
            information; every sample of the bursts.
        psnr_db, psnr_jscc_db: of the final and of the JSCC picture against the source `[dB]`.
        psnr_inside_db, psnr_outside_db: of the final picture inside and outside of the region of interest `[dB]`.
        ms_ssim, lpips: of the final picture; `lpips_jscc` of the JSCC picture.
        encode_s: wall time of the encoder `[s]`.
        air_s: duration of the bursts at the waveform's rate `[s]`.
        receive_s: the receiver's wall time, shared out by burst length `[s]`.
        decode_s: wall time of JSCC and diffusion decoder `[s]`.
    """

    name: str
    height: int | None = None
    width: int | None = None
    frames_sent: int | None = None
    frames_received: int | None = None
    snr_db_told: float | None = None
    snr_db_true: float | None = None
    snr_db_estimated: float | None = None
    cfo_hz_estimated: float | None = None
    cbr_payload: float | None = None
    cbr_frame: float | None = None
    cbr_air: float | None = None
    psnr_db: float | None = None
    psnr_jscc_db: float | None = None
    psnr_inside_db: float | None = None
    psnr_outside_db: float | None = None
    ms_ssim: float | None = None
    lpips: float | None = None
    lpips_jscc: float | None = None
    encode_s: float | None = None
    air_s: float | None = None
    receive_s: float | None = None
    decode_s: float | None = None


REGIONAL = ("psnr_inside_db", "psnr_outside_db")
FIELDS = tuple(entry.name for entry in fields(PictureRow) if entry.name not in REGIONAL)
SUMMED = ("frames_sent", "frames_received", "encode_s", "air_s", "receive_s", "decode_s")
AVERAGED = (
    "snr_db_told", "snr_db_true", "snr_db_estimated", "cfo_hz_estimated", "cbr_payload", "cbr_frame", "cbr_air",
    "psnr_db", "psnr_jscc_db", "ms_ssim", "lpips", "lpips_jscc",
)  # fmt: skip


@dataclass
class Report:
    """The rows of a run and the reasons for what is missing in them.

    Attributes:
        failed: names of the pictures that were not decoded.
        regional: whether the run has a region of interest.
        extra_totals: figures of the whole run, such as the receiver's counters.
    """

    rows: list[PictureRow]
    failed: list[str] = field(default_factory=list)
    regional: bool = False
    extra_totals: dict[str, float | int | str | None] = field(default_factory=dict)
    versions: Mapping[str, str | None] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    def note(self, what: str, why: str, row: PictureRow | None = None) -> None:
        """Say why a number is missing, of one picture or of the whole run."""
        self.notes[what if row is None else f"{row.name}: {what}"] = why

    def note_missing(self, why: str) -> None:
        """Say why every number is missing that no row has and no note explains."""
        for name in FIELDS:
            if name not in self.notes and all(getattr(row, name) is None for row in self.rows):
                self.notes[name] = why

    @property
    def frames_lost(self) -> int:
        """Frames that were sent and did not arrive."""
        return sum((row.frames_sent or 0) - (row.frames_received or 0) for row in self.rows)

    def totals(self) -> dict[str, float | int | str | None]:
        """Sums of counts and times, means of everything else over the pictures that have it."""
        totals: dict[str, float | int | str | None] = {
            "pictures": len(self.rows),
            "pictures_decoded": len(self.rows) - len(self.failed),
            "pictures_failed": len(self.failed),
        }
        for name in SUMMED:
            values = _known(self.rows, name)
            totals[name] = sum(values) if values else None
        for name in (*AVERAGED, *self._regional_fields):
            values = _known(self.rows, name)
            totals[name] = statistics.fmean(values) if values else None
        errors = [
            abs(row.snr_db_estimated - row.snr_db_true)
            for row in self.rows
            if row.snr_db_estimated is not None and row.snr_db_true is not None
        ]
        totals["snr_db_abs_error"] = statistics.fmean(errors) if errors else None
        return totals | self.extra_totals

    @property
    def _regional_fields(self) -> tuple[str, ...]:
        return REGIONAL if self.regional else ()

    def pictures(self) -> list[dict[str, Any]]:
        """The rows as `--json` and `pictures.jsonl` have them."""
        left_out = set(REGIONAL) - set(self._regional_fields)
        return [{name: value for name, value in asdict(row).items() if name not in left_out} for row in self.rows]

    def document(self) -> dict[str, Any]:
        """The document of `--json`."""
        return {
            "pictures": self.pictures(),
            "totals": self.totals(),
            "versions": dict(self.versions),
            "notes": dict(self.notes),
        }


def _known(rows: Sequence[PictureRow], name: str) -> list[float]:
    return [value for row in rows if (value := getattr(row, name)) is not None]

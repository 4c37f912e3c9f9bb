# SPDX-License-Identifier: MIT
"""`lrisc check`: what is in a capture, and mending one whose recorder was killed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from lrisc_sdr.capture.journal import finish
from lrisc_sdr.cli import options
from lrisc_sdr.cli.watching import progress_bar
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.runs.checking import check as look
from lrisc_sdr.runs.findings import Findings
from lrisc_sdr.runs.spectrogram_png import draw
from lrisc_sdr.waveform import waveform as waveform_named

SHOWN_FRAMES = 20

Waveform = Annotated[
    str | None,
    typer.Option(help="OFDM waveform of the frames.", show_default="the recording's, or every one that fits"),
]
Rate = Annotated[float | None, typer.Option(metavar="SPS", help="Sampling rate of a raw file in samples per second.")]


def check(
    capture: Annotated[Path, typer.Argument(help="SigMF recording or archive, raw samples (.cf32, .cs8, …), or WAV.")],
    waveform: Waveform = None,
    rate: Rate = None,
    spectrogram: Annotated[Path | None, typer.Option(help="Draw a spectrogram with the frames in it: a PNG.")] = None,
    whole: Annotated[bool, typer.Option("--whole", help="Look at all of a huge capture, not in places only.")] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="First make a recording of what a killed recorder left.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Find what is in a capture: levels, faults of the front end, occupied band, frames.

    A capture of more than 67 million samples is looked at in 64 places, unless --whole is given.
    """
    chosen = None if waveform is None else waveform_named(waveform)
    if repair:
        try:
            print(f"{finish(capture)} is whole now", file=sys.stderr)
        except OSError as error:
            raise ConfigurationError(f"{capture} cannot be mended: {error.strerror}") from None
    with progress_bar() as progress:
        findings = look(capture, chosen, rate, progress, whole=whole)
    if spectrogram is not None:
        draw(findings, spectrogram)
        print(f"the spectrogram is in {spectrogram}", file=sys.stderr)
    if as_json:
        print(json.dumps(findings.document(), allow_nan=False, indent=2))
        return
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(_overview(findings))
    if findings.frames:
        console.print(_frames(findings))
    if len(findings.frames) > SHOWN_FRAMES:
        console.print(f"and {len(findings.frames) - SHOWN_FRAMES} more; --json tells of all", style="dim")


def _overview(findings: Findings) -> Table:
    capture, levels, funnel = findings.capture, findings.levels, findings.funnel
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column()
    duration_s = capture.n_samples / capture.rate_sps
    rows = {
        "capture": str(capture.path),
        "samples": f"{capture.n_samples:,} ({capture.datatype}), {capture.rate_sps * 1e-6:g} Msps: {duration_s:.6g} s",
        "carrier": "not told" if capture.frequency_hz is None else f"{capture.frequency_hz * 1e-6:.6g} MHz",
        "gaps": _gaps(findings),
        "looked at": _looked(findings),
        "level": f"{_db(levels.rms_dbfs, 'dBFS')} rms, {_db(levels.peak_dbfs, 'dBFS')} peak",
        "clipping": f"{levels.clipped_share:.2%} of the values" if levels.clipped_share else "none",
        "carrier leak": _db(levels.dc_dbc, "dBc"),
        "mirror image": _db(levels.image_dbc, "dBc"),
        "occupied": _band(findings),
        "waveform": "none found" if findings.waveform is None else findings.waveform.name,
        "frames": f"{funnel.detected} detected → {funnel.header_ok} headers → {funnel.payload_ok} whole, "
        f"{funnel.interrupted} interrupted, {funnel.cut} cut off",
        "pictures": f"{funnel.pictures_whole} whole, {funnel.pictures_partial} with frames missing, "
        f"{funnel.pictures_lost} that cannot be decoded",
    }
    for name, value in rows.items():
        table.add_row(name, value)
    return table


def _gaps(findings: Findings) -> str:
    gaps = findings.capture.gaps()
    lost = sum(count for _, count in gaps)
    return f"{len(gaps)}, {lost:,} samples lost" if gaps else "none told"


def _looked(findings: Findings) -> str:
    if len(findings.places) == 1:
        return "all of it"
    length = findings.places[0][1] - findings.places[0][0]
    return f"{findings.looked_share:.2%}, in {len(findings.places)} places of {length:,} samples; --whole looks at all"


def _band(findings: Findings) -> str:
    band = findings.spectrogram.occupied_hz()
    if band is None:
        return "silence"
    low, high = (edge * 1e-6 for edge in band)
    return f"{low:+.4g} to {high:+.4g} MHz, {high - low:.4g} MHz with 99 % of the power"


def _db(value: float | None, unit: str) -> str:
    return "nothing" if value is None else f"{value:.1f} {unit}"


def _frames(findings: Findings) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("frame")
    for title in ("at s", "SNR dB", "CFO Hz", "EVM dB"):
        table.add_column(title, justify="right")
    table.add_column("")
    assert findings.waveform is not None
    for frame in findings.frames[:SHOWN_FRAMES]:
        at_s = frame.start / findings.waveform.rate_sps
        name = f"picture {frame.picture_id}, {frame.index + 1}/{frame.count}"
        figures = (f"{at_s:.6f}", f"{frame.snr_db:.1f}", f"{frame.cfo_hz:+.0f}", f"{frame.evm_db:.1f}")
        table.add_row(name, *figures, frame.result)
    return table

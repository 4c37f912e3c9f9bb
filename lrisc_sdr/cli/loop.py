# SPDX-License-Identifier: MIT
"""`lrisc loop`: the whole link on one machine."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from lrisc_sdr.cli import options
from lrisc_sdr.cli.watching import print_report, progress_bar, raise_for_losses
from lrisc_sdr.regions import Region
from lrisc_sdr.runs.decoding import require_gnuradio
from lrisc_sdr.runs.encoders import find_encoder
from lrisc_sdr.runs.folder import RunFolder, default_folder
from lrisc_sdr.runs.loop import loop as run_loop
from lrisc_sdr.runs.settings import (
    LOWEST_SNR_DB,
    LinkSettings,
    parse_cbr,
    resolve_channel,
    told_snr_db,
)
from lrisc_sdr.runs.sources import find
from lrisc_sdr.runs.stream_recording import recording_path
from lrisc_sdr.sampling import Sampling
from lrisc_sdr.telemetry import announced
from lrisc_sdr.waveform import waveform as find_waveform


def loop(
    pictures: options.Pictures = None,
    channel: options.Channel = None,
    snr_db: options.SnrDb = None,
    cbr: options.Cbr = options.DEFAULT_CBR,
    steps: options.Steps = options.SAMPLING.steps,
    start: options.DiffusionStart = options.SAMPLING.start,
    perception: options.Perception = options.SAMPLING.perception,
    waveform: options.Waveform = options.DEFAULT_WAVEFORM,
    seed: options.Seed = 0,
    model: options.Model = options.DEFAULT_MODEL,
    told_snr: options.ToldSnrDb = None,
    refine: options.Refine = 0,
    mode: options.Mode = options.RateMode.adaptive,
    roi: options.Roi = None,
    closed_loop: Annotated[
        bool,
        typer.Option(
            "--closed-loop",
            help="One picture after the other: its encoder is told what the receiver measured of the one before; "
            f"the first, --told-snr-db or {LOWEST_SNR_DB:g} dB.",
        ),
    ] = False,
    snr_margin_db: Annotated[
        float, typer.Option(min=-10, max=20, help="By how much less than measured, in dB, in a closed loop.")
    ] = 1.0,
    record: Annotated[
        Path | None,
        typer.Option(help="SigMF recording to make of what the receiver gets: its name, or a folder for it."),
    ] = None,
    record_type: options.RecordType = options.DataType.cf32_le,
    out: options.Out = None,
    overwrite: options.Overwrite = False,
    as_json: options.Json = False,
) -> None:
    """Send pictures through the loopback flowgraph and a simulated channel, decode and measure them.

    Without a picture, one that an installed package carries. --snr-db alone is white noise; with --channel it takes the
    place of the preset's.
    """
    require_gnuradio("install it as 'lrisc doctor' says")
    name, spec = resolve_channel(channel, snr_db)
    settings = LinkSettings(
        model=model,
        waveform=find_waveform(waveform).name,
        cbr=parse_cbr(cbr),
        told_snr_db=told_snr_db(spec, LOWEST_SNR_DB if closed_loop and told_snr is None else told_snr),
        channel=name,
        sampling=Sampling(steps, start, perception),
        seed=seed,
        refine=refine,
        mode=mode.value,
        roi=roi,
        closed_loop=closed_loop,
        snr_margin_db=snr_margin_db,
        record=None if record is None else recording_path(record, f"loop-{name}"),
        record_type=record_type.value,
    )
    if roi is not None:
        Region.parse(roi)
    sources = find(pictures or [])
    with (
        RunFolder(out or default_folder("loop"), overwrite=overwrite) as run,
        announced(
            "loop", channel=name, snr_db=snr_db, waveform=settings.waveform, model=model, **asdict(settings.sampling)
        ),
    ):
        with progress_bar() as progress:
            encoder = find_encoder(model, refine, lambda done: progress("refining", done, refine))
            report = run_loop(sources, settings, spec, encoder, run, progress)
        place = run.publish()
    print_report(report, place, as_json)
    raise_for_losses(report)

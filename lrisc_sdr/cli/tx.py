# SPDX-License-Identifier: MIT
"""`lrisc tx`: pictures to bursts in a file, or on the air."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from lrisc_sdr.channel import Channel
from lrisc_sdr.cli import options, radio_options
from lrisc_sdr.cli.radio_options import calibrated, radio_config
from lrisc_sdr.cli.watching import print_report, progress_bar, raise_for_losses
from lrisc_sdr.errors import UsageError
from lrisc_sdr.pictures import save_png
from lrisc_sdr.radio.settings import RadioConfig
from lrisc_sdr.regions import Region
from lrisc_sdr.runs.back_channel import BackChannel
from lrisc_sdr.runs.decoding import require_gnuradio
from lrisc_sdr.runs.duplex import DuplexSettings
from lrisc_sdr.runs.duplex import duplex as run_duplex
from lrisc_sdr.runs.encoders import find_encoder
from lrisc_sdr.runs.folder import RunFolder, default_folder
from lrisc_sdr.runs.graph_transmitting import graph_transmission
from lrisc_sdr.runs.progress import Progress, silent
from lrisc_sdr.runs.recording import FRAMES_SUFFIX, record, record_frames
from lrisc_sdr.runs.sending import Sending
from lrisc_sdr.runs.settings import LOWEST_SNR_DB, TOLD_SNR_DB, parse_cbr, resolve_channel, told_snr_db
from lrisc_sdr.runs.sources import Source, find
from lrisc_sdr.runs.transmitting import Transmission, transmission
from lrisc_sdr.runs.transmitting import transmit as send
from lrisc_sdr.runs.versions import versions
from lrisc_sdr.sampling import Sampling
from lrisc_sdr.telemetry import announced
from lrisc_sdr.types import ByteArray
from lrisc_sdr.waveform import Waveform
from lrisc_sdr.waveform import waveform as find_waveform


def tx(
    pictures: options.Pictures = None,
    file: Annotated[
        Path | None,
        typer.Option(
            help="SigMF recording to write: its two files' common name; or NAME.frames for a flow graph.",
            show_default=False,
        ),
    ] = None,
    radio: radio_options.Radio = None,
    uri: radio_options.Uri = None,
    radio_file: radio_options.RadioFile = None,
    calibration: radio_options.Calibration = None,
    lo_hz: radio_options.LoHz = None,
    attenuation_db: Annotated[
        float | None,
        typer.Option(
            help="Attenuation of the transmitter in dB; 0 is full power.", show_default="the calibration's, or 40"
        ),
    ] = None,
    transmit: Annotated[
        bool, typer.Option("--transmit", help="Let the radio transmit, in a band that your own allow-list has.")
    ] = False,
    channel: Annotated[
        str | None, typer.Option(help="Simulated channel to record through.", show_default="none")
    ] = None,
    snr_db: options.SnrDb = None,
    cbr: options.Cbr = options.DEFAULT_CBR,
    waveform: options.Waveform = options.DEFAULT_WAVEFORM,
    seed: options.Seed = 0,
    model: options.Model = options.DEFAULT_MODEL,
    told_snr: Annotated[
        float | None,
        typer.Option(
            "--told-snr-db", help="Es/N0 in dB that the encoder is told.", show_default="the channel's, or 10"
        ),
    ] = None,
    refine: options.Refine = 0,
    mode: options.Mode = options.RateMode.adaptive,
    roi: options.Roi = None,
    engine: radio_options.Engine = options.EngineName.plain,
    duplex: Annotated[
        bool, typer.Option("--duplex", help="Receive with the same radio, decode, and measure as loop does.")
    ] = False,
    closed_loop: radio_options.ClosedLoop = False,
    back_channel: radio_options.BackEndpoint = None,
    snr_margin_db: Annotated[
        float, typer.Option(min=-10, max=20, help="By how much less than measured, in dB, in a closed loop.")
    ] = 1.0,
    steps: options.Steps = options.SAMPLING.steps,
    start: options.DiffusionStart = options.SAMPLING.start,
    perception: options.Perception = options.SAMPLING.perception,
    out: options.Out = None,
    overwrite: options.Overwrite = False,
    as_json: options.Json = False,
) -> None:
    """Encode pictures, and write their bursts to a SigMF recording, or send them with a radio.

    A radio transmits only with --transmit and in a band of your own allow-list. In a closed loop, with --duplex or
    'lrisc rx --closed-loop', the first picture is encoded for --told-snr-db or the lowest SNR, each other one for what
    the receiver measured of the one before. --steps, --start, --perception, --out and --overwrite are for --duplex.
    """
    chosen, ratio = find_waveform(waveform), parse_cbr(cbr)
    region = None if roi is None else Region.parse(roi)
    unheard_db = LOWEST_SNR_DB if closed_loop else TOLD_SNR_DB
    through, told = None, unheard_db if told_snr is None else told_snr
    reports = None if duplex else radio_options.back_channel(closed_loop, back_channel)
    if engine is options.EngineName.gnuradio:
        require_gnuradio("install it as 'lrisc doctor' says, or use --engine plain")
        make: Callable[[RadioConfig, Waveform, bool], Transmission] = graph_transmission
    else:
        make = transmission
    if channel is not None or snr_db is not None:
        _, spec = resolve_channel(channel, snr_db)
        through, told = Channel(spec, chosen.rate_sps, chosen.noise_var, seed), told_snr_db(spec, told_snr)
    if file is None:
        if through is not None:
            raise UsageError("--channel and --snr-db are for --file: a radio has a channel of its own")
        own = {"tx_lo_hz": lo_hz, "tx_attenuation_db": attenuation_db, "calibration": calibration}
        config = radio_config(radio, uri, radio_file, **own)
        make(config, chosen, transmit).require_permit()
        # Only then is the radio asked who it is; its profile may have an attenuation of its own.
        config = calibrated(config)
        way = make(config, chosen, transmit)
        way.require_permit()
    elif radio is not None or radio_file is not None:
        raise UsageError("give --file or a radio, not both")
    elif through is not None and file.suffix == FRAMES_SUFFIX:
        raise UsageError("frames are what is before the modem: --channel and --snr-db are for recordings")
    elif duplex or closed_loop:
        raise UsageError("--duplex and --closed-loop are for radios")
    if not duplex and (out is not None or overwrite):
        raise UsageError("--out and --overwrite are for --duplex: a transmitter alone has no pictures to keep")
    sources = find(pictures or [])
    # The bar that is there when pictures are encoded takes its place.
    progress: Progress = silent
    encoder = find_encoder(model, refine, lambda done: progress("refining", done, refine))
    if file is None and duplex:
        wanted = DuplexSettings(
            model, chosen.name, ratio, told, Sampling(steps, start, perception), closed_loop, snr_margin_db, refine
        )
        announcing = announced(
            "duplex", radio=config.radio, waveform=chosen.name, model=model, **asdict(wanted.sampling)
        )
        with RunFolder(out or default_folder("tx"), overwrite=overwrite) as run, announcing:

            def keep(source: Source, image: ByteArray) -> None:
                save_png(run.folder("source") / f"{source.stem}.png", image)

            sending = Sending(encoder, chosen, ratio, told, keep, region, mode.value)
            with progress_bar() as progress:
                report = run_duplex(sources, wanted, config, way, sending, chosen, run, progress, encoder.model_id)
            folder = run.publish()
        print_report(report, folder, as_json)
        raise_for_losses(report)
        return
    sending = Sending(encoder, chosen, ratio, told, lambda *_: None, region, mode.value)
    to = config.radio if file is None else f"file {file.name}"
    with announced("tx", radio=to, waveform=chosen.name, model=model), progress_bar() as progress:
        if file is not None and file.suffix == FRAMES_SUFFIX:
            report = record_frames(sources, sending, file, progress)
        elif file is not None:
            report = record(sources, sending, chosen, through, file, progress)
        elif reports is None:
            report = send(sources, sending, chosen, way, progress)
        else:
            with BackChannel(reports) as back:
                report = send(sources, sending, chosen, way, progress, back.hear, snr_margin_db)
    report.versions = versions(encoder.model_id, None)
    print_report(report, None, as_json)
    if file is not None and file.suffix == FRAMES_SUFFIX:
        print(f"the frames are in {file}, for flow graphs", file=sys.stderr)
    elif file is not None:
        print(f"the recording is {file}; 'lrisc replay {file}' receives it", file=sys.stderr)

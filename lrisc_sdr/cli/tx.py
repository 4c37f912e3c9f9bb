# SPDX-License-Identifier: MIT
"""`lrisc tx`: pictures to bursts in a file, or on the air."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lrisc_sdr.channel import Channel
from lrisc_sdr.cli import options, radio_options
from lrisc_sdr.cli.radio_options import calibrated, radio_config
from lrisc_sdr.cli.watching import print_report, progress_bar
from lrisc_sdr.errors import UsageError
from lrisc_sdr.regions import Region
from lrisc_sdr.runs.recording import record
from lrisc_sdr.runs.sending import Sending
from lrisc_sdr.runs.settings import TOLD_SNR_DB, parse_cbr, resolve_channel, told_snr_db
from lrisc_sdr.runs.sources import find
from lrisc_sdr.runs.transmitting import transmission
from lrisc_sdr.runs.transmitting import transmit as send
from lrisc_sdr.runs.versions import versions
from lrisc_sdr.waveform import waveform as find_waveform


def tx(
    pictures: options.Pictures = None,
    file: Annotated[
        Path | None, typer.Option(help="SigMF recording to write: its two files' common name.", show_default=False)
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
    mode: options.Mode = options.RateMode.adaptive,
    roi: options.Roi = None,
    as_json: options.Json = False,
) -> None:
    """Encode pictures, and write their bursts to a SigMF recording, or send them with a radio.

    A radio transmits only with --transmit and in a band of your own allow-list.
    """
    chosen, ratio = find_waveform(waveform), parse_cbr(cbr)
    region = None if roi is None else Region.parse(roi)
    through, told = None, TOLD_SNR_DB if told_snr is None else told_snr
    if channel is not None or snr_db is not None:
        _, spec = resolve_channel(channel, snr_db)
        through, told = Channel(spec, chosen.rate_sps, chosen.noise_var, seed), told_snr_db(spec, told_snr)
    if file is None:
        if through is not None:
            raise UsageError("--channel and --snr-db are for --file: a radio has a channel of its own")
        own = {"tx_lo_hz": lo_hz, "tx_attenuation_db": attenuation_db, "calibration": calibration}
        config = radio_config(radio, uri, radio_file, **own)
        transmission(config, chosen, transmit).require_permit()
        # Only then is the radio asked who it is; its profile may have an attenuation of its own.
        way = transmission(calibrated(config), chosen, transmit)
        way.require_permit()
    elif radio is not None or radio_file is not None:
        raise UsageError("give --file or a radio, not both")
    sources = find(pictures or [])
    from lrisc_sdr.codec import Codec

    encoder = Codec.from_pretrained(model)
    sending = Sending(encoder, chosen, ratio, told, lambda *_: None, region, mode.value)
    with progress_bar() as progress:
        if file is None:
            report = send(sources, sending, chosen, way, progress)
        else:
            report = record(sources, sending, chosen, through, file, progress)
    report.versions = versions(encoder.model_id, None)
    print_report(report, file, as_json)

# SPDX-License-Identifier: MIT
"""`lrisc rx`: pictures from a radio."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from lrisc_sdr.cli import options, radio_options, remote_options
from lrisc_sdr.cli.radio_options import calibrated, radio_config
from lrisc_sdr.cli.watching import print_report, progress_bar, raise_for_losses
from lrisc_sdr.runs.decoding import require_gnuradio
from lrisc_sdr.runs.folder import RunFolder, default_folder
from lrisc_sdr.runs.receiving import ReceiveSettings, receive
from lrisc_sdr.runs.sources import find
from lrisc_sdr.runs.stream_recording import recording_path
from lrisc_sdr.sampling import Sampling
from lrisc_sdr.telemetry import announced
from lrisc_sdr.waveform import waveform as find_waveform


def rx(
    radio: radio_options.Radio = None,
    uri: radio_options.Uri = None,
    radio_file: radio_options.RadioFile = None,
    calibration: radio_options.Calibration = None,
    lo_hz: radio_options.LoHz = None,
    gain_db: Annotated[
        float | None,
        typer.Option(help="Gain of the receiver in dB.", show_default="the calibration's, or the device chooses"),
    ] = None,
    pictures: Annotated[int | None, typer.Option(min=1, help="End after so many pictures.")] = None,
    duration_s: Annotated[float | None, typer.Option(min=0.001, help="End after so many seconds of samples.")] = None,
    reconnect_s: Annotated[float, typer.Option(min=0, help="Seconds for which a lost radio is looked for.")] = 60.0,
    engine: radio_options.Engine = options.EngineName.plain,
    closed_loop: radio_options.ClosedLoop = False,
    back_channel: radio_options.BackEndpoint = None,
    waveform: options.Waveform = options.DEFAULT_WAVEFORM,
    source: Annotated[
        list[Path] | None, typer.Option(help="Picture that is sent, for the metrics; once for each, in order.")
    ] = None,
    steps: options.Steps = options.SAMPLING.steps,
    start: options.DiffusionStart = options.SAMPLING.start,
    perception: options.Perception = options.SAMPLING.perception,
    model: options.Model = options.DEFAULT_MODEL,
    record: Annotated[
        Path | None,
        typer.Option(help="SigMF recording to make of all that is received: its name, or a folder for it."),
    ] = None,
    record_type: options.RecordType = options.DataType.cf32_le,
    decoder: remote_options.Decoder = None,
    key: remote_options.Key = None,
    decoder_key: remote_options.DecoderKey = None,
    out: options.Out = None,
    overwrite: options.Overwrite = False,
    as_json: options.Json = False,
) -> None:
    """Receive pictures from a radio and decode them, until there are enough, or until Ctrl-C.

    What was received before an interrupt is decoded and kept; a second interrupt ends at once.
    """
    bind = radio_options.back_channel(closed_loop, back_channel)
    sampling = Sampling(steps, start, perception)
    its_own = {
        "--model": model != options.DEFAULT_MODEL, "--steps, --start, --perception": sampling != options.SAMPLING,
        "--source": bool(source), "--closed-loop": closed_loop, "--engine gnuradio": engine.value == "gnuradio",
    }  # fmt: skip
    remote = remote_options.remote_decoder(decoder, key, decoder_key, its_own)
    if engine is options.EngineName.gnuradio:
        require_gnuradio("install it as 'lrisc doctor' says, or use --engine plain")
    config = radio_config(radio, uri, radio_file, rx_lo_hz=lo_hz, rx_gain_db=gain_db, calibration=calibration)
    config = calibrated(config)
    place = None if record is None else recording_path(record, f"rx-{config.radio}-{config.rx_lo_hz / 1e6:.0f}MHz")
    settings = ReceiveSettings(
        find_waveform(waveform).name, model, sampling, pictures, duration_s, reconnect_s,
        place, record_type.value, engine.value, bind, remote,
    )  # fmt: skip
    sources = find(source) if source else []
    told = announced("rx", radio=config.radio, waveform=settings.waveform, model=model, **asdict(settings.sampling))
    with RunFolder(out or default_folder("rx"), overwrite=overwrite) as run, told:
        with progress_bar() as progress:
            report = receive(settings, config, sources, run, progress)
        folder = run.publish()
    print_report(report, folder, as_json)
    raise_for_losses(report)

# SPDX-License-Identifier: MIT
"""`lrisc replay`: receive and decode recorded captures."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from lrisc_sdr.capture import Capture, open_capture
from lrisc_sdr.capture.formats import RAW_DATATYPES
from lrisc_sdr.cli import options
from lrisc_sdr.cli.watching import print_report, progress_bar, raise_for_losses
from lrisc_sdr.errors import ConfigurationError, UsageError
from lrisc_sdr.runs.annotating import require_annotatable
from lrisc_sdr.runs.decoding import require_gnuradio
from lrisc_sdr.runs.folder import RunFolder, default_folder
from lrisc_sdr.runs.replay import ReplaySettings
from lrisc_sdr.runs.replay import replay as run_replay
from lrisc_sdr.runs.sources import find
from lrisc_sdr.sampling import Sampling
from lrisc_sdr.telemetry import announced
from lrisc_sdr.waveform import waveform as find_waveform


def replay(
    captures: Annotated[
        list[Path], typer.Argument(help="SigMF recordings: either of their files, or archives; raw files; .wav.")
    ],
    waveform: Annotated[
        str | None, typer.Option(help="OFDM waveform that was sent.", show_default="the recording's")
    ] = None,
    rate_sps: Annotated[
        float | None,
        typer.Option("--rate", min=1, help="Samples per second of raw files.", show_default="the waveform's"),
    ] = None,
    from_s: Annotated[float, typer.Option("--from", min=0, help="Where to begin, in seconds.")] = 0.0,
    to_s: Annotated[
        float | None, typer.Option("--to", min=0, help="Where to end, in seconds.", show_default="the end")
    ] = None,
    speed: Annotated[
        float | None, typer.Option(min=0.01, help="1 is real time.", show_default="as fast as can be")
    ] = None,
    annotate: Annotated[
        bool, typer.Option("--annotate", help="Write the frames that are found into the recordings' metadata.")
    ] = False,
    source: Annotated[
        list[Path] | None, typer.Option(help="Picture that was sent, for the metrics; once for each, in order.")
    ] = None,
    steps: options.Steps = options.SAMPLING.steps,
    start: options.DiffusionStart = options.SAMPLING.start,
    perception: options.Perception = options.SAMPLING.perception,
    model: options.Model = options.DEFAULT_MODEL,
    engine: options.Engine = options.EngineName.gnuradio,
    out: options.Out = None,
    overwrite: options.Overwrite = False,
    as_json: options.Json = False,
) -> None:
    """Receive and decode recorded captures, one after the other.

    What a recording's annotations say of its frames is compared with what is found now, to the last bit of the symbols.
    """
    gnuradio = engine is options.EngineName.gnuradio
    if gnuradio:
        require_gnuradio("install it as 'lrisc doctor' says, or give --engine plain")
    if source and len(captures) > 1:
        raise UsageError("--source is for one capture: every capture counts its pictures from 0")
    name = _waveform(captures, waveform, rate_sps)
    sampling = Sampling(steps, start, perception)
    settings = ReplaySettings(
        tuple(captures), name, model, sampling, gnuradio, rate_sps or 0.0, from_s, to_s or 0.0, speed or 0.0, annotate
    )
    chosen = find_waveform(name)
    opened = [open_capture(path, name, rate_sps or chosen.rate_sps, chosen.rate_sps) for path in captures]
    for capture in opened:
        settings.playback.span(capture)
        if annotate:
            require_annotatable(capture)
    sources = find(source) if source else []
    names = ", ".join(path.name for path in captures)
    told = announced("replay", capture=names, waveform=name, model=model, **asdict(sampling))
    with RunFolder(out or default_folder("replay"), overwrite=overwrite) as run, told:
        with progress_bar() as progress:
            report = run_replay(settings, opened, sources, run, progress)
        place = run.publish()
    print_report(report, place, as_json)
    raise_for_losses(report)


def _waveform(paths: list[Path], wanted: str | None, rate_sps: float | None) -> str:
    """The waveform that all of them are received with."""
    if wanted is not None:
        return find_waveform(wanted).name
    names = set()
    for path in paths:
        name = None
        if path.suffix.lower() not in RAW_DATATYPES:
            name = _described(path, rate_sps).waveform
        if name is None:
            raise ConfigurationError(f"{path} does not say which waveform was sent: give --waveform")
        names.add(name)
    if len(names) > 1:
        raise UsageError(f"the captures were sent with {' and '.join(sorted(names))}: replay those of one at a time")
    return find_waveform(names.pop()).name


def _described(path: Path, rate_sps: float | None) -> Capture:
    """The capture's description: its samples are looked at later."""
    return open_capture(path, rate_sps=rate_sps, verify=False)

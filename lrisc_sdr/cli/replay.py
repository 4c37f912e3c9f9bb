# SPDX-License-Identifier: MIT
"""`lrisc replay`: receive and decode a recorded capture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lrisc_sdr.capture import Capture, open_capture
from lrisc_sdr.capture.names import RAW_SUFFIX
from lrisc_sdr.cli import options
from lrisc_sdr.cli.watching import print_report, progress_bar, raise_for_losses
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.runs.decoding import require_gnuradio
from lrisc_sdr.runs.folder import RunFolder, default_folder
from lrisc_sdr.runs.replay import ReplaySettings
from lrisc_sdr.runs.replay import replay as run_replay
from lrisc_sdr.runs.settings import DEFAULT_STEPS
from lrisc_sdr.runs.sources import find
from lrisc_sdr.waveform import waveform as find_waveform


def replay(
    capture: Annotated[Path, typer.Argument(help="SigMF recording: either of its files; or raw .cf32.")],
    waveform: Annotated[
        str | None, typer.Option(help="OFDM waveform that was sent.", show_default="the recording's")
    ] = None,
    source: Annotated[
        list[Path] | None, typer.Option(help="Picture that was sent, for the metrics; once for each, in order.")
    ] = None,
    steps: options.Steps = DEFAULT_STEPS,
    model: options.Model = options.DEFAULT_MODEL,
    gnuradio: Annotated[
        bool, typer.Option("--gnuradio/--no-gnuradio", help="The replay flowgraph, or the receiver without it.")
    ] = True,
    out: options.Out = None,
    overwrite: options.Overwrite = False,
    as_json: options.Json = False,
) -> None:
    """Receive and decode a recorded capture."""
    if gnuradio:
        require_gnuradio("install it as 'lrisc doctor' says, or give --no-gnuradio")
    recording, name = _open(capture, waveform)
    settings = ReplaySettings(capture, name, model, steps, gnuradio)
    sources = find(source) if source else []
    with RunFolder(out or default_folder("replay"), overwrite=overwrite) as run:
        with progress_bar() as progress:
            report = run_replay(settings, recording, sources, run, progress)
        place = run.publish()
    print_report(report, place, as_json)
    raise_for_losses(report)


def _open(path: Path, waveform: str | None) -> tuple[Capture, str]:
    """The checked recording and the waveform that it is received with."""
    chosen = None if waveform is None else find_waveform(waveform)
    if chosen is None and path.suffix == RAW_SUFFIX:
        raise ConfigurationError(f"{path} does not say which waveform was sent: give --waveform")
    recording = open_capture(path, waveform, None if chosen is None else chosen.rate_sps)
    name = waveform or recording.waveform
    if name is None:
        raise ConfigurationError(f"{path} does not say which waveform was sent: give --waveform")
    return recording, find_waveform(name).name

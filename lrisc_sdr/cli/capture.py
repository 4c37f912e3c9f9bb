# SPDX-License-Identifier: MIT
"""`lrisc capture`: recordings cut, put together, looked at, and those of captures/ made again."""

from __future__ import annotations

import sys
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from lrisc_sdr.capture import Capture, open_capture
from lrisc_sdr.capture.editing import cut, merge
from lrisc_sdr.cli import options
from lrisc_sdr.cli.check import Rate
from lrisc_sdr.cli.watching import progress_bar
from lrisc_sdr.errors import ConfigurationError, UsageError
from lrisc_sdr.runs.checking import survey
from lrisc_sdr.runs.frame_export import export_frame
from lrisc_sdr.runs.remaking import Remade, remake
from lrisc_sdr.runs.spectrogram_png import thumbnail
from lrisc_sdr.waveform import waveform as waveform_named

FOLDER = Path("captures")
THUMBNAIL = (320, 128)


class Action(str, Enum):
    """What is done with captures."""

    CUT = "cut"
    MERGE = "merge"
    THUMBNAIL = "thumbnail"
    EXPORT_FRAME = "export-frame"
    REMAKE = "remake"


def capture(
    action: Annotated[
        Action,
        typer.Argument(
            help="cut: a stretch, or all of a capture of any kind, as SigMF; merge: several one after the other; "
            "thumbnail: a small spectrogram; export-frame: one frame as .npz; remake: the recordings in captures/."
        ),
    ],
    captures: Annotated[
        list[Path] | None, typer.Argument(help="Captures; for remake the folder.", show_default=False)
    ] = None,
    out: Annotated[Path | None, typer.Option(help="What is written; remake writes its folder.")] = None,
    first: Annotated[float, typer.Option("--from", min=0.0, metavar="S", help="cut: from this second on.")] = 0.0,
    last: Annotated[
        float | None, typer.Option("--to", min=0.0, metavar="S", help="cut: up to this second.", show_default="the end")
    ] = None,
    frame: Annotated[int, typer.Option(min=1, help="export-frame: its number in the list of `lrisc check`.")] = 1,
    waveform: Annotated[
        str | None, typer.Option(help="export-frame: OFDM waveform that was sent.", show_default="the recording's")
    ] = None,
    rate: Rate = None,
    model: options.Model = options.DEFAULT_MODEL,
) -> None:
    """Cut, merge, look at and remake captures. Samples are copied as they are, with segments and annotations."""
    given = captures or []
    if action is Action.REMAKE:
        _remake(given, out, model)
        return
    if out is None or not given or (len(given) > 1) != (action is Action.MERGE):
        many = "two captures or more" if action is Action.MERGE else "one capture"
        raise UsageError(f"`lrisc capture {action.value}` takes {many}, and --out FILE")
    opened = [open_capture(path, rate_sps=rate) for path in given]
    if action is Action.MERGE:
        print(merge(opened, out))
    elif action is Action.CUT:
        (one,) = opened
        stop = one.n_samples if last is None else round(last * one.rate_sps)
        print(cut(one, round(first * one.rate_sps), stop, out))
    elif action is Action.THUMBNAIL:
        with progress_bar() as progress:
            thumbnail(survey(opened[0], progress), out, *THUMBNAIL)
        print(out)
    else:
        _export(given[0], opened[0], waveform, rate, frame, out)


def _export(path: Path, one: Capture, waveform: str | None, rate: float | None, number: int, out: Path) -> None:
    name = waveform or one.waveform
    if name is None:
        raise ConfigurationError(f"{path} does not say which waveform was sent: give --waveform")
    used = waveform_named(name)
    tuned = open_capture(path, name, rate, used.rate_sps, verify=False)
    frame = export_frame(tuned, used, number, out)
    header = frame.header
    print(out)
    print(
        f"picture {header.picture_id}, frame {header.index + 1} of {header.count}: {frame.snr_db:.1f} dB",
        file=sys.stderr,
    )


def _remake(given: list[Path], out: Path | None, model: str) -> None:
    if out is not None or len(given) > 1:
        raise UsageError("`lrisc capture remake` takes one folder, captures/ unless another is named, and no --out")
    from lrisc_sdr.codec import Codec

    folder = given[0] if given else FOLDER
    with progress_bar() as progress:
        remade = remake(folder, Codec.from_pretrained(model), progress)
    for one in remade:
        print(f"{folder / one.name}  {one.n_samples} samples, {_compared(one)}")


def _compared(one: Remade) -> str:
    if one.different is None:
        return "new"
    if one.different == 0:
        return "the same bits as before"
    return f"{one.different} values differ from before, by {one.largest} at most"

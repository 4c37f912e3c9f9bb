# SPDX-License-Identifier: MIT
"""Options that several verbs have, with the same names, limits and help."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer

from lrisc_sdr.errors import UsageError
from lrisc_sdr.ray_cluster import AUTO
from lrisc_sdr.regions import FORMS
from lrisc_sdr.runs.settings import DEFAULT_CBR, DEFAULT_MODEL
from lrisc_sdr.sampling import MAX_STEPS, Sampling, Start
from lrisc_sdr.waveform import DEFAULT as DEFAULT_WAVEFORM
from lrisc_sdr.waveform import PRESETS as WAVEFORMS


class RateMode(str, enum.Enum):
    """How the encoder chooses rates."""

    adaptive = "adaptive"
    uniform = "uniform"


class EngineName(str, enum.Enum):
    """What moves the samples."""

    gnuradio = "gnuradio"
    plain = "plain"


class Engines(str, enum.Enum):
    """Where workers run."""

    process = "process"
    ray = "ray"


class DataType(str, enum.Enum):
    """How samples are recorded."""

    ci16_le = "ci16_le"
    cf32_le = "cf32_le"


SAMPLING = Sampling()

__all__ = ["DEFAULT_CBR", "DEFAULT_MODEL", "DEFAULT_WAVEFORM", "DataType", "Engines", "RateMode", "EngineName"]

Pictures = Annotated[list[Path] | None, typer.Argument(help="Pictures, or folders of pictures.", show_default=False)]
Channel = Annotated[
    str | None,
    typer.Option(help="Simulated channel: ideal, awgn, cable, desk, room or limit.", show_default="desk"),
]
SnrDb = Annotated[float | None, typer.Option(help="Es/N0 of the channel in dB; alone: white noise only.")]
Cbr = Annotated[str, typer.Option(help="Channel uses over 3·H·W, with headers and side information: 1/48 or 0.02.")]
Steps = Annotated[int, typer.Option(min=0, max=MAX_STEPS, help="Diffusion steps; 0 is the JSCC picture alone.")]
DiffusionStart = Annotated[
    Start,
    typer.Option(help="Where diffusion starts: from the JSCC picture, or from noise, led by what was received."),
]
Perception = Annotated[
    float,
    typer.Option(
        min=0,
        max=1,
        help="Distortion or perception: 0 is the picture of least squared error, that of JSCC, 1 the most natural one.",
    ),
]
Waveform = Annotated[str, typer.Option(help=f"OFDM waveform: {', '.join(WAVEFORMS)}.")]
Seed = Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Of everything random in the channel.")]
Model = Annotated[str, typer.Option(help="Name of a model of the package, or a model's folder.")]
Refine = Annotated[
    int,
    typer.Option(
        min=0, max=1_000, help="Gradient steps by which the transmitter refines each picture's symbols; 25 are plenty."
    ),
]
ToldSnrDb = Annotated[
    float | None,
    typer.Option("--told-snr-db", help="Es/N0 in dB that the encoder is told.", show_default="the channel's nominal"),
]
Mode = Annotated[
    RateMode, typer.Option(help="Rates of the picture's parts: adaptive with a map, or uniform without one.")
]
Roi = Annotated[str | None, typer.Option(metavar="REGION", help=f"Region that shall be better: {FORMS}.")]
Out = Annotated[
    Path | None, typer.Option(help="Folder of the run, made when it is whole.", show_default="runs/TIME-VERB")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace a finished run in that folder.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
RecordType = Annotated[
    DataType, typer.Option(help="Samples of the recording: cf32_le to the last bit, ci16_le in half of the room.")
]
Engine = Annotated[EngineName, typer.Option(help="A GNU Radio flowgraph, or the receiver without it.")]
ServiceEngine = Annotated[
    Engines, typer.Option(help="Where workers run: processes here, or actors on a Ray cluster that this machine is in.")
]
RayAddress = Annotated[str | None, typer.Option(help="HOST:PORT of the Ray cluster.", show_default="the one here")]


def ray_address(engine: Engines, given: str | None) -> str | None:
    """The address of the cluster, or None for processes on this machine. Raises `UsageError`."""
    if engine is Engines.process:
        if given is not None:
            raise UsageError("--ray-address is for --engine ray")
        return None
    return given or AUTO

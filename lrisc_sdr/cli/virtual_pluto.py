# SPDX-License-Identifier: MIT
"""`lrisc virtual-pluto`: radios made of software, until they are interrupted."""

from __future__ import annotations

import json
import threading
from typing import Annotated

import typer

from lrisc_sdr.cli import options
from lrisc_sdr.runs.settings import resolve_channel
from lrisc_sdr.virtual_pluto import DEFAULT_PORT, VirtualPluto, VirtualSettings


def virtual_pluto(
    port: Annotated[
        int, typer.Option(min=0, max=65533, help="Port of the first radio, the second has the next; 0 takes free ones.")
    ] = DEFAULT_PORT,
    radios: Annotated[
        int, typer.Option(min=1, max=2, help="One, which hears itself, or two, which hear each other.")
    ] = 1,
    channel: options.Channel = None,
    snr_db: options.SnrDb = None,
    seed: options.Seed = 0,
    crystal_ppm: Annotated[
        list[float] | None,
        typer.Option(help="Error of a radio's crystal in ppm, once for each radio.", show_default="the channel's"),
    ] = None,
    crosstalk_db: Annotated[
        float | None,
        typer.Option(
            help="Of two radios, how much louder each hears itself than the other.", show_default="not at all"
        ),
    ] = None,
    longest_drop: Annotated[
        int, typer.Option(min=1, max=64, help="Buffers lost in a row at most, where the channel drops any.")
    ] = 1,
    stale_buffers: Annotated[
        int, typer.Option(min=0, max=64, help="Buffers from before with which a receiver begins.")
    ] = 2,
    paced: Annotated[bool, typer.Option("--paced", help="In real time: who comes late has lost buffers.")] = False,
    as_json: options.Json = False,
) -> None:
    """Serve Plutos made of software on this machine, for every client of libiio, with a simulated channel between them.

    Their addresses are printed as soon as they can be used. They end with an interrupt.
    """
    _, spec = resolve_channel(channel, snr_db)
    settings = VirtualSettings(
        channel=spec,
        n_radios=radios,
        seed=seed,
        crystal_ppm=tuple(crystal_ppm or ()),
        crosstalk_db=crosstalk_db,
        longest_drop=longest_drop,
        stale_buffers=stale_buffers,
        paced=paced,
    )
    with VirtualPluto(settings, port) as plutos:
        print(json.dumps({"uris": plutos.uris}) if as_json else "\n".join(plutos.uris), flush=True)
        threading.Event().wait()

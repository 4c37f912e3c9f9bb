# SPDX-License-Identifier: MIT
"""`lrisc tx-off`: a transmitter off, by hand."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from lrisc_sdr.radio.silencer import SILENCING, silencer_of
from lrisc_sdr.telemetry import run_name, tell_at_once
from lrisc_sdr.telemetry.messages import Transmitter

TELL_S = 0.3
"""Within which a console is found `[s]`."""


def tx_off(
    radio: Annotated[str, typer.Option(help=f"Which kind of radio: {', '.join(SILENCING)}.")],
    uri: Annotated[str, typer.Option(help="Which device, as in ip:192.168.2.1.")],
) -> None:
    """Switch a transmitter off, whatever left it on: greatest attenuation, powered down, both read back.

    Exit code 0: it reads back off. 4: it could not be reached, or does not.
    """
    silencer = silencer_of(radio, uri)
    silencer()
    tell_at_once(Transmitter(run=run_name(), state="off", radio=str(silencer)[:200], band=""), TELL_S)
    print(f"the transmitter of {silencer} is off", file=sys.stderr)

# SPDX-License-Identifier: MIT
"""Which verbs there are, and where each one is implemented."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import cast


@dataclass(frozen=True)
class Verb:
    """One verb of the command line.

    Attributes:
        module: module that implements it; imported when the verb runs, not before.
        function: name of the function there; its signature, in typer's annotations, is the verb's options.
        summary: one line for `lrisc --help`.
    """

    module: str
    function: str
    summary: str

    def load(self) -> Callable[..., None]:
        """Imports the module and returns the function. It returns nothing and raises `LriscError` to end otherwise."""
        return cast("Callable[..., None]", getattr(importlib.import_module(self.module), self.function))


VERBS = MappingProxyType(
    {
        "loop": Verb("lrisc_sdr.cli.loop", "loop", "Send pictures over a simulated radio link and decode them."),
        "tx": Verb("lrisc_sdr.cli.tx", "tx", "Encode pictures and write their bursts to a file, or send them."),
        "rx": Verb("lrisc_sdr.cli.rx", "rx", "Receive pictures from a radio and decode them."),
        "tx-off": Verb("lrisc_sdr.cli.tx_off", "tx_off", "Switch a radio's transmitter off."),
        "calibrate": Verb("lrisc_sdr.cli.calibrate", "run", "Measure a radio for what every command then applies."),
        "replay": Verb("lrisc_sdr.cli.replay", "replay", "Receive and decode a recorded capture."),
        "check": Verb("lrisc_sdr.cli.check", "check", "Find what is in a capture, or mend one that was cut off."),
        "capture": Verb("lrisc_sdr.cli.capture", "capture", "Cut, merge, look at and remake captures."),
        "decode": Verb("lrisc_sdr.cli.decode", "decode", "Serve the decoder: received frames in, pictures out."),
        "keys": Verb("lrisc_sdr.cli.keys", "keys", "Make keys with which a decoder is reached from other machines."),
        "spool": Verb("lrisc_sdr.cli.spool", "spool", "List, requeue or export what a decoder has accepted."),
        "train": Verb("lrisc_sdr.cli.train", "train", "Train the neural codec and the diffusion decoder."),
        "sweep": Verb("lrisc_sdr.cli.sweep", "sweep", "Measure systems over SNRs, rates and channels: a campaign."),
        "report": Verb("lrisc_sdr.cli.report", "report", "Draw a run or campaigns: curves, tables and pictures."),
        "bench": Verb("lrisc_sdr.cli.bench", "bench", "Measure the parts of the link beside peers and limits."),
        "console": Verb("lrisc_sdr.cli.console", "console", "Serve the live page: what a run does, in a browser."),
        "grc": Verb("lrisc_sdr.cli.grc", "grc", "Open GNU Radio Companion with the project's blocks."),
        "virtual-pluto": Verb(
            "lrisc_sdr.cli.virtual_pluto", "virtual_pluto", "Serve a Pluto made of software, with a simulated channel."
        ),
        "doctor": Verb("lrisc_sdr.cli.doctor", "doctor", "Check what is installed and print how to mend what is not."),
    }
)

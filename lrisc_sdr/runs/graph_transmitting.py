# SPDX-License-Identifier: MIT
"""`lrisc tx` through GNU Radio: the transmit flowgraph in a process of its own, which asks the transmit guard itself.

pictures ─► frames ══file══► transmitter ─► gate ─► gr-iio, gr-uhd, gr-soapy
"""

from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from lrisc_sdr.framing_file import write_frames
from lrisc_sdr.radio.settings import RadioConfig
from lrisc_sdr.runs.decoding import FLOWGRAPH, STALL_S
from lrisc_sdr.runs.process import Process
from lrisc_sdr.runs.progress import Progress
from lrisc_sdr.runs.settings import as_toml
from lrisc_sdr.runs.transmitting import PAUSE_S, SPARE_S, Transmission, guard_of
from lrisc_sdr.runs.watched_decoder import POLL_S
from lrisc_sdr.types import Frame
from lrisc_sdr.waveform import Waveform

# The flowgraph, its guardian and its blocks start within this.
START_S = 30.0


class GraphTransmission(Transmission):
    """As `Transmission`, with the samples in GNU Radio's hands."""

    def send(self, pictures: Sequence[Sequence[Frame]], progress: Progress) -> None:
        """See `Transmission`. An interrupt ends the flowgraph, and a guardian its transmitter."""
        with tempfile.TemporaryDirectory(prefix="lrisc-") as temporary:
            folder = Path(temporary)
            arguments = ["transmit", *self.arguments(pictures, folder)]
            progress("sending", 0, len(pictures))
            with Process("flowgraph", FLOWGRAPH, arguments, folder) as flowgraph:
                while not flowgraph.ended():
                    time.sleep(POLL_S)
            progress("sending", len(pictures), len(pictures))

    def arguments(self, pictures: Sequence[Sequence[Frame]], folder: Path) -> list[str]:
        """Options of a flowgraph that sends these pictures, whose files go to a folder."""
        file, frames = folder / "radio.toml", folder / "run.frames"
        file.write_text(radio_toml(self._config), encoding="utf-8")
        write_frames(frames, itertools.chain.from_iterable(pictures))
        durations_s = [length / self._rate_sps for length in self.lengths(pictures)]
        total_s = sum(durations_s)
        options = {
            "radio": file,
            "waveform": self._waveform.name,
            "frames": frames,
            "on-air": int(self._wanted),
            "air-time-s": total_s,
            "longest-burst-s": max(durations_s),
            "within-s": total_s + 2 * PAUSE_S * len(durations_s) + SPARE_S + START_S,
            "stall-s": STALL_S,
        }
        return [f"--{name}={value}" for name, value in options.items()]


def radio_toml(config: RadioConfig) -> str:
    """A radio's own file, which names no table."""
    return as_toml(radio=config).partition("\n")[2]


def graph_transmission(config: RadioConfig, waveform: Waveform, wanted: bool) -> GraphTransmission:
    """What is sent with a radio through GNU Radio; with this user's guard where it radiates."""
    return GraphTransmission(config, waveform, wanted, guard_of(config))

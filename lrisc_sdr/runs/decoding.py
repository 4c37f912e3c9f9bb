# SPDX-License-Identifier: MIT
"""A decoder process and a receiver process, watched together until every picture has its result.

    receiver process ──frames──► decoder process ──results──► this process
         (GNU Radio)    ZeroMQ                      ZeroMQ

Whichever process dies ends the run at once.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.link.client import Client
from lrisc_sdr.runs.process import Process
from lrisc_sdr.runs.watched_decoder import START_S, WatchedDecoder
from lrisc_sdr.sampling import Sampling

FLOWGRAPH = "lrisc_sdr.blocks.run"
# A flowgraph in which nothing has moved for so long has failed; a machine may be busy with other things.
STALL_S = 120.0


def require_gnuradio(advice: str) -> None:
    """Say at once, and not from another process, that the flowgraphs cannot run here.

    Raises:
        ConfigurationError: GNU Radio is not installed, or not for this Python; the message ends with the advice.
    """
    if importlib.util.find_spec("gnuradio") is None:
        raise ConfigurationError(f"GNU Radio is not installed for this Python: {advice}")


class Decoding(WatchedDecoder):
    """Context manager: a decoder process of its own, from its start to the last result.

    Args:
        model: name or folder of the model.
        sampling: how the decoder makes pictures.
        folder: where the decoder puts its pictures.
        workplace: a folder for the socket and the processes' output; its path is short.
        bind: the decoder's endpoint where others shall reach it, too.

    Attributes:
        results: what became of the pictures, by id.
        channel_reports: what the receiver measured, by picture.
    """

    def __init__(self, model: str, sampling: Sampling, folder: Path, workplace: Path, bind: str | None = None) -> None:
        self.endpoint = bind or f"ipc://{workplace / 'decoder'}"
        self.folder = folder
        super().__init__(Client(self.endpoint, timeout_s=START_S), workplace, folder)
        arguments = [
            "decode", "--bind", self.endpoint, "--out", str(folder), "--model", model, *sampling.options(),
            "--publish", "off",
        ]  # fmt: skip
        self._decoder = Process("decoder", "lrisc_sdr.cli", arguments, workplace)
        self.subscribe()

    @property
    def decoder_pid(self) -> int:
        """The decoder process's number."""
        return self._decoder.pid

    def require_alive(self) -> None:
        """Raise `LriscError` where the decoder process has ended; for long work before anything is received."""
        self._decoder.require_alive()

    def link_options(self) -> list[str]:
        """Options by which a receiver's process reaches the decoder."""
        return ["--endpoint", self.endpoint]

    def close(self) -> None:
        """End the decoder process."""
        super().close()
        self._decoder.close()

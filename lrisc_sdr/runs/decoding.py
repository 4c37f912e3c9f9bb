# SPDX-License-Identifier: MIT
"""A decoder process and a receiver process, watched together until every picture has its result.

    receiver process ──frames──► decoder process ──results──► this process
         (GNU Radio)    ZeroMQ                      ZeroMQ

Whichever process dies ends the run at once.
"""

from __future__ import annotations

import importlib.util
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from lrisc_sdr.errors import ConfigurationError, ProcessFailed
from lrisc_sdr.link.client import Client
from lrisc_sdr.link.messages import (
    ChannelReport,
    Drained,
    Flush,
    Listen,
    Refused,
    Reply,
    Result,
    Watch,
    Welcome,
)
from lrisc_sdr.link.wire import pack
from lrisc_sdr.runs.process import Process
from lrisc_sdr.runs.telling import tell_result
from lrisc_sdr.sampling import Sampling

if TYPE_CHECKING:
    from typing_extensions import Self

FLOWGRAPH = "lrisc_sdr.blocks.run"
POLL_S = 0.1
SAMPLES = '{"progress": {"samples_received": '
"""How a receiver's process begins what it says of its progress on its standard error."""
# Importing torch and reading weights, on a machine that is busy with other things. A process that died is noticed at
# once, this is for one that hangs.
START_S = 600.0
# A flowgraph in which nothing has moved for so long has failed; a machine may be busy with other things.
STALL_S = 120.0


def require_gnuradio(advice: str) -> None:
    """Say at once, and not from another process, that the flowgraphs cannot run here.

    Raises:
        ConfigurationError: GNU Radio is not installed, or not for this Python; the message ends with the advice.
    """
    if importlib.util.find_spec("gnuradio") is None:
        raise ConfigurationError(f"GNU Radio is not installed for this Python: {advice}")


@dataclass(frozen=True)
class ReceiverCommand:
    """A module whose process receives bursts and hands their frames to the link.

    It takes `--endpoint` besides `arguments`. When the decoder has every frame it leaves its counters as one JSON
    object on its standard output and ends with exit code 0.
    """

    name: str
    module: str
    arguments: tuple[str, ...]


class Decoding:
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
        self._workplace = workplace
        self.endpoint = bind or f"ipc://{workplace / 'decoder'}"
        self.folder = folder
        self._client = Client(self.endpoint, timeout_s=START_S)
        arguments = [
            "decode", "--bind", self.endpoint, "--out", str(folder), "--model", model, *sampling.options(),
            "--publish", "off",
        ]  # fmt: skip
        self._decoder = Process("decoder", "lrisc_sdr.cli", arguments, workplace)
        self._client.post(pack(Watch(self._client.next_sequence())))
        self._client.post(pack(Listen(self._client.next_sequence())))
        self._models: tuple[str, ...] | None = None
        self.results: dict[int, Result] = {}
        self.channel_reports: dict[int, ChannelReport] = {}

    @property
    def decoder_pid(self) -> int:
        """The decoder process's number."""
        return self._decoder.pid

    def require_alive(self) -> None:
        """Raise `LriscError` where the decoder process has ended; for long work before anything is received."""
        self._decoder.require_alive()

    def wait_until_ready(self) -> tuple[str, ...]:
        """Wait for the decoder to come up; returns the models that it has.

        Raises:
            LriscError: it ended, or did not come up.
        """
        deadline = time.monotonic() + START_S
        while self._models is None and time.monotonic() < deadline:
            reply = self._watch()
            if isinstance(reply, Welcome):
                self._models = reply.models
        if self._models is not None:
            return self._models
        raise ProcessFailed(f"the decoder process was not ready within {START_S:g} s")

    def receive(
        self,
        command: ReceiverCommand,
        on_result: Callable[[Result], None],
        *,
        until_interrupted: bool = False,
        meanwhile: Callable[[Callable[[], None], Callable[[], bool]], None] | None = None,
    ) -> dict[str, Any]:
        """Run a receiver to its end, then wait for the last result; returns the receiver's report. May be called again.

        Args:
            on_result: called with every result as it comes; they are also in `results`, by picture.
            until_interrupted: an interrupt asks the receiver to end, and what it has received is decoded; the second
                one ends this.
            meanwhile: called while the receiver runs, which is asked to end after it; its arguments take in replies,
                and tell whether the receiver has had its first samples.

        Raises:
            LriscError: a process failed; the message names it.
        """
        arguments = [*command.arguments, "--endpoint", self.endpoint]
        with Process(command.name, command.module, arguments, self._workplace) as receiver:
            if meanwhile is not None:

                def poll() -> None:
                    if receiver.ended():
                        raise ProcessFailed(f"the {command.name} process ended before the run did")
                    self._take(self._watch(), on_result)

                meanwhile(poll, lambda: SAMPLES in receiver.errors())
                receiver.ask_to_end()
            while not receiver.ended():
                try:
                    self._take(self._watch(), on_result)
                except KeyboardInterrupt:
                    if not until_interrupted:
                        raise
                    until_interrupted = False
                    receiver.ask_to_end()
        flush = self._client.next_sequence()
        self._client.post(pack(Flush(flush, self._client.stream)))
        while not self._take(self._watch(), on_result):
            pass
        counters: dict[str, Any] = json.loads(receiver.output())
        return counters

    def _watch(self) -> Reply | None:
        self.require_alive()
        return self._client.reply(POLL_S)

    def _take(self, reply: Reply | None, on_result: Callable[[Result], None]) -> bool:
        """Note a result; whether the decoder has nothing left to do."""
        if isinstance(reply, Result):
            known = self.results.get(reply.picture_id)
            # A stray frame may have failed under the number of a picture that was whole.
            if known is None or reply.ok or not known.ok:
                self.results[reply.picture_id] = reply
                tell_result(reply, self.folder)
                on_result(reply)
        elif isinstance(reply, ChannelReport):
            self.channel_reports[reply.picture_id] = reply
        elif isinstance(reply, Refused):
            raise ProcessFailed(f"the decoder process refused a request: {reply.reason}")
        return isinstance(reply, Drained)

    def close(self) -> None:
        """End the decoder process."""
        self._client.close()
        self._decoder.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

# SPDX-License-Identifier: MIT
"""A decoder that a run watches: a receiver hands it its frames, and the run waits for every picture's result."""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from lrisc_sdr.errors import ProcessFailed
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

if TYPE_CHECKING:
    from typing_extensions import Self

POLL_S = 0.1
SAMPLES = '{"progress": {"samples_received": '
"""How a receiver's process begins what it says of its progress on its standard error."""
# Importing torch and reading weights, on a machine that is busy with other things. A process that died is noticed at
# once, this is for one that hangs.
START_S = 600.0


@dataclass(frozen=True)
class ReceiverCommand:
    """A module whose process receives bursts and hands their frames to the link.

    It takes `--endpoint` besides `arguments`. When the decoder has every frame it leaves its counters as one JSON
    object on its standard output and ends with exit code 0.
    """

    name: str
    module: str
    arguments: tuple[str, ...]


class WatchedDecoder(ABC):
    """A connection to a decoder, as a context manager.

    Args:
        client: the connection; it is closed with this.
        workplace: a folder for the receivers' output.
        folder: where the decoder puts its pictures, or None where that is another machine's.

    Attributes:
        results: what became of the pictures, by id.
        channel_reports: what the receiver measured, by picture.
    """

    def __init__(self, client: Client, workplace: Path, folder: Path | None) -> None:
        self._client = client
        self._workplace = workplace
        self._folder = folder
        self._flush = 0
        self._models: tuple[str, ...] | None = None
        self.results: dict[int, Result] = {}
        self.channel_reports: dict[int, ChannelReport] = {}

    def subscribe(self) -> None:
        """Ask to be told every result and every report on the channel."""
        self._client.post(pack(Watch(self._client.next_sequence())))
        self._client.post(pack(Listen(self._client.next_sequence())))

    @abstractmethod
    def require_alive(self) -> None:
        """Raise `LriscError` where the decoder has ended; for long work before anything is received."""

    @abstractmethod
    def link_options(self) -> list[str]:
        """Options by which a receiver's process reaches the decoder."""

    def wait_until_ready(self) -> tuple[str, ...]:
        """Wait for the decoder to come up; returns the models that it has.

        Raises:
            LriscError: it ended, or did not come up.
        """
        deadline = time.monotonic() + START_S
        while self._models is None and time.monotonic() < deadline:
            self._take(self._watch(), lambda _: None)
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
        arguments = [*command.arguments, *self.link_options()]
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
        self._flush = self._client.next_sequence()
        self._client.post(pack(Flush(self._flush, self._client.stream)))
        while not self._take(self._watch(), on_result):
            pass
        counters: dict[str, Any] = json.loads(receiver.output())
        return counters

    def _watch(self) -> Reply | None:
        self.require_alive()
        return self._client.reply(POLL_S)

    def _take(self, reply: Reply | None, on_result: Callable[[Result], None]) -> bool:
        """Note a result; whether the decoder has nothing left to do."""
        if isinstance(reply, Welcome):
            self._models = reply.models
        elif isinstance(reply, Result):
            known = self.results.get(reply.picture_id)
            # A stray frame may have failed under the number of a picture that was whole.
            if known is None or reply.ok or not known.ok:
                self.results[reply.picture_id] = reply
                tell_result(reply, self._folder)
                on_result(reply)
        elif isinstance(reply, ChannelReport):
            self.channel_reports[reply.picture_id] = reply
        elif isinstance(reply, Refused):
            raise ProcessFailed(f"the decoder process refused a request: {reply.reason}")
        return isinstance(reply, Drained) and reply.sequence >= self._flush

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

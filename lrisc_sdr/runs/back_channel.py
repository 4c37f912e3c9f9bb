# SPDX-License-Identifier: MIT
"""The way back from the receiver's decoder to the transmitter: what the channel made of each picture."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING

from lrisc_sdr.errors import ProcessFailed
from lrisc_sdr.link.client import Client
from lrisc_sdr.link.messages import ChannelReport, Listen, Welcome
from lrisc_sdr.link.wire import pack

if TYPE_CHECKING:
    from typing_extensions import Self

DEFAULT_ENDPOINT = "tcp://127.0.0.1:7852"
WELCOME_S = 60.0
# A picture of which frames are missing is reported when nothing of it has come for ten seconds.
REPORT_S = 15.0


class BackChannel:
    """Context manager: listens to a receiver's reports.

    Args:
        endpoint: where `lrisc rx --closed-loop` has its decoder.

    Raises:
        ConfigurationError: the endpoint is none, or not on this machine.
        ProcessFailed: nobody is there.
    """

    def __init__(self, endpoint: str) -> None:
        self._client = Client(endpoint, timeout_s=WELCOME_S)
        self._client.post(pack(Listen(self._client.next_sequence())))
        end_s = time.monotonic() + WELCOME_S
        while not isinstance(self._client.reply(max(end_s - time.monotonic(), 0.0)), Welcome):
            if time.monotonic() > end_s:
                self._client.close()
                raise ProcessFailed(f"no receiver at {endpoint}: start 'lrisc rx --closed-loop' there first")

    def hear(self, picture_id: int) -> ChannelReport | None:
        """The report on a picture that has just been sent; None where none comes."""
        end_s = time.monotonic() + REPORT_S
        while (left_s := end_s - time.monotonic()) > 0:
            reply = self._client.reply(left_s)
            if isinstance(reply, ChannelReport) and reply.picture_id == picture_id:
                return reply
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._client.close()

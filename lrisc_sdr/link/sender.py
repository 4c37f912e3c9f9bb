# SPDX-License-Identifier: MIT
"""The receiver's end of the link: frames out, acknowledgements in."""

from __future__ import annotations

from lrisc_sdr.errors import InvalidMessage
from lrisc_sdr.link.client import Client
from lrisc_sdr.link.messages import Accepted, Flush, Refused
from lrisc_sdr.link.wire import pack, pack_frame
from lrisc_sdr.types import ReceivedFrame

WINDOW = 64
TIMEOUT_S = 30.0


class Sender(Client):
    """Sends received frames to a decoder, at most `WINDOW` of them unacknowledged.

    Example:
        >>> with Sender("ipc:///run/lrisc/decoder") as sender:  # doctest: +SKIP
        ...     for frame in frames:
        ...         sender.send(frame)
        ...     sender.flush()

    One thread only: the one that made it. `endpoint` and `timeout_s` as in `Client`.
    """

    def __init__(self, endpoint: str, *, timeout_s: float = TIMEOUT_S) -> None:
        super().__init__(endpoint, timeout_s=timeout_s)
        self._unacknowledged: set[int] = set()

    def send(self, frame: ReceivedFrame) -> None:
        """Send a frame; waits while `WINDOW` frames are unacknowledged.

        Raises:
            InvalidMessage: the frame breaks the wire format, or the decoder refused an earlier one.
            ProcessFailed: the decoder does not answer.
        """
        sequence = self.next_sequence()
        parts = pack_frame(frame, sequence)
        self._collect(WINDOW - 1)
        self.post(parts)
        self._unacknowledged.add(sequence)

    def flush(self) -> None:
        """Wait until the decoder has every frame and has queued what is incomplete, too. It may go on sending after.

        Raises:
            InvalidMessage: the decoder refused a frame.
            ProcessFailed: the decoder does not answer.
        """
        sequence = self.next_sequence()
        self.post(pack(Flush(sequence)))
        self._unacknowledged.add(sequence)
        self._collect(0)

    def _collect(self, allowed: int) -> None:
        """Take in replies: those that are there, and as many more as leave `allowed` requests unanswered."""
        while self._unacknowledged:
            reply = self.expect() if len(self._unacknowledged) > allowed else self.reply(0.0)
            if reply is None:
                return
            if isinstance(reply, Accepted):
                self._unacknowledged.discard(reply.sequence)
            elif isinstance(reply, Refused):
                raise InvalidMessage(f"the decoder at {self.endpoint} refused a frame: {reply.reason}")

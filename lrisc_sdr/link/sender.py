# SPDX-License-Identifier: MIT
"""The receiver's end of the link: frames out, acknowledgements in.

A frame counts as delivered when the decoder has it on its disk. While the decoder is silent, frames without an
acknowledgement are sent again over a new connection: the decoder knows those that it has. With an outbox, frames beyond
the window go to the disk meanwhile, and the radio goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import zmq

from lrisc_sdr.errors import InvalidMessage, ProcessFailed
from lrisc_sdr.link.client import Client
from lrisc_sdr.link.envelope import seal
from lrisc_sdr.link.messages import Accepted, Busy, Flush, Refused, Reply
from lrisc_sdr.link.outbox import Outbox
from lrisc_sdr.link.window import SIZE as WINDOW
from lrisc_sdr.link.window import Window
from lrisc_sdr.link.wire import pack, pack_frame
from lrisc_sdr.types import ReceivedFrame

TIMEOUT_S = 30.0
# After so long without a word the window is sent again, then after twice as long, and so on.
AWAY_S = 2.0
MAX_AWAY_S = 16.0
BUSY_S = 0.5


class Sender(Client):
    """Sends received frames to a decoder, at most `WINDOW` of them unacknowledged.

    Example:
        >>> with Sender("ipc:///run/lrisc/decoder") as sender:  # doctest: +SKIP
        ...     for frame in frames:
        ...         sender.send(frame)
        ...     sender.flush()

    One thread only: the one that made it. `endpoint`, `timeout_s` and `secure` as in `Client`.

    Args:
        outbox: a file for frames while the decoder is away; what is in it already is sent first. Without one, the
            sender waits for the decoder, `timeout_s` at most.
        acknowledged: called with the sequence number of everything that the decoder has taken.
    """

    def __init__(
        self,
        endpoint: str,
        *,
        timeout_s: float = TIMEOUT_S,
        secure: Callable[[zmq.Socket[bytes]], None] | None = None,
        outbox: Path | None = None,
        acknowledged: Callable[[int], None] = lambda _: None,
    ) -> None:
        super().__init__(endpoint, timeout_s=timeout_s, secure=secure)
        self._acknowledged = acknowledged
        self._outbox = None if outbox is None else Outbox(outbox)
        if self._outbox is not None:
            self.stream = self._outbox.stream
            self._sequence = self._outbox.last_sequence
        self._window = Window(self.post)
        self._taken = 0  # the last frame of the outbox that is in the window or was
        self._heard = time.monotonic()
        self._tried = self._heard
        self._away_s = AWAY_S

    def send(self, frame: ReceivedFrame) -> int:
        """Send a frame, or keep it for the decoder to come back; returns its sequence number.

        Raises:
            InvalidMessage: the frame breaks the wire format, or the decoder refused an earlier one.
            ProcessFailed: the decoder does not answer, and there is no outbox.
            SpoolFull: it does not answer, and the outbox is full.
        """
        sequence = self.next_sequence()
        parts = pack_frame(frame, sequence, self.stream)
        if self._outbox is not None:
            self._pump()
            if self._waiting or len(self._window) >= WINDOW:
                self._outbox.put(sequence, parts)
                self._pump()
                return sequence
        self._collect(WINDOW - 1)
        self._put(sequence, parts)
        return sequence

    def flush(self) -> None:
        """Wait until the decoder has every frame and has queued what is incomplete, too. It may go on sending after.

        Raises:
            InvalidMessage: the decoder refused a frame.
            ProcessFailed: the decoder does not answer; what is in the outbox stays there.
        """
        while self._waiting:
            self._collect(WINDOW - 1)
            self._pump()
        self._collect(0)
        sequence = self.next_sequence()
        self._put(sequence, pack(Flush(sequence, self.stream)))
        self._collect(0)

    @property
    def _waiting(self) -> bool:
        """Whether the outbox has frames that were not sent yet."""
        return self._outbox is not None and self._outbox.take(self._taken) is not None

    def _put(self, sequence: int, parts: list[bytes]) -> None:
        if not self._window:
            self._heard = self._tried = time.monotonic()
        self._window.put(sequence, parts)

    def _pump(self) -> None:
        """Take in what the decoder has said, and fill the window from the outbox; never waits."""
        self._collect(len(self._window))
        while self._outbox is not None and len(self._window) < WINDOW:
            oldest = self._outbox.take(self._taken)
            if oldest is None:
                return
            self._taken, head, body = oldest
            self._put(self._taken, seal(head, body))

    def _collect(self, allowed: int) -> None:
        """Take in replies: those that are there, and as many more as leave `allowed` requests unanswered."""
        while self._window:
            must = len(self._window) > allowed
            reply = self.reply(min(self._away_s, BUSY_S, self.timeout_s) if must else 0.0)
            now = time.monotonic()
            if reply is not None:
                self._heard, self._away_s = now, AWAY_S
                self._note(reply)
            elif must and now - self._heard >= self.timeout_s:
                raise self.silence()
            elif not self._send_again(now) and not must:
                return

    def _note(self, reply: Reply) -> None:
        if isinstance(reply, Accepted):
            if self._window.accepted(reply.sequence):
                if self._outbox is not None:
                    self._outbox.drop(reply.sequence)
                self._acknowledged(reply.sequence)
        elif isinstance(reply, Busy) or (isinstance(reply, Refused) and reply.damaged):
            if not self._window.put_off:
                self._tried = self._heard
            self._window.not_taken(reply.sequence)
        elif isinstance(reply, Refused):
            raise InvalidMessage(f"the decoder at {self.endpoint} refused a frame: {reply.reason}")

    def _send_again(self, now: float) -> bool:
        """What the decoder did not take, and everything where it has been silent for long; whether it was time."""
        if self._window.put_off and now - self._tried >= BUSY_S:
            self._tried = now
            self._window.send_put_off()
        elif now - max(self._heard, self._tried) >= self._away_s:
            self._tried = now
            self._away_s = min(2 * self._away_s, MAX_AWAY_S)
            self._keep()
            self.reconnect()
            self._window.send_all()
        else:
            return False
        return True

    def _keep(self) -> None:
        """Put what is not acknowledged into the outbox, too: this process may end before the decoder comes back."""
        frames = self._window.frames()
        if self._outbox is not None and frames:
            for sequence, parts in frames.items():
                self._outbox.put(sequence, parts)
            self._taken = max(self._taken, *frames)

    def silence(self) -> ProcessFailed:
        """The error of a decoder that does not answer."""
        self._keep()
        kept = 0 if self._outbox is None else len(self._outbox)
        where = f"; {kept} frames are kept in {self._outbox.file}" if self._outbox is not None and kept else ""
        return ProcessFailed(f"{super().silence()}{where}")

    def close(self) -> None:
        """Let go of the connection and the outbox; never waits. A second call does nothing."""
        super().close()
        outbox: Outbox | None = getattr(self, "_outbox", None)
        if outbox is not None:
            outbox.close()

# SPDX-License-Identifier: GPL-3.0-or-later
"""LRISC Latents to ZeroMQ: received frames go to the decoder's process, and every one of them is acknowledged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pmt
from gnuradio import gr

from lrisc_sdr.blocks.guard import Guarded, Report, guarded
from lrisc_sdr.blocks.pdu import frame_from_pdu
from lrisc_sdr.link import Sender
from lrisc_sdr.link.endpoint import check_endpoint
from lrisc_sdr.link.sender import TIMEOUT_S

FRAMES = pmt.intern("frames")


class ZmqSink(Guarded, gr.basic_block):
    """Forwards the PDUs of a receiver with the wire format of `lrisc_sdr.link`.

    `drain`, which `supervise` calls at the end of a graph, waits until the decoder has taken every frame.

    Args:
        endpoint: where `lrisc decode` listens: `ipc://PATH` or `tcp://127.0.0.1:PORT`.
        timeout_s: how long the decoder may owe an answer `[s]`.
        outbox: a file for frames while the decoder is away, so that the graph goes on; without one it waits, and fails
            after `timeout_s`.

    Raises:
        ConfigurationError: the endpoint is none, or not on this machine.
    """

    def __init__(self, endpoint: str, timeout_s: float = TIMEOUT_S, outbox: str | None = None) -> None:
        Guarded.__init__(self)
        gr.basic_block.__init__(self, name="LRISC Latents to ZeroMQ", in_sig=None, out_sig=None)
        self._endpoint = check_endpoint(endpoint)
        self._timeout_s = timeout_s
        self._outbox = None if outbox is None else Path(outbox)
        # Made by the first frame: a socket of a graph that never started would hold up the end of its process.
        self._sender: Sender | None = None
        self._frames_forwarded = 0
        self._frames_acknowledged = 0
        self.message_port_register_in(FRAMES)
        self.set_msg_handler(FRAMES, self.forward)

    @guarded
    def forward(self, message: Any) -> None:
        self._send(message)

    def _send(self, message: Any) -> None:
        frame = frame_from_pdu(message)
        if self._sender is None:
            self._sender = Sender(self._endpoint, timeout_s=self._timeout_s, outbox=self._outbox)
        self._sender.send(frame)
        self._frames_forwarded += 1
        self.items += 1

    def drain(self) -> None:
        while self.nmsgs(FRAMES):
            self._send(self.delete_head_nowait(FRAMES))
        if self._sender is not None:
            self._sender.flush()
        self._frames_acknowledged = self._frames_forwarded

    def close(self) -> None:
        # A thread that still runs owns the socket: leave it alone, the process ends with an error anyway.
        if self._sender is not None and self.ended.is_set():
            self._sender.close()

    def moved(self) -> int:
        # A decoder with a full queue says so again and again: the graph waits, but it has not stalled.
        return self.items + (0 if self._sender is None else self._sender.replies)

    def report(self) -> Report:
        return {"frames_forwarded": self._frames_forwarded, "frames_acknowledged": self._frames_acknowledged}

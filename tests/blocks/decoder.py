# SPDX-License-Identifier: GPL-3.0-or-later
"""A decoder's end of the link, over a real socket: takes frames and decodes nothing."""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType

import zmq

from lrisc_sdr.link.messages import Accepted, Busy, Flush, Refused
from lrisc_sdr.link.wire import pack, unpack_request
from lrisc_sdr.types import ReceivedFrame


class Taker:
    """Context manager: accepts every frame and keeps it, or refuses all of them.

    Args:
        folder: where its socket goes.
        refuse: the reason to refuse with, or None.
        busy: how often it says that its queue is full before it takes the first frame.
    """

    def __init__(self, folder: Path, refuse: str | None = None, busy: int = 0) -> None:
        self.endpoint = f"ipc://{folder / 'decoder'}"
        self.frames: list[ReceivedFrame] = []
        self.flushed = 0
        self._refuse = refuse
        self._busy = busy
        self._stop = threading.Event()
        self._context = zmq.Context()
        self._router = self._context.socket(zmq.ROUTER)
        self._router.bind(self.endpoint)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while not self._stop.is_set():
            if not self._router.poll(50):
                continue
            client, *parts = self._router.recv_multipart()
            request = unpack_request(parts)
            for _ in range(self._busy):
                self._router.send_multipart([client, *pack(Busy(16))])
            self._busy = 0
            if isinstance(request, Flush):
                self.flushed += 1
            elif self._refuse is not None:
                self._router.send_multipart([client, *pack(Refused(request.sequence, self._refuse))])
                continue
            else:
                self.frames.append(request.frame)
            self._router.send_multipart([client, *pack(Accepted(request.sequence))])

    def __enter__(self) -> Taker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        self._context.destroy(linger=0)

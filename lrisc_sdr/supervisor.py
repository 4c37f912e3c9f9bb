# SPDX-License-Identifier: MIT
"""What a service tells systemd: that it is ready, how it stands, and that it lives (sd_notify(3)).

One datagram of lines to the socket that $NOTIFY_SOCKET names; without systemd nothing is sent.
"""

from __future__ import annotations

import os
import socket
import time


class Supervisor:
    """The service manager of this process, if it has one.

    It is told twice in every $WATCHDOG_USEC that the process lives, if `beat` is called so often; else it kills it.
    """

    def __init__(self) -> None:
        self._address = os.environ.get("NOTIFY_SOCKET", "")
        interval = os.environ.get("WATCHDOG_USEC", "") if self._address else ""
        mine = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self._beat_s = int(interval) / 2e6 if interval.isdecimal() and mine else None
        self._beaten = 0.0

    def ready(self, status: str) -> None:
        """The service has begun; one line that `systemctl status` shows."""
        self._send(f"READY=1\nSTATUS={status}")

    def stopping(self) -> None:
        """The service ends in order."""
        self._send("STOPPING=1")

    def beat(self) -> None:
        """The service lives."""
        now = time.monotonic()
        if self._beat_s is not None and now - self._beaten >= self._beat_s:
            self._beaten = now
            self._send("WATCHDOG=1")

    def _send(self, text: str) -> None:
        if self._address:
            # An abstract address begins with a zero byte, which is written as @.
            name = "\0" + self._address[1:] if self._address.startswith("@") else self._address
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
                try:
                    out.sendto(text.encode(), name)
                except OSError:
                    # The manager went first; the service does not end for that.
                    return

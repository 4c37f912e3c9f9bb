# SPDX-License-Identifier: MIT
"""The modem's end of its guardian: heartbeats, and what happens when the guardian is gone.

A thread sends a heartbeat several times a second and reads it back. When the guardian does not answer, the thread
itself switches the transmitter off, through a session of its own: the modem's may be busy with a burst.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from lrisc_sdr.errors import HardwareError, LriscError, ProcessFailed
from lrisc_sdr.radio.guardian_process import GOODBYE, HEARTBEAT_S, OFF, RETRY_S
from lrisc_sdr.radio.protocol import RadioStillOn
from lrisc_sdr.radio.silencer import Silencer

if TYPE_CHECKING:
    from typing_extensions import Self

BEAT_S = 0.2
START_S = 20.0
CLOSE_S = 5.0
FORCE_OFF_S = 10.0


class Guardian:
    """A guardian process, which has forced the transmitter off when this returns, and will again.

    Context manager; leaving it is the end of the pipe.

    Args:
        silencer: what switches the device off.
        within_s: from now, when the guardian switches it off in any case `[s]`.
        log: file of the log of transmissions.

    Attributes:
        deadline_s: that time on the monotonic clock `[s]`.

    Raises:
        HardwareError: the guardian cannot reach the device, or cannot switch its transmitter off.
        ProcessFailed: the guardian does not start.
    """

    def __init__(self, silencer: Silencer, within_s: float, log: Path) -> None:
        self._silencer = silencer
        arguments = [silencer.radio, silencer.uri, silencer.function, repr(within_s), str(log)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lrisc_sdr.radio.guardian_process", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._input, self._output = self._process.stdin, self._process.stdout
        self._closing = threading.Event()
        self._lost = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="guardian's heartbeat", daemon=True)
        try:
            self._await_start()
        except BaseException:
            self._end_pipe()
            raise
        self.deadline_s = time.monotonic() + within_s
        self._thread.start()

    @property
    def pid(self) -> int:
        """The guardian's process."""
        return self._process.pid

    def require_alive(self) -> None:
        """Whether somebody still guards.

        Raises:
            ProcessFailed: the guardian is gone, or has switched the transmitter off.
        """
        if self._lost.is_set():
            raise ProcessFailed(
                f"the guardian of {self._silencer} has ended, or has switched the transmitter off: nothing more is sent"
            )

    def close(self) -> None:
        """End the pipe, and wait until the guardian, or without it this process, has found the transmitter off.

        Raises:
            RadioStillOn: nobody has.
        """
        self._closing.set()
        try:
            self._thread.join(FORCE_OFF_S)
        finally:
            self._end_pipe()
        with contextlib.suppress(subprocess.TimeoutExpired):
            if self._process.wait(CLOSE_S) == 0:
                return
        if not self._switch_off():
            raise RadioStillOn(f"{self._silencer} may still transmit: unplug its antenna, then 'lrisc tx-off'")
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _await_start(self) -> None:
        ready, _, _ = select.select([self._output], [], [], START_S)
        answer = os.read(self._output.fileno(), 4096) if ready else b""
        if answer == OFF:
            return
        if not answer:
            raise ProcessFailed(f"the guardian of {self._silencer} did not start: nothing is sent without it")
        message = answer.decode(errors="replace")
        raise HardwareError(f"the guardian cannot switch {self._silencer} off, so nothing is sent: {message}")

    def _beat(self) -> None:
        while not self._closing.is_set():
            if not self._answers():
                self._lost.set()
                self._switch_off()
                return
            self._closing.wait(BEAT_S)

    def _answers(self) -> bool:
        try:
            os.write(self._input.fileno(), b".")
            ready, _, _ = select.select([self._output], [], [], HEARTBEAT_S)
            return bool(ready) and len(os.read(self._output.fileno(), 4096)) > 0
        except OSError:
            return False

    def _switch_off(self) -> bool:
        give_up_s = time.monotonic() + FORCE_OFF_S
        while time.monotonic() < give_up_s:
            with contextlib.suppress(LriscError, OSError):
                self._silencer()
                return True
            time.sleep(RETRY_S)
        return False

    def _end_pipe(self) -> None:
        with contextlib.suppress(OSError):
            os.write(self._input.fileno(), GOODBYE)
        with contextlib.suppress(OSError):
            self._input.close()

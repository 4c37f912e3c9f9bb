# SPDX-License-Identifier: MIT
"""A modem in a process of its own that goes on the air, says so, and ends as it is told.

Endings: `normal`, `exception`, `never` (burst after burst), `hang` (no more bursts, and no end).
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
import time
import traceback
from pathlib import Path

import numpy as np

from lrisc_sdr.radio.allow_list import AllowList
from lrisc_sdr.radio.bands import Band
from lrisc_sdr.radio.guard import TransmitGuard
from lrisc_sdr.radio.ledger import Ledger
from lrisc_sdr.radio.log import TransmissionLog
from lrisc_sdr.radio.protocol import RadioSettings
from lrisc_sdr.radio.request import TransmitRequest
from lrisc_sdr.radio.silencer import Silencer
from lrisc_sdr.waveform import waveform

SETTINGS = RadioSettings(4e6, 2.45e9, 2.45e9, 4e6, 4e6, None, 20.0)
BAND = Band("ism-2400", 2400e6, 2483.5e6, 10.0, 1.0, 3600.0, 100.0)


def guard_in(folder: Path) -> TransmitGuard:
    """A guard that allows one band and keeps its files in a folder."""
    return TransmitGuard(AllowList((BAND,)), Ledger(folder / "ledger.sqlite3"), TransmissionLog(folder / "log.jsonl"))


def request_for(silencer: Silencer, within_s: float = 60.0) -> TransmitRequest:
    """Fifty seconds of the default waveform."""
    return TransmitRequest(silencer, True, SETTINGS, waveform("pluto256"), min(50.0, within_s), within_s=within_s)


def run(silencer: Silencer, opener: str, folder: Path, ending: str, within_s: float) -> None:
    """Open the device, send a burst, say "on air" on the standard output, and end."""
    module, _, name = opener.partition(":")
    radio = getattr(importlib.import_module(module), name)(silencer.uri)
    burst = np.zeros(int(0.05 * SETTINGS.rate_sps), dtype=np.complex64)
    with guard_in(folder).on_air(radio, request_for(silencer, within_s)) as air:
        air.send(burst)
        print("on air", flush=True)
        if ending == "exception":
            raise ZeroDivisionError
        if ending == "hang":
            time.sleep(600)
        while ending == "never":
            air.send(burst)


class Modem:
    """The modem's process, which leads a group and a session of its own.

    Forked, not started anew, because the imports are most of the time that it would take.
    """

    def __init__(self, silencer: Silencer, opener: str, folder: Path, ending: str, within_s: float) -> None:
        self._errors = folder / "modem.err"
        self._code: int | None = None
        reading, writing = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            code = 1
            try:
                os.setsid()
                errors = os.open(self._errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
                os.dup2(writing, 1)
                os.dup2(errors, 2)
                os.closerange(3, 64)
                sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115
                for number in (signal.SIGTERM, signal.SIGHUP):
                    signal.signal(number, signal.SIG_DFL)
                signal.signal(signal.SIGINT, signal.default_int_handler)
                run(silencer, opener, folder, ending, within_s)
                code = 0
            except BaseException:  # noqa: BLE001 - as an interpreter would end
                traceback.print_exc()
                sys.stderr.flush()
            finally:
                os._exit(code)
        os.close(writing)
        with open(reading) as said:  # noqa: PTH123
            if said.readline() != "on air\n":
                raise AssertionError(f"the modem did not come on the air: {self.errors}")
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        self.guardian = int((children.read_text().split() or ["0"])[0]) if children.exists() else 0

    @property
    def errors(self) -> str:
        """Its standard error."""
        return self._errors.read_text()

    def send_signal(self, number: signal.Signals, *, group: bool = False) -> None:
        """Send a signal to it, or to its group."""
        (os.killpg if group else os.kill)(self.pid, number)

    def wait(self) -> int:
        """Its exit code, when it has ended; negative for a signal's."""
        if self._code is None:
            self._code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self._code

    def runs(self) -> bool:
        """Whether it has not ended."""
        if self._code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self._code = os.waitstatus_to_exitcode(status) if pid else None
        return self._code is None

    def kill(self) -> None:
        """End it and its guardian."""
        if self.runs():
            os.kill(self.pid, signal.SIGKILL)
            self.wait()
        with contextlib.suppress(ProcessLookupError):
            if self.guardian:
                os.kill(self.guardian, signal.SIGKILL)

# SPDX-License-Identifier: MIT
"""`python -m lrisc_sdr.radio.guardian_process RADIO URI FUNCTION WITHIN_S LOG`: turns a transmitter off when all fails.

    start ─► force off ─► say OFF ─► watch ──┬── GOODBYE, and the end of the pipe ─► force off ─► end
                                             ├── end of the pipe ────────────┐
                                             ├── no heartbeat for a second ──┤
                                             └── deadline ───────────────────┴─► force off, close stdout
                                                                                 wait for the end of the pipe ──┘

Its input is a pipe whose other end only the modem holds; every byte is a heartbeat and is sent back, so that the modem
sees in turn that the guardian lives. The last one of a modem that ends the pipe itself is GOODBYE. The guardian has a
session of its own, and ignores every signal that can be ignored: what ends the modem's group of processes does not end
it. Exit code 0: the transmitter has read back off.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from lrisc_sdr.errors import LriscError
from lrisc_sdr.radio.log import TransmissionLog
from lrisc_sdr.radio.silencer import Silencer

OFF = b"off\n"
GOODBYE = b"q"
HEARTBEAT_S = 1.0
RETRY_S = 0.1
GIVE_UP_S = 60.0
TELL_S = 1.0

_INPUT, _OUTPUT = 0, 1
_IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE, signal.SIGUSR1,
            signal.SIGUSR2, signal.SIGALRM, signal.SIGTSTP)  # fmt: skip


def main(arguments: Sequence[str]) -> int:
    """Guard until the pipe ends; returns the exit code."""
    for number in _IGNORED:
        signal.signal(number, signal.SIG_IGN)
    radio, uri, function, within_s, log = arguments
    silencer = Silencer(radio, uri, function)
    try:
        silencer()
    except LriscError as error:
        os.write(_OUTPUT, str(error).encode())
        return error.exit_code
    os.write(_OUTPUT, OFF)
    reason = _watch(time.monotonic() + float(within_s))
    off = _force_off(silencer)
    if reason is not None:
        _note(TransmissionLog(Path(log)), silencer, reason, off)
        _close_output()
        if off:
            # On a thread: the guardian has better things to wait for.
            threading.Thread(target=_tell_watchers, args=(silencer,)).start()
        # A modem that was only stopped may go on, and switch on again, before it sees that its guardian has acted.
        while os.read(_INPUT, 4096):
            _force_off(silencer)
        off = _force_off(silencer)
    return 0 if off else 1


def _watch(deadline_s: float) -> str | None:
    """Why the transmitter has to go off; None where the modem has said goodbye."""
    beats = b""
    heartbeat_s = time.monotonic() + HEARTBEAT_S
    while True:
        left_s = min(heartbeat_s, deadline_s) - time.monotonic()
        if left_s <= 0:
            return "no heartbeat" if heartbeat_s < deadline_s else "deadline"
        if not select.select([_INPUT], [], [], left_s)[0]:
            continue
        last, beats = beats, os.read(_INPUT, 4096)
        if not beats:
            return None if last.endswith(GOODBYE) else "modem gone"
        with contextlib.suppress(OSError):
            os.write(_OUTPUT, beats)
        heartbeat_s = time.monotonic() + HEARTBEAT_S


def _force_off(silencer: Silencer) -> bool:
    """Try until the transmitter reads back off, or for a minute."""
    give_up_s = time.monotonic() + GIVE_UP_S
    told = ""
    while True:
        try:
            silencer()
            return True
        except Exception as error:  # noqa: BLE001 - whatever it is, the transmitter may be on
            message = f"lrisc: guardian: {silencer} may still transmit: {' '.join(str(error).split())}\n"
        if message != told:
            _tell(message)
            told = message
        if time.monotonic() > give_up_s:
            _tell(f"lrisc: guardian: gave up; switch {silencer} off by hand\n")
            return False
        time.sleep(RETRY_S)


def _close_output() -> None:
    # Replaced, not closed: the next session's socket would otherwise become the standard output.
    with open(os.devnull, "wb") as nothing:  # noqa: PTH123
        os.dup2(nothing.fileno(), _OUTPUT)


def _tell(message: str) -> None:
    with contextlib.suppress(OSError):
        os.write(sys.stderr.fileno(), message.encode())


def _tell_watchers(silencer: Silencer) -> None:
    """`off` to whoever watches: the modem cannot say it any more."""
    # Whatever goes wrong here, the guardian's work is done; nothing of it is imported before that.
    with contextlib.suppress(Exception):
        from lrisc_sdr.telemetry import run_name, tell_at_once
        from lrisc_sdr.telemetry.messages import Transmitter

        tell_at_once(Transmitter(run=run_name(), state="off", radio=str(silencer)[:200], band=""), TELL_S)


def _note(log: TransmissionLog, silencer: Silencer, reason: str, off: bool) -> None:
    with contextlib.suppress(LriscError):
        log.append("forced off", {"radio": silencer.radio, "uri": silencer.uri, "reason": reason, "off": off})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

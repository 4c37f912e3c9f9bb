# SPDX-License-Identifier: MIT
"""The processes of a run: started with a name, watched, and ended with the run."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from lrisc_sdr.errors import (
    ConfigurationError,
    HardwareError,
    InputError,
    LriscError,
    ProcessFailed,
    TransmitRefused,
    UsageError,
)

if TYPE_CHECKING:
    from typing_extensions import Self

TERMINATE_S = 2.0

_BY_EXIT_CODE: dict[int, type[LriscError]] = {
    kind.exit_code: kind for kind in (UsageError, ConfigurationError, HardwareError, TransmitRefused, InputError)
}


class Process:
    """A Python module in a process of its own that dies with this one.

    Args:
        name: what error messages call it, such as "decoder".
        module: the module that `python -m` would run.
        arguments: its command line.
        folder: where its output goes: `NAME.out` and `NAME.err`.
    """

    def __init__(self, name: str, module: str, arguments: list[str], folder: Path) -> None:
        self.name = name
        self._errors = folder / f"{name}.err"
        self._output = folder / f"{name}.out"
        command = [sys.executable, "-m", "lrisc_sdr.runs.guarded", str(os.getpid()), module, *arguments]
        with self._errors.open("wb") as errors, self._output.open("wb") as output:
            # A session of its own: Ctrl-C reaches this process only, which then ends the others in order.
            self._child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, start_new_session=True
            )

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._child.pid

    def output(self) -> str:
        """What it has written to its standard output."""
        return self._output.read_text(encoding="utf-8", errors="replace")

    def errors(self) -> str:
        """What it has written to its standard error."""
        return self._errors.read_text(encoding="utf-8", errors="replace")

    def ended(self) -> bool:
        """Whether the process has ended with exit code 0; False while it runs.

        Raises:
            LriscError: it ended otherwise. The message names the process and has its last line, and the kind of error
                follows its exit code.
        """
        code = self._child.poll()
        if code is None:
            return False
        if code == 0:
            return True
        raise self._failure(code)

    def require_alive(self) -> None:
        """For a process that must not end by itself.

        Raises:
            LriscError: it has ended.
        """
        if self.ended():
            raise ProcessFailed(f"the {self.name} process ended before the run did")

    def ask_to_end(self) -> None:
        """Send a polite signal and go on: the process finishes what it has, and then ends by itself."""
        if self._child.poll() is None:
            self._child.terminate()

    def close(self) -> None:
        """End the process: a polite signal first, SIGKILL after `TERMINATE_S`."""
        if self._child.poll() is not None:
            return
        self._child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(TERMINATE_S)
            return
        self._child.kill()
        self._child.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _failure(self, code: int) -> LriscError:
        if code < 0:
            return ProcessFailed(f"the {self.name} process was killed by {_signal_name(-code)}")
        lines = [line.strip() for line in self.errors().splitlines() if line.strip()]
        last = lines[-1].removeprefix("lrisc: ").removeprefix("error: ") if lines else f"exit code {code}, no message"
        return _BY_EXIT_CODE.get(code, ProcessFailed)(f"the {self.name} process failed: {last}")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"

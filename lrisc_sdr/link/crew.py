# SPDX-License-Identifier: MIT
"""The processes of the workers: started, and started again when they end."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import zmq

from lrisc_sdr.errors import ProcessFailed
from lrisc_sdr.sampling import Sampling

EARLY_DEATHS = 3
STOP_S = 1.0
_LONGEST_SOCKET = 100


def worker_command(folder: Path, model: str, sampling: Sampling, ray_address: str | None = None) -> list[str]:
    """The module of a worker's process and its options, without the broker's address and the worker's name.

    With the address of a Ray cluster it hands its work on to a worker there.
    """
    command = [
        "lrisc_sdr.link.worker_process", f"--folder={folder.absolute()}", f"--model={model}", *sampling.options()
    ]  # fmt: skip
    return command if ray_address is None else [*command, f"--ray-address={ray_address}"]


def gpus() -> int:
    """How many GPUs this machine has for us, without asking their driver."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return len([device for device in visible.split(",") if device.strip() not in ("", "-1")])
    return len(list(Path("/dev").glob("nvidia[0-9]*")))


class Crew:
    """A number of workers' processes.

    Args:
        n: how many.
        command: module and arguments of each; `--endpoint`, `--name` and `--slot`, which counts from 0, are added.
        folder: for the socket on which the broker hears them.

    Attributes:
        endpoint: that socket's address.
        deaths: how many have ended since the start.
    """

    def __init__(self, n: int, command: Sequence[str], folder: Path) -> None:
        socket = folder.absolute() / "workers"
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        if len(os.fsencode(socket)) > _LONGEST_SOCKET:
            self._temporary = tempfile.TemporaryDirectory(prefix="lrisc-")
            socket = Path(self._temporary.name) / "workers"
        self.endpoint = f"ipc://{socket}"
        self.deaths = 0
        self._command = list(command)
        self._n = n
        self._started = 0
        self._early = 0
        self._processes: dict[bytes, subprocess.Popen[bytes]] = {}
        self._slots: dict[bytes, int] = {}

    def bind(self, socket: zmq.Socket[bytes]) -> None:
        """Have a socket hear them."""
        Path(self.endpoint.removeprefix("ipc://")).unlink(missing_ok=True)
        socket.bind(self.endpoint)
        Path(self.endpoint.removeprefix("ipc://")).chmod(0o600)

    def start(self) -> None:
        """Start as many as are missing."""
        while len(self._processes) < self._n:
            self._started += 1
            name = f"{os.getpid()}-{self._started}"
            slot = min(set(range(self._n)) - {self._slots[taken] for taken in self._processes})
            command = [
                sys.executable, "-m", "lrisc_sdr.runs.guarded", str(os.getpid()), *self._command,
                f"--endpoint={self.endpoint}", f"--name={name}", f"--slot={slot}",
            ]  # fmt: skip
            self._slots[name.encode()] = slot
            # A session of its own: Ctrl-C reaches the broker only, which then ends the others in order.
            self._processes[name.encode()] = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, start_new_session=True, env=self._environment()
            )

    def _environment(self) -> dict[str, str]:
        """Several on one processor share its cores."""
        share = max(1, (os.cpu_count() or 1) // self._n)
        return {"OMP_NUM_THREADS": str(share)} | dict(os.environ)

    def ended(self) -> dict[bytes, str]:
        """Names of those that have ended since the last call, and how."""
        ended = {
            name: _how(process.returncode) for name, process in self._processes.items() if process.poll() is not None
        }
        for name in ended:
            del self._processes[name], self._slots[name]
        self.deaths += len(ended)
        return ended

    def note(self, *, early: bool) -> None:
        """One ended before it was ready, or one came to be ready.

        Raises:
            ProcessFailed: too many in a row ended early: the next would, too.
        """
        self._early = self._early + 1 if early else 0
        if self._early >= EARLY_DEATHS:
            raise ProcessFailed(f"{EARLY_DEATHS} workers ended before they were ready: their messages are above")

    def kill(self, name: bytes) -> None:
        """End one that does not answer; another takes its place."""
        if name in self._processes:
            self._processes[name].kill()

    def close(self) -> None:
        """End all of them: politely at first."""
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_S)
                continue
            process.kill()
            process.wait()
        self._processes.clear()
        Path(self.endpoint.removeprefix("ipc://")).unlink(missing_ok=True)
        if self._temporary is not None:
            self._temporary.cleanup()


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"

# SPDX-License-Identifier: MIT
"""A decoder service in processes of its own, as `lrisc decode` starts it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lrisc_sdr.errors import ProcessFailed
from lrisc_sdr.link.client import Client
from lrisc_sdr.link.lines import RESULTS
from lrisc_sdr.link.messages import Result, Watch, Welcome
from lrisc_sdr.link.wire import pack

START_S = 120.0


def environment() -> dict[str, str]:
    """Where the processes find this package's benchmarks."""
    root = str(Path(__file__).resolve().parents[2])
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))}


class Service:
    """`lrisc decode`, which can be killed and started again.

    Args:
        folder: for its socket, its spool and its results.
        options: further options of the command.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        self.endpoint = f"ipc://{folder}/decoder"
        self.out = folder / "out"
        self._errors = folder / "decoder.err"
        self._command = [
            sys.executable, "-m", "lrisc_sdr.cli", "decode", "--bind", self.endpoint, "--out", str(self.out),
            "--publish", "off", *options,
        ]  # fmt: skip
        self.start()

    def start(self) -> None:
        """Start it (again)."""
        with self._errors.open("ab") as errors:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors
            )

    @property
    def pid(self) -> int:
        """The broker's process."""
        return self._process.pid

    def workers(self) -> list[int]:
        """The workers' processes."""
        try:
            return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]
        except OSError:
            return []

    def require_alive(self) -> None:
        """Raise `ProcessFailed` where the broker has ended by itself."""
        if self._process.poll() is not None:
            raise ProcessFailed(f"the decoder ended: {self._errors.read_text(errors='replace').strip()[-300:]}")

    def kill(self) -> None:
        """SIGKILL to the broker, and start it again."""
        self._process.kill()
        self._process.wait()
        self.start()

    def results(self) -> list[dict[str, Any]]:
        """The whole lines of `pictures.jsonl`."""
        file = self.out / RESULTS
        lines = file.read_bytes().split(b"\n")[:-1] if file.exists() else []
        return [json.loads(line) for line in lines]

    def watch(self) -> Client:
        """A client that gets every result, when the service is ready."""
        client = Client(self.endpoint, timeout_s=START_S)
        client.post(pack(Watch(client.next_sequence())))
        while (reply := client.reply(0.2)) is None:
            self.require_alive()
        if not isinstance(reply, Welcome):
            raise ProcessFailed(f"the decoder said {reply}")
        return client

    def cpu_s(self) -> float:
        """Processor time of broker and workers so far `[s]`."""
        ticks = 0
        for pid in (self.pid, *self.workers()):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        """End it in order."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait()


@contextlib.contextmanager
def service(folder: Path, *options: str) -> Iterator[Service]:
    """A service that is ended with the context."""
    folder.mkdir(parents=True, exist_ok=True)
    running = Service(folder, *options)
    try:
        yield running
    finally:
        running.close()


def take_results(client: Client, wait_s: float = 0.0) -> list[Result]:
    """The results that have come, and where there is none, that of the next `wait_s`."""
    results: list[Result] = []
    while (reply := client.reply(0.0 if results else wait_s)) is not None:
        if isinstance(reply, Result):
            results.append(reply)
    return results

# SPDX-License-Identifier: MIT
"""Commands in processes of their own, and a picture to send."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A smooth picture of 160 × 192 with some noise."""
    rng = np.random.default_rng(2)
    rows, columns = np.mgrid[0:160, 0:192]
    smooth = np.stack([rows, columns, (rows + columns) / 2], axis=-1) * 0.7
    path = tmp_path / "smooth.png"
    Image.fromarray((smooth + rng.integers(0, 40, smooth.shape)).clip(0, 255).astype(np.uint8)).save(path)
    return path


class Command:
    """An `lrisc` command in a process of its own, its output in files."""

    def __init__(self, arguments: list[str], folder: Path, environment: dict[str, str] | None = None) -> None:
        folder.mkdir(exist_ok=True)
        self._out, self._err = folder / "stdout", folder / "stderr"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "lrisc_sdr.cli", *arguments],
                stdout=out,
                stderr=err,
                env=os.environ | (environment or {}),
                # A shell that starts the tests in the background has the interrupt ignored, which is inherited.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )

    @property
    def stdout(self) -> str:
        return self._out.read_text()

    @property
    def stderr(self) -> str:
        return self._err.read_text()

    def wait(self, seconds: float = 250) -> int:
        return self.process.wait(seconds)

    def child(self, what: str, seconds: float = 200) -> int:
        """The number of its child process whose command line has a word in it."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.stderr
            for pid in children(self.process.pid):
                # A child that was there a moment ago may have ended.
                with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                    if what in Path(f"/proc/{pid}/cmdline").read_text().split("\0"):
                        return pid
            time.sleep(0.01)
        raise AssertionError(f"no child {what} within {seconds} s")


def children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def gone_within(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not alive(pid)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Command]]:
    """Starts commands, and ends those that are left."""
    commands: list[Command] = []

    def run(*arguments: object, environment: dict[str, str] | None = None) -> Command:
        words = [str(argument) for argument in arguments]
        commands.append(Command(words, tmp_path / f"command-{len(commands)}", environment))
        return commands[-1]

    yield run
    for command in commands:
        command.process.kill()
        command.process.wait()


@pytest.fixture(name="gone_within")
def gone_within_fixture() -> Callable[[int, float], bool]:
    return gone_within

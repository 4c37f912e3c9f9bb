# SPDX-License-Identifier: MIT
"""Processes of a run: how their end is told, and that none is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lrisc_sdr.errors import ConfigurationError, InputError, ProcessFailed
from lrisc_sdr.runs.process import Process


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module that does what its first argument says."""
    (tmp_path / "puppet_module.py").write_text(
        "import os, signal, sys, time\nif __name__ == '__main__':\n    exec(sys.argv[1])\n"
    )
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    monkeypatch.setenv("PYTHONPATH", path)
    return "puppet_module"


def wait(process: Process) -> None:
    deadline = time.monotonic() + 20
    while not process.ended():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def gone_within(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not alive(pid)


def test_output_and_a_good_end(module: str, tmp_path: Path) -> None:
    with Process("decoder", module, ["print('hello')"], tmp_path) as process:
        wait(process)
        assert process.output() == "hello\n"
        with pytest.raises(ProcessFailed, match="decoder process ended before"):
            process.require_alive()


@pytest.mark.parametrize(
    ("code", "kind", "message"),
    [
        ("print('a\\nlrisc: b', file=sys.stderr); sys.exit(3)", ConfigurationError, "decoder process failed: b"),
        ("print('no burst', file=sys.stderr); sys.exit(7)", InputError, "decoder process failed: no burst"),
        ("sys.exit(1)", ProcessFailed, "decoder process failed: exit code 1, no message"),
        ("raise ValueError('x')", ProcessFailed, "decoder process failed: ValueError: x"),
        ("os.kill(os.getpid(), signal.SIGKILL)", ProcessFailed, "decoder process was killed by SIGKILL"),
        ("sys.exit(130)", ProcessFailed, "decoder process failed: exit code 130"),
    ],
)  # fmt: skip
def test_a_bad_end_names_the_process(
    code: str, kind: type[Exception], message: str, module: str, tmp_path: Path
) -> None:
    with Process("decoder", module, [code], tmp_path) as process, pytest.raises(kind, match=message):
        wait(process)


def test_closing_ends_a_process_even_one_that_will_not(module: str, tmp_path: Path) -> None:
    code = "signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
    process = Process("decoder", module, [code], tmp_path)
    while not process.output():
        assert not process.ended()
    process.close()
    assert gone_within(process.pid, 0)
    process.close()


def test_a_process_dies_with_a_parent_that_is_killed(module: str, tmp_path: Path) -> None:
    """The parent gets SIGKILL and can end nothing itself; its child, which would sleep for a minute, is gone."""
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            (
                "import sys, time\n"
                "from pathlib import Path\n"
                "from lrisc_sdr.runs.process import Process\n"
                f"child = Process('child', {module!r}, ['print(1, flush=True); time.sleep(60)'], "
                f"Path({str(tmp_path)!r}))\n"
                "while not child.output(): time.sleep(0.01)\n"
                "print(child.pid, flush=True)\n"
                "time.sleep(60)\n"
            ),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert alive(pid)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert gone_within(pid, 5)


def test_a_process_whose_parent_is_already_gone_does_not_start(module: str) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "lrisc_sdr.runs.guarded", "4194305", module, "print('ran')"],
        capture_output=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stdout == b""

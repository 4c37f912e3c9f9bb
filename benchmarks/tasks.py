# SPDX-License-Identifier: MIT
"""Measurements in child processes: of one thread each, alone where time is measured, two at once where errors are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from lrisc_sdr.errors import ProcessFailed
from lrisc_sdr.runs.progress import Progress, silent

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")

_CHILD = "import sys; from lrisc_sdr.cli.bench import load; sys.exit(load('child').main())"
_TIME_LIMIT_S = 900.0

Result = dict[str, Any]


@dataclass(frozen=True)
class Task:
    """One function to run.

    Attributes:
        function: "MODULE:FUNCTION" of the package `benchmarks`; it takes and returns what JSON can hold.
        arguments: its keyword arguments.
        peer: whether it measures something that need not be installed.
    """

    function: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    peer: bool = False


class Work:
    """Runs tasks and tells how far they are.

    Args:
        processes: how many at once, where they do not measure time.
        progress: told the subject and how many of its tasks are done.
    """

    def __init__(self, processes: int = 2, progress: Progress = silent) -> None:
        self._processes = processes
        self._progress = progress
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()

    def run(self, subject: str, tasks: Sequence[Task], alone: bool = False) -> list[Result]:
        """Return the results in the order of the tasks; of a peer's task that failed, {"missing": why}.

        Args:
            subject: what the tasks belong to.
            tasks: what to run.
            alone: one after another, because they measure time.

        Raises:
            ProcessFailed: a task that is not a peer's failed.
        """
        done = 0
        self._progress(subject, done, len(tasks))

        def one(task: Task) -> Result:
            nonlocal done
            result = self._one(task)
            with self._lock:
                done += 1
                self._progress(subject, done, len(tasks))
            return result

        pool = ThreadPoolExecutor(1 if alone else self._processes)
        try:
            return list(pool.map(one, tasks))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            with self._lock:
                for process in self._running:
                    process.kill()
            raise
        finally:
            pool.shutdown()

    def _one(self, task: Task) -> Result:
        command = [sys.executable, "-c", _CHILD, task.function, json.dumps(dict(task.arguments))]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=os.environ | ONE_THREAD) as process:
            with self._lock:
                self._running.add(process)
            try:
                out, err = process.communicate(timeout=_TIME_LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                out, err = "", f"no result after {_TIME_LIMIT_S:g} s"
            finally:
                with self._lock:
                    self._running.discard(process)
        if process.returncode == 0 and out:
            result: Result = json.loads(out)
            return result
        why = (err.strip().splitlines() or [f"exit code {process.returncode}"])[-1]
        if task.peer:
            return {"missing": why}
        raise ProcessFailed(f"benchmark {task.function}: {why}")

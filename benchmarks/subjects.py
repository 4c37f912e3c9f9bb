# SPDX-License-Identifier: MIT
"""The subjects of one part of the link, one after another, into one document."""

from __future__ import annotations

import difflib
import os
import platform
import time
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from benchmarks.effort import Effort
from benchmarks.rows import Measured, document
from benchmarks.tasks import Work
from lrisc_sdr.cli.checks.check import probe
from lrisc_sdr.errors import UsageError
from lrisc_sdr.runs.progress import Progress, silent
from lrisc_sdr.runs.versions import versions

Subjects = Mapping[str, Callable[[Effort, Work], Measured]]


def run(
    subjects: Subjects,
    only: str | None = None,
    quick: bool = False,
    seed: int = 0,
    processes: int = 2,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Measure and return the document.

    Args:
        subjects: all that there are.
        only: names of subjects, separated by commas; None for all.
        quick: a smoke run.
        seed: of everything random.
        processes: how many at once where no time is measured.
        progress: told every subject and how far it is.

    Raises:
        UsageError: there is no such subject; the message names the nearest.
        ProcessFailed: a measurement of our own failed.
    """
    names = list(subjects) if only is None else [_known(name.strip(), subjects) for name in only.split(",")]
    effort, work = Effort(quick, seed), Work(processes, progress)
    began = time.monotonic()
    found = [subjects[name](effort, work) for name in names]
    measured = Measured([row for one in found for row in one.rows], [curve for one in found for curve in one.curves])
    conditions = {
        "subjects": names,
        "quick": quick,
        "seed": seed,
        "processes": processes,
        "seconds": round(time.monotonic() - began),
        "machine": platform.machine(),
        "processor": _processor(),
        "cpus": os.cpu_count(),
    }
    return document(measured, _versions(), conditions)


def _known(name: str, subjects: Subjects) -> str:
    if name in subjects:
        return name
    near = difflib.get_close_matches(name, subjects, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise UsageError(f"no subject {name!r}: {hint}there are {', '.join(subjects)}")


def _versions() -> dict[str, str | None]:
    found = versions(None, _gnuradio())
    del found["model_id"]
    for package in ("numba", "liquid-dsp", "matplotlib"):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = None
    return found


def _gnuradio() -> str | None:
    """GNU Radio's version, as its runtime tells it in a process of its own."""
    good, text = probe("from gnuradio import gr; print(gr.version())")
    return text if good else None


def _processor() -> str | None:
    """What the processor calls itself, where the kernel tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), None)

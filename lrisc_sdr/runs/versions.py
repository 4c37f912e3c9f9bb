# SPDX-License-Identifier: MIT
"""What a run ran with: versions for the report, the machine for `env.json`."""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata
from typing import Any

from lrisc_sdr import __version__

PACKAGES = ("numpy", "scipy", "torch", "pyzmq", "msgspec", "pillow", "safetensors")


def versions(model_id: str | None, gnuradio: str | None) -> dict[str, str | None]:
    """Versions of this package, of what it stands on, and the model's id; null where a package is not installed."""
    found: dict[str, str | None] = {"lrisc_sdr": __version__, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = None
    return found | {"gnuradio": gnuradio, "model_id": model_id}


def environment() -> dict[str, Any]:
    """The machine and the settings that can change a figure, without names of users or hosts."""
    return {
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        "cpus_usable": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
        "implementation": sys.implementation.name,
        "threads": {
            name: os.environ.get(name) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        },
    }

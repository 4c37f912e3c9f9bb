# SPDX-License-Identifier: MIT
"""Where decoding is measured: this machine's CPU with one thread and with all, and its first GPU if there is one."""

from __future__ import annotations

import os
from dataclasses import dataclass

MODELS = ("small", "base")
"""That come with the package."""


@dataclass(frozen=True)
class Device:
    """
    Attributes:
        name: for tables.
        device: as torch names it.
        threads: of the CPU.
        precision: "float32" or "bfloat16".
        compile: whether the networks are compiled.
    """

    name: str
    device: str
    threads: int
    precision: str
    compile: bool = False


def devices() -> list[Device]:
    """All of them."""
    import torch

    count = len(os.sched_getaffinity(0))
    found = [Device("1 thread", "cpu", 1, "float32")]
    if count > 1:
        found += [Device(f"{count} threads", "cpu", count, precision) for precision in ("float32", "bfloat16")]
    if torch.cuda.is_available():
        name = torch.cuda.get_device_name(0)
        found += [Device(f"{name}, compiled", "cuda", count, "bfloat16", True), Device(name, "cuda", count, "bfloat16")]
    return found

# SPDX-License-Identifier: MIT
"""What `lrisc doctor` looks at, one function a subject.

Drivers and GNU Radio are imported in processes of their own: one that was built against another numpy can end its
process.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from lrisc_sdr.cli.checks import host, software
from lrisc_sdr.cli.checks.check import Check, Host, Status

__all__ = ["CHECKS", "Check", "Host", "Status", "run_all"]

CHECKS: tuple[Callable[[], Check], ...] = (
    software.python,
    software.gnu_radio,
    software.numpy_abi,
    software.torch,
    software.gpu,
    host.libiio,
    host.pyadi_iio,
    host.uhd,
    host.soapy,
    host.usb,
    host.disk,
    host.clock,
    software.model,
    software.metric_weights,
    software.demo_picture,
)


def run_all() -> list[Check]:
    """All checks, in the order in which they are printed."""
    with ThreadPoolExecutor(max_workers=4) as pool:
        return list(pool.map(lambda check: check(), CHECKS))

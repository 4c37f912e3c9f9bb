# SPDX-License-Identifier: MIT
"""The name of a run, which its processes inherit, and its beginning and end."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator

from lrisc_sdr.telemetry.messages import Begun, Ended
from lrisc_sdr.telemetry.publisher import tell

VARIABLE = "LRISC_RUN"
_LONGEST = 200


def run_name() -> str:
    """The name of the run that this process belongs to; of its own where it belongs to none."""
    return os.environ.get(VARIABLE, "")[:80] or f"process-{os.getpid()}"


@contextlib.contextmanager
def announced(verb: str, **facts: object) -> Iterator[None]:
    """Within this context this process and those that it starts belong to one run.

    Args:
        verb: of the command line.
        facts: what the run does; None is left out.
    """
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = f"{verb}-{time.time_ns() // 1_000_000}-{os.getpid()}"
    told = {name: str(value)[:_LONGEST] for name, value in facts.items() if value is not None}
    tell(Begun(run=run_name(), verb=verb, facts=told))
    try:
        yield
    finally:
        tell(Ended(run=run_name()))
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before

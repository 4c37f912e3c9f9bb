# SPDX-License-Identifier: MIT
"""A radio's dropped buffers, told as they are counted, at most once a second."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from lrisc_sdr.telemetry.messages import Overflows
from lrisc_sdr.telemetry.publisher import tell
from lrisc_sdr.telemetry.running import run_name

EVERY_S = 1.0


class TellOverflows:
    """Of one receiver. Whoever watches later is told the last count, too.

    Args:
        clock: by which the rate is bounded `[s]`.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: int | None = None
        self._told_s = 0.0

    def note(self, dropped: int, *, last: bool = False) -> None:
        """So many buffers have been dropped since the start; `last`: none is noted after this."""
        now = self._clock()
        if dropped == self._told or not (last or self._told is None or now - self._told_s >= EVERY_S):
            return
        self._told, self._told_s = dropped, now
        tell(Overflows(run=run_name(), receiver=os.getpid(), dropped=dropped))

# SPDX-License-Identifier: MIT
"""The log of transmissions: one JSON object a line, only ever added to, on disk when `append` returns."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from lrisc_sdr.errors import ConfigurationError


class TransmissionLog:
    """The log in a file; any number of processes may add to it.

    Args:
        path: the file; made, with its folder, at the first line.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, event: str, facts: Mapping[str, Any]) -> None:
        """Add a line with the time in UTC, this process's number, what happened, and the facts.

        What a crash left half-written before it becomes a line of its own.

        Raises:
            ConfigurationError: the log cannot be written.
        """
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = json.dumps({"time": now, "pid": os.getpid(), "event": event, **facts}, allow_nan=False) + "\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a+b", buffering=0) as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                size = file.seek(0, os.SEEK_END)
                torn = size > 0 and os.pread(file.fileno(), 1, size - 1) != b"\n"
                body = (b"\n" if torn else b"") + line.encode()
                if file.write(body) != len(body):
                    raise OSError(0, "the disk is full")
                os.fsync(file.fileno())
        except OSError as error:
            raise ConfigurationError(
                f"the log of transmissions {self.path} cannot be written: {error.strerror}; nothing is sent without it"
            ) from error

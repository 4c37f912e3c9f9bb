# SPDX-License-Identifier: MIT
"""The frames that a receiver's process found, for the process that started it: one annotation a line, as JSON."""

from __future__ import annotations

import json
from pathlib import Path

from lrisc_sdr.capture.annotations import frame_annotation
from lrisc_sdr.capture.metadata import Fields
from lrisc_sdr.types import ReceivedFrame
from lrisc_sdr.waveform import Waveform


class FrameLog:
    """Writes frames as annotations of their receiver's stream.

    Args:
        path: the file; nothing is noted where it is empty.
        waveform: of the frames.
    """

    def __init__(self, path: str, waveform: Waveform) -> None:
        self._waveform = waveform
        # Closed by `close`, which a flow graph calls whatever happens.
        self._file = Path(path).open("w", encoding="utf-8") if path else None  # noqa: SIM115

    def note(self, frame: ReceivedFrame) -> None:
        """Add a frame."""
        if self._file is not None:
            self._file.write(json.dumps(frame_annotation(frame, self._waveform)) + "\n")

    def close(self) -> None:
        """Write what is left."""
        if self._file is not None:
            self._file.close()


def read_frame_log(path: Path) -> list[Fields]:
    """The annotations in a file that `FrameLog` has written."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

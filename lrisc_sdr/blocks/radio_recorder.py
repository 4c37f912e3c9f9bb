# SPDX-License-Identifier: GPL-3.0-or-later
"""A radio's stream into a recording, beside its receiver; the graph never waits for the disk."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
import pmt
from gnuradio import gr

from lrisc_sdr.blocks.guard import Guarded, Report, guarded
from lrisc_sdr.blocks.pdu import frame_from_pdu
from lrisc_sdr.capture.recorder import Recorded
from lrisc_sdr.radio.protocol import RadioSettings
from lrisc_sdr.radio.recording import StreamRecording

FRAMES = "frames"
"""The message port."""
_FRAMES = pmt.intern(FRAMES)


class RadioRecorder(Guarded, gr.sync_block):
    """Records the samples of a radio, and annotates the frames whose PDUs come to its message port.

    Args:
        recording: closed with the graph.
        settings: what the radio reads back.
        overflows: its count of dropped buffers.
    """

    def __init__(self, recording: StreamRecording, settings: RadioSettings, overflows: Callable[[], int]) -> None:
        Guarded.__init__(self)
        gr.sync_block.__init__(self, name="LRISC radio recorder", in_sig=[np.complex64], out_sig=None)
        self._recording = recording
        self._settings = settings
        self._overflows = overflows
        self._recorded: Recorded | None = None
        self.message_port_register_in(_FRAMES)
        self.set_msg_handler(_FRAMES, self.annotate)

    @guarded
    def work(self, input_items: list[Any], output_items: list[Any]) -> int:
        # The graph uses its buffer again while the recorder's thread still writes.
        samples = np.array(input_items[0])
        self._recording.take(samples, self._overflows(), time.monotonic(), self._settings)
        self.items += samples.size
        return samples.size

    @guarded
    def annotate(self, message: Any) -> None:
        """Annotate a frame that the receiver of the same stream has found."""
        self._recording.recorder.frame(frame_from_pdu(message))

    def drain(self) -> None:
        while self.nmsgs(_FRAMES):
            self.annotate(self.delete_head_nowait(_FRAMES))

    def close(self) -> None:
        if self._recorded is None:
            self._recorded = self._recording.recorder.close()

    def report(self) -> Report:
        return {} if self._recorded is None else {"recording": asdict(self._recorded)}

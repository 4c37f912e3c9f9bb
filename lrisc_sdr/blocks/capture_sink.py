# SPDX-License-Identifier: GPL-3.0-or-later
"""LRISC Capture Sink: a stream becomes a recording."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timezone
from typing import Any

import numpy as np
import pmt
from gnuradio import gr

from lrisc_sdr.blocks.guard import Guarded, Report, guarded
from lrisc_sdr.blocks.pdu import frame_from_pdu
from lrisc_sdr.capture.annotations import frame_annotation
from lrisc_sdr.capture.live import LiveWriter
from lrisc_sdr.capture.metadata import SegmentSettings, global_fields, segment_fields
from lrisc_sdr.capture.recorder import Recorded
from lrisc_sdr.waveform import waveform as waveform_named

FRAMES = pmt.intern("frames")


class CaptureSink(Guarded, gr.sync_block):
    """Records all samples, and annotates the frames whose PDUs come to its message port.

    The graph waits for the disk. The recording ends with the graph, also with one that fails; where the disk is full it
    ends earlier, and the graph goes on.

    Args:
        path: where the SigMF recording goes, in place of one that is there; empty to record nothing.
        waveform: name of the waveform preset, which gives the sampling rate and is noted in the recording.
        datatype: `cf32_le` or `ci16_le`.

    Raises:
        ConfigurationError: there is no such waveform or data type, or the recording cannot be written.
    """

    def __init__(self, path: str = "", waveform: str = "pluto256", datatype: str = "cf32_le") -> None:
        Guarded.__init__(self)
        gr.sync_block.__init__(self, name="LRISC Capture Sink", in_sig=[np.complex64], out_sig=None)
        self._waveform = waveform_named(waveform)
        self.message_port_register_in(FRAMES)
        self.set_msg_handler(FRAMES, self.annotate)
        self._writer: LiveWriter | None = None
        self._recorded: Recorded | None = None
        if path:
            fields = global_fields(datatype, self._waveform.rate_sps, waveform)
            self._writer = LiveWriter(path, fields, replace=True)
            self._writer.begin(segment_fields(0, datetime.now(timezone.utc), SegmentSettings()))

    @guarded
    def work(self, input_items: list[Any], output_items: list[Any]) -> int:
        if self._writer is not None:
            self._writer.write(input_items[0])
        self.items += len(input_items[0])
        return len(input_items[0])

    @guarded
    def annotate(self, message: Any) -> None:
        """Annotate a frame that the receiver of the same stream has found."""
        if self._writer is not None:
            self._writer.annotate(frame_annotation(frame_from_pdu(message), self._waveform))

    def drain(self) -> None:
        while self.nmsgs(FRAMES):
            self.annotate(self.delete_head_nowait(FRAMES))
        self.close()

    def close(self) -> None:
        if self._writer is None:
            return
        writer, self._writer = self._writer, None
        path = writer.close()
        self._recorded = Recorded(
            path=None if path is None else str(path),
            n_samples=writer.n_samples,
            samples_lost=self.items - writer.n_samples,
            gaps=0,
            ended_by=writer.ended_by,
            annotations_left_out=writer.annotations_left_out,
        )

    def report(self) -> Report:
        return {} if self._recorded is None else {"recording": asdict(self._recorded)}

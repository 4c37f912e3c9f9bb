# SPDX-License-Identifier: GPL-3.0-or-later
"""LRISC Capture Sink: a stream becomes a recording."""

from __future__ import annotations

from typing import Any

import numpy as np
import pmt
from gnuradio import gr

from lrisc_sdr.blocks.guard import Guarded, Report, guarded
from lrisc_sdr.blocks.pdu import frame_from_pdu
from lrisc_sdr.capture import CaptureWriter
from lrisc_sdr.capture.annotations import frame_annotation
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.waveform import waveform as waveform_named

FRAMES = pmt.intern("frames")


class CaptureSink(Guarded, gr.sync_block):
    """Records all samples, and annotates the frames whose PDUs come to its message port.

    The recording appears when `supervise` has ended the graph, and not when a block failed.

    Args:
        path: where the SigMF recording goes; empty to record nothing.
        waveform: name of the waveform preset, which gives the sampling rate and is noted in the recording.

    Raises:
        ConfigurationError: there is no such waveform, or the recording cannot be written.
    """

    def __init__(self, path: str = "", waveform: str = "pluto256") -> None:
        Guarded.__init__(self)
        gr.sync_block.__init__(self, name="LRISC Capture Sink", in_sig=[np.complex64], out_sig=None)
        self._waveform = used = waveform_named(waveform)
        self.message_port_register_in(FRAMES)
        self.set_msg_handler(FRAMES, self.annotate)
        self._writer: CaptureWriter | None = None
        self._recorded: str | None = None
        if path:
            try:
                self._writer = CaptureWriter(path, used.rate_sps, used.name)
            except OSError as error:
                raise ConfigurationError(f"the recording {path} cannot be written: {error.strerror}") from error

    @guarded
    def work(self, input_items: list[Any], output_items: list[Any]) -> int:
        if self._writer is not None:
            self._writer.write(input_items[0])
        self.items += len(input_items[0])
        return len(input_items[0])

    @guarded
    def annotate(self, message: Any) -> None:
        """Annotate a frame that the receiver of the same stream has found."""
        self._annotate(message)

    def _annotate(self, message: Any) -> None:
        if self._writer is not None:
            self._writer.annotate_frame(frame_annotation(frame_from_pdu(message), self._waveform))

    def drain(self) -> None:
        while self.nmsgs(FRAMES):
            self._annotate(self.delete_head_nowait(FRAMES))
        if self._writer is not None:
            writer, self._writer = self._writer, None
            self._recorded = str(writer.close().path)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.discard()

    def report(self) -> Report:
        return {"recording": self._recorded}

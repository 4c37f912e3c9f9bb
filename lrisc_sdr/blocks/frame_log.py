# SPDX-License-Identifier: GPL-3.0-or-later
"""LRISC Frame Log: what a receiver measured of every frame, a line of JSON each."""

from __future__ import annotations

from typing import Any

import pmt
from gnuradio import gr

from lrisc_sdr.blocks.guard import Guarded, guarded
from lrisc_sdr.blocks.pdu import frame_from_pdu
from lrisc_sdr.capture.frame_log import FrameLog as Log
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.waveform import waveform as waveform_named

FRAMES = pmt.intern("frames")


class FrameLog(Guarded, gr.basic_block):
    """Notes the PDUs of a receiver as SigMF annotations of its stream.

    Args:
        path: where the lines go; empty to note nothing.
        waveform: name of the waveform preset.

    Raises:
        ConfigurationError: there is no such waveform, or the file cannot be written.
    """

    def __init__(self, path: str = "", waveform: str = "pluto256") -> None:
        Guarded.__init__(self)
        gr.basic_block.__init__(self, name="LRISC Frame Log", in_sig=None, out_sig=None)
        try:
            self._log = Log(path, waveform_named(waveform))
        except OSError as error:
            raise ConfigurationError(f"the frame log {path} cannot be written: {error.strerror}") from error
        self.message_port_register_in(FRAMES)
        self.set_msg_handler(FRAMES, self.note)

    @guarded
    def note(self, message: Any) -> None:
        """Note a frame."""
        self._log.note(frame_from_pdu(message))
        self.items += 1

    def drain(self) -> None:
        while self.nmsgs(FRAMES):
            self.note(self.delete_head_nowait(FRAMES))

    def close(self) -> None:
        self._log.close()

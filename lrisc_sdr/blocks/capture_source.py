# SPDX-License-Identifier: GPL-3.0-or-later
"""LRISC Capture Source: the samples of a recording."""

from __future__ import annotations

from typing import Any

import numpy as np
from gnuradio import gr

from lrisc_sdr.blocks.guard import WORK_DONE, Guarded, guarded
from lrisc_sdr.blocks.stage import BUFFER_ITEMS
from lrisc_sdr.capture import open_capture
from lrisc_sdr.types import ComplexArray
from lrisc_sdr.waveform import waveform as waveform_named


class CaptureSource(Guarded, gr.sync_block):
    """All samples of a recording; ends with it.

    Args:
        path: a SigMF recording, or a raw `.cf32` file at the waveform's rate.
        waveform: name of the waveform preset that the receiver behind this block is set to.

    Raises:
        ConfigurationError: there is no such waveform.
        InvalidCapture: the recording is missing, empty, truncated, altered, or of another waveform.
    """

    def __init__(self, path: str, waveform: str = "pluto256") -> None:
        Guarded.__init__(self)
        gr.sync_block.__init__(self, name="LRISC Capture Source", in_sig=None, out_sig=[np.complex64])
        self.set_min_output_buffer(BUFFER_ITEMS)
        used = waveform_named(waveform)
        self._chunks = open_capture(path, used.name, used.rate_sps).chunks()
        self._samples: ComplexArray = np.empty(0, np.complex64)

    @guarded
    def work(self, input_items: list[Any], output_items: list[Any]) -> int:
        if len(self._samples) == 0:
            self._samples = next(self._chunks, self._samples)
        count = min(len(self._samples), len(output_items[0]))
        output_items[0][:count] = self._samples[:count]
        self._samples = self._samples[count:]
        self.items += count
        return count or WORK_DONE

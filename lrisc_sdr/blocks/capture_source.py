# SPDX-License-Identifier: GPL-3.0-or-later
"""LRISC Capture Source: the samples of a recording."""

from __future__ import annotations

from typing import Any

import numpy as np
import pmt
from gnuradio import gr

from lrisc_sdr.blocks.guard import WORK_DONE, Guarded, guarded
from lrisc_sdr.blocks.stage import BUFFER_ITEMS
from lrisc_sdr.blocks.tags import TORN_TAG
from lrisc_sdr.capture import open_capture
from lrisc_sdr.capture.pacing import Playback
from lrisc_sdr.types import ComplexArray
from lrisc_sdr.waveform import waveform as waveform_named


class CaptureSource(Guarded, gr.sync_block):
    """The samples of a recording, with a tag wherever it is torn; ends with it.

    Args:
        path: a recording of any kind; at another rate than the waveform's it is resampled.
        waveform: name of the waveform preset that the receiver behind this block is set to.
        rate_sps: sampling rate of a raw file; 0 is the waveform's `[samples/s]`.
        from_s: where to begin `[s]`.
        to_s: where to end; 0 is the recording's end `[s]`.
        speed: 1 is real time, 0 is as fast as the graph.

    Raises:
        ConfigurationError: there is no such waveform.
        UsageError: there is no such stretch, or speed.
        InvalidCapture: the recording is missing, empty, truncated, altered, or of another waveform.
    """

    def __init__(
        self,
        path: str,
        waveform: str = "pluto256",
        rate_sps: float = 0.0,
        from_s: float = 0.0,
        to_s: float = 0.0,
        speed: float = 0.0,
    ) -> None:
        Guarded.__init__(self)
        gr.sync_block.__init__(self, name="LRISC Capture Source", in_sig=None, out_sig=[np.complex64])
        self.set_min_output_buffer(BUFFER_ITEMS)
        used = waveform_named(waveform)
        capture = open_capture(path, used.name, rate_sps or used.rate_sps, used.rate_sps)
        self._chunks = Playback(from_s, to_s, speed).play(capture)
        self._samples: ComplexArray = np.empty(0, np.complex64)

    @guarded
    def work(self, input_items: list[Any], output_items: list[Any]) -> int:
        while len(self._samples) == 0:
            chunk = next(self._chunks, self._samples)
            if chunk is not None and len(chunk) == 0:
                return WORK_DONE
            if chunk is None:
                self.add_item_tag(0, self.nitems_written(0), TORN_TAG, pmt.PMT_T)
            else:
                self._samples = chunk
        count = min(len(self._samples), len(output_items[0]))
        output_items[0][:count] = self._samples[:count]
        self._samples = self._samples[count:]
        self.items += count
        return count

# SPDX-License-Identifier: GPL-3.0-or-later
"""LRISC Frame File Source: the frames of a file as a stream of symbols with a tag at the start of every frame."""

from __future__ import annotations

from typing import Any

import numpy as np
import pmt
from gnuradio import gr

from lrisc_sdr.blocks.guard import WORK_DONE, Guarded, guarded
from lrisc_sdr.blocks.tags import HEADER_TAG, LENGTH_TAG, header_to_pmt
from lrisc_sdr.framing_file import read_frames
from lrisc_sdr.types import ComplexArray, Frame


class FrameSource(Guarded, gr.sync_block):
    """Symbols of all frames, one frame after the other; ends with the file.

    Args:
        path: a `.frames` file.
        repeat: begin again at its end, until the graph ends.
    """

    def __init__(self, path: str, repeat: bool = False) -> None:
        Guarded.__init__(self)
        gr.sync_block.__init__(self, name="LRISC Frame File Source", in_sig=None, out_sig=[np.complex64])
        self._path, self._repeat = path, repeat
        self._frames = read_frames(path)
        self._symbols: ComplexArray = np.empty(0, np.complex64)

    @guarded
    def work(self, input_items: list[Any], output_items: list[Any]) -> int:
        out = output_items[0]
        produced = 0
        while produced < len(out):
            if len(self._symbols) == 0:
                frame = self._next()
                if frame is None:
                    return produced or WORK_DONE
                offset = self.nitems_written(0) + produced
                self.add_item_tag(0, offset, HEADER_TAG, header_to_pmt(frame.header))
                self.add_item_tag(0, offset, LENGTH_TAG, pmt.from_long(len(frame.symbols)))
                self._symbols = frame.symbols
            count = min(len(out) - produced, len(self._symbols))
            out[produced : produced + count] = self._symbols[:count]
            self._symbols = self._symbols[count:]
            produced += count
            self.items += count
        return produced

    def end(self) -> None:
        self._repeat = False

    def _next(self) -> Frame | None:
        frame = next(self._frames, None)
        if frame is None and self._repeat:
            self._frames = read_frames(self._path)
            frame = next(self._frames, None)
        return frame

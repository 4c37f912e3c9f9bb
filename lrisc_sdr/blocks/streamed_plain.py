# SPDX-License-Identifier: GPL-3.0-or-later
"""Radios that radiate nothing, in a flow graph: a recording, and a simulated channel from sink to source."""

from __future__ import annotations

from typing import Any

import numpy as np
from gnuradio import gr

from lrisc_sdr.blocks.guard import WORK_DONE, Guarded, guarded
from lrisc_sdr.blocks.stage import BUFFER_ITEMS, Stage
from lrisc_sdr.radio.file import FileRadio
from lrisc_sdr.radio.loopback import Loopback
from lrisc_sdr.radio.protocol import Radio
from lrisc_sdr.types import ComplexArray

CHUNK = 1 << 16


class PlainSource(Guarded, gr.sync_block):
    """What a radio receives; ends with a recording."""

    def __init__(self, radio: Radio) -> None:
        Guarded.__init__(self)
        gr.sync_block.__init__(self, name="LRISC plain source", in_sig=None, out_sig=[np.complex64])
        self.set_min_output_buffer(BUFFER_ITEMS)
        self._radio = radio

    @guarded
    def work(self, input_items: list[Any], output_items: list[Any]) -> int:
        try:
            samples = self._radio.receive(min(CHUNK, len(output_items[0])))
        except EOFError:
            return WORK_DONE
        output_items[0][: samples.size] = samples
        self.items += samples.size
        return int(samples.size)


class PlainSink(Guarded, gr.sync_block):
    """What a radio transmits."""

    def __init__(self, radio: Radio) -> None:
        Guarded.__init__(self)
        gr.sync_block.__init__(self, name="LRISC plain sink", in_sig=[np.complex64], out_sig=None)
        self._radio = radio

    @guarded
    def work(self, input_items: list[Any], output_items: list[Any]) -> int:
        self._radio.transmit(input_items[0])
        self.items += len(input_items[0])
        return len(input_items[0])


class StreamedFile(FileRadio):
    """A recording."""

    def source(self) -> PlainSource:
        return PlainSource(self)

    def sink(self) -> PlainSink:
        return PlainSink(self)


class StreamedLoopback(Loopback):
    """A simulated channel."""

    def source(self) -> PlainSource:
        return PlainSource(self)

    def sink(self) -> PlainSink:
        return PlainSink(self)

    def through(self) -> Stage:
        """Sink and source in one, in step: what goes in comes out at once."""
        return _Through(self)


class _Through(Stage):
    def __init__(self, radio: Loopback) -> None:
        super().__init__("LRISC loopback")
        self._radio = radio

    def transform(self, items: ComplexArray, first: int) -> ComplexArray:
        self._radio.transmit(items)
        return self._radio.receive(self._radio.waiting)

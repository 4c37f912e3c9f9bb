# SPDX-License-Identifier: GPL-3.0-or-later
"""A block from one complex stream to another whose number of samples changes on the way."""

from __future__ import annotations

from typing import Any

import numpy as np
from gnuradio import gr

from lrisc_sdr.blocks.guard import Guarded, guarded
from lrisc_sdr.types import ComplexArray

BUFFER_ITEMS = 1 << 20
"""Output buffer `[items]` before a Python block, which gets half of it at most: several of the receiver's chunks."""


class Stage(Guarded, gr.basic_block):
    """Shell around a function from a chunk of any length to a chunk of any length.

    Input is released only once all that came of it has been delivered: GNU Radio ends a block as soon as its input has
    run dry, so that what a block held back inside would be lost at the end of the stream.
    """

    def __init__(self, name: str) -> None:
        Guarded.__init__(self)
        gr.basic_block.__init__(self, name=name, in_sig=[np.complex64], out_sig=[np.complex64])
        self.set_min_output_buffer(BUFFER_ITEMS)
        self.set_tag_propagation_policy(gr.TPP_DONT)
        self._pending: ComplexArray = np.empty(0, np.complex64)
        self._taken = 0

    def transform(self, items: ComplexArray, first: int) -> ComplexArray:
        """The output that a chunk of input gives.

        Args:
            items: c64 `[n]`, valid until its output has been delivered.
            first: position of `items[0]` in the stream.
        """
        raise NotImplementedError

    def forecast(self, noutput_items: int, ninputs: int) -> list[int]:
        return [1] * ninputs

    @guarded
    def general_work(self, input_items: list[Any], output_items: list[Any]) -> int:
        if self._taken == 0:
            self._taken = len(input_items[0])
            self._pending = self.transform(input_items[0], self.nitems_read(0))
        delivered = min(len(self._pending), len(output_items[0]))
        output_items[0][:delivered] = self._pending[:delivered]
        self._pending = self._pending[delivered:]
        if len(self._pending) == 0:
            self.consume(0, self._taken)
            self.items += self._taken
            self._taken = 0
        self.items += delivered
        return delivered

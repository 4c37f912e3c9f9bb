# SPDX-License-Identifier: GPL-3.0-or-later
"""Small blocks of which the tests build graphs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pmt
from gnuradio import gr

from lrisc_sdr.blocks.guard import WORK_DONE, Guarded, guarded
from lrisc_sdr.types import ComplexArray

PORT = pmt.intern("numbers")


def chain(**blocks: Any) -> gr.top_block:
    """A graph of blocks in a row, each under its name."""
    graph = gr.top_block("test")
    for name, block in blocks.items():
        setattr(graph, name, block)
    graph.connect(*blocks.values())
    return graph


class Source(Guarded, gr.sync_block):
    """The given samples, in chunks of at most `step`; then the end, or an exception."""

    def __init__(self, samples: ComplexArray, step: int = 1000, error: Exception | None = None) -> None:
        Guarded.__init__(self)
        gr.sync_block.__init__(self, "source", None, [np.complex64])
        self.samples, self.step, self.error = samples, step, error

    @guarded
    def work(self, input_items: list[Any], output_items: list[Any]) -> int:
        left = self.samples[self.items :]
        if len(left) == 0:
            if self.error is not None:
                raise self.error
            return WORK_DONE
        count = min(len(left), self.step, len(output_items[0]))
        output_items[0][:count] = left[:count]
        self.items += count
        return count


class Sink(Guarded, gr.sync_block):
    """Keeps all samples and publishes a number for every chunk of them; at `fail_at` samples it raises."""

    def __init__(self, fail_at: int | None = None) -> None:
        Guarded.__init__(self)
        gr.sync_block.__init__(self, "sink", [np.complex64], None)
        self.message_port_register_out(PORT)
        self.chunks: list[ComplexArray] = []
        self.fail_at = fail_at

    @guarded
    def work(self, input_items: list[Any], output_items: list[Any]) -> int:
        self.chunks.append(input_items[0].copy())
        self.items += len(input_items[0])
        self.message_port_pub(PORT, pmt.from_long(len(self.chunks)))
        if self.fail_at is not None and self.items >= self.fail_at:
            raise ValueError("the sink is full")
        return len(input_items[0])

    def flush(self) -> None:
        self.message_port_pub(PORT, pmt.from_long(-1))

    @property
    def samples(self) -> ComplexArray:
        return np.concatenate(self.chunks)


class Listener(Guarded, gr.basic_block):
    """Keeps the numbers of a Sink; raises at the number `fail_at`."""

    def __init__(self, fail_at: int | None = None) -> None:
        Guarded.__init__(self)
        gr.basic_block.__init__(self, "listener", None, None)
        self.numbers: list[int] = []
        self.fail_at = fail_at
        self.closed = False
        self.message_port_register_in(PORT)
        self.set_msg_handler(PORT, self.listen)

    @guarded
    def listen(self, message: Any) -> None:
        if pmt.to_long(message) == self.fail_at:
            raise ValueError("the listener is tired")
        self.numbers.append(pmt.to_long(message))

    def drain(self) -> None:
        while self.nmsgs(PORT):
            self.numbers.append(pmt.to_long(self.delete_head_nowait(PORT)))

    def close(self) -> None:
        self.closed = True

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("gnuradio")

from lrisc_sdr.blocks.guard import supervise
from lrisc_sdr.blocks.stage import Stage
from lrisc_sdr.types import ComplexArray

from .graphs import Sink, Source, chain

SAMPLES = np.arange(50_000, dtype=np.float32).astype(np.complex64)


class Repeat(Stage):
    """Every sample `times` over; nothing at all of every chunk whose number is divisible by `lose`."""

    def __init__(self, times: int, lose: int) -> None:
        super().__init__("repeat")
        self.times, self.lose = times, lose
        self.expected: list[ComplexArray] = []

    def transform(self, items: ComplexArray, first: int) -> ComplexArray:
        assert items[0] == first
        lost = len(self.expected) % self.lose == self.lose - 1
        output = np.repeat(items, 0 if lost else self.times)
        self.expected.append(output.copy())
        return output


@pytest.mark.parametrize("times", [1, 3, 200])
def test_output_is_complete_however_much_longer_than_its_input_it_is(times: int) -> None:
    graph = chain(source=Source(SAMPLES, step=777), stage=Repeat(times, 5), sink=Sink())
    graph.start()
    supervise(graph)
    assert sum(map(len, graph.stage.expected)) > 0
    assert np.array_equal(graph.sink.samples, np.concatenate(graph.stage.expected))

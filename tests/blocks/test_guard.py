# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import threading
import time

import numpy as np
import pytest

pytest.importorskip("gnuradio")

from gnuradio import gr

from lrisc_sdr.blocks.guard import Report, report, supervise
from lrisc_sdr.errors import InvalidCapture, ProcessFailed

from .graphs import PORT, Listener, Sink, Source

SAMPLES = np.arange(100_000, dtype=np.float32).astype(np.complex64)


class Graph(gr.top_block):
    def __init__(self, source: Source, sink: Sink, listener: Listener) -> None:
        gr.top_block.__init__(self, "test")
        self.source, self.sink, self.listener = source, sink, listener
        self.connect(source, sink)
        self.msg_connect((sink, PORT), (listener, PORT))


def test_a_graph_delivers_every_sample_and_every_message() -> None:
    graph = Graph(Source(SAMPLES), Sink(), Listener())
    graph.start()
    supervise(graph)
    assert np.array_equal(graph.sink.samples, SAMPLES)
    assert graph.listener.numbers == [*range(1, len(graph.sink.chunks) + 1), -1]
    assert graph.listener.closed


@pytest.mark.parametrize(
    ("source", "sink", "listener", "message"),
    [
        (Source(SAMPLES, error=ValueError("no more")), Sink(), Listener(), "block source: ValueError: no more"),
        (Source(SAMPLES), Sink(fail_at=5000), Listener(), "block sink: ValueError: the sink is full"),
        (Source(SAMPLES), Sink(), Listener(fail_at=3), "block listener: ValueError: the listener is tired"),
        (Source(SAMPLES), Sink(), Listener(fail_at=1), "block listener: ValueError: the listener is tired"),
    ],
)
def test_the_first_fault_is_raised_with_the_name_of_its_block(
    source: Source, sink: Sink, listener: Listener, message: str
) -> None:
    graph = Graph(source, sink, listener)
    graph.start()
    with pytest.raises(ProcessFailed, match=message):
        supervise(graph)
    assert listener.closed


def test_a_fault_keeps_the_exit_code_of_its_kind() -> None:
    graph = Graph(Source(SAMPLES, error=InvalidCapture("cut off")), Sink(), Listener())
    graph.start()
    with pytest.raises(ProcessFailed) as caught:
        supervise(graph)
    assert caught.value.exit_code == InvalidCapture.exit_code
    assert str(caught.value) == "block source: cut off"


class Stuck(Sink):
    """Takes nothing any more, as a block of someone else's that raised."""

    released = threading.Event()

    def work(self, input_items: list[object], output_items: list[object]) -> int:
        self.released.wait()
        return 0


def test_a_graph_that_stands_still_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lrisc_sdr.blocks.guard.STOP_S", 0.1)
    graph = Graph(Source(SAMPLES), Stuck(), Listener())
    graph.start()
    try:
        with pytest.raises(ProcessFailed, match="stalled"):
            supervise(graph, stall_s=0.2)
    finally:
        Stuck.released.set()
        graph.stop()
        graph.wait()


class Waiting(Sink):
    """Moves nothing for a while, but says that it is alive."""

    waited = threading.Event()

    def work(self, input_items: list[object], output_items: list[object]) -> int:
        self.waited.wait()
        return super().work(input_items, output_items)

    def moved(self) -> int:
        return time.monotonic_ns()


def test_a_graph_that_waits_for_a_busy_decoder_has_not_stalled() -> None:
    graph = Graph(Source(SAMPLES), Waiting(), Listener())
    graph.start()
    threading.Timer(0.5, Waiting.waited.set).start()
    supervise(graph, stall_s=0.1)
    assert graph.sink.items == len(SAMPLES)


class Counting(Sink):
    def report(self) -> Report:
        return {"samples": self.items, "pictures": {7: {"received": 1}}}


class Announcing(Source):
    def report(self) -> Report:
        return {"pictures": {7: {"sent": 2}}}


def test_reports_are_merged_by_picture() -> None:
    graph = Graph(Announcing(SAMPLES), Counting(), Listener())
    graph.start()
    expected = {"samples": len(SAMPLES), "pictures": {7: {"sent": 2, "received": 1}}}
    assert supervise(graph) == report(graph) == expected

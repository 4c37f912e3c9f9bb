# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("gnuradio")

import pmt
from gnuradio import gr

from lrisc_sdr.blocks.guard import supervise
from lrisc_sdr.blocks.pdu import frame_to_pdu
from lrisc_sdr.blocks.zmq_sink import FRAMES, ZmqSink
from lrisc_sdr.errors import ConfigurationError, ProcessFailed
from lrisc_sdr.types import FrameHeader, ReceivedFrame

from .decoder import Taker
from .graphs import Sink, Source

COUNT = 200


def a_frame(index: int) -> ReceivedFrame:
    header = FrameHeader(picture_id=9, index=index, count=256, n_symbols=16, side_bytes=20, side_repetition=1)
    symbols = np.full(16, index + 1j, np.complex64)
    return ReceivedFrame(
        header, symbols, np.ones(16, np.float32), 10.0, 1.0, 0.0, -9.0, np.ones(64, np.complex64), index
    )


class Publisher(Sink):
    """Publishes a frame for each of the first `COUNT` chunks, and one more when the graph has ended."""

    def __init__(self, message: Any = None) -> None:
        super().__init__()
        self.message_port_register_out(FRAMES)
        self.message = message
        self.published = 0

    def work(self, input_items: list[Any], output_items: list[Any]) -> int:
        if self.published < COUNT:
            self.publish()
        return super().work(input_items, output_items)

    def publish(self) -> None:
        self.message_port_pub(FRAMES, self.message or frame_to_pdu(a_frame(self.published), 1000.0))
        self.published += 1

    def flush(self) -> None:
        self.publish()


def graph_to(endpoint: str, publisher: Publisher, timeout_s: float = 60.0, outbox: str | None = None) -> gr.top_block:
    graph = gr.top_block("test")
    graph.source, graph.publisher = Source(np.ones(5000, np.complex64), step=10), publisher
    graph.zmq_sink = ZmqSink(endpoint, timeout_s, outbox)
    graph.connect(graph.source, graph.publisher)
    graph.msg_connect((graph.publisher, FRAMES), (graph.zmq_sink, FRAMES))
    graph.start()
    return graph


def test_every_frame_is_acknowledged_before_the_graph_has_ended(tmp_path: Path) -> None:
    with Taker(tmp_path) as taker:
        graph = graph_to(taker.endpoint, Publisher())
        report = supervise(graph)
        published = graph.publisher.published
        assert report["frames_forwarded"] == report["frames_acknowledged"] == len(taker.frames) == published > 1
    assert taker.flushed == 1
    for index, frame in enumerate(taker.frames):
        assert frame.header == replace(a_frame(0).header, index=index)
        assert np.array_equal(frame.symbols, a_frame(index).symbols)


def test_whatever_the_decoder_says_shows_that_the_graph_is_alive(tmp_path: Path) -> None:
    """A decoder with a full queue may leave a graph standing for minutes; that is no stall."""
    with Taker(tmp_path, busy=3) as taker:
        graph = graph_to(taker.endpoint, Publisher())
        supervise(graph)
    acknowledgements = len(taker.frames) + 1
    assert graph.zmq_sink.moved() == graph.zmq_sink.items + 3 + acknowledgements


def test_a_refused_frame_fails_the_graph(tmp_path: Path) -> None:
    with (
        Taker(tmp_path, refuse="another model") as taker,
        pytest.raises(ProcessFailed, match=r"block zmq_sink: .*another model"),
    ):
        supervise(graph_to(taker.endpoint, Publisher()))


def test_a_decoder_that_is_not_there_fails_the_graph(tmp_path: Path) -> None:
    with pytest.raises(ProcessFailed, match=r"block zmq_sink: the decoder at .* did not answer"):
        supervise(graph_to(f"ipc://{tmp_path / 'nobody'}", Publisher(), timeout_s=0.2))


def test_frames_that_the_decoder_did_not_take_are_kept_for_the_next_graph(tmp_path: Path) -> None:
    outbox = str(tmp_path / "outbox")
    with pytest.raises(ProcessFailed, match="frames are kept in"):
        supervise(graph_to(f"ipc://{tmp_path / 'nobody'}", Publisher(), 0.5, outbox))
    with Taker(tmp_path) as taker:
        publisher = Publisher()
        supervise(graph_to(taker.endpoint, publisher, outbox=outbox))
    assert len(taker.frames) > publisher.published


def test_another_kind_of_message_fails_the_graph(tmp_path: Path) -> None:
    message = pmt.cons(pmt.make_dict(), pmt.init_c32vector(1, [1j]))
    with Taker(tmp_path) as taker, pytest.raises(ProcessFailed, match="block zmq_sink: a PDU without"):
        supervise(graph_to(taker.endpoint, Publisher(message)))


def test_an_endpoint_on_another_machine_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="beyond this machine"):
        ZmqSink("tcp://192.0.2.1:7850")

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("gnuradio")

from gnuradio import gr

from lrisc_sdr import phy
from lrisc_sdr.blocks.guard import Guarded, Report, guarded, supervise
from lrisc_sdr.blocks.pdu import frame_from_pdu
from lrisc_sdr.blocks.receiver import FRAMES, Receiver
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.types import ComplexArray, Frame, FrameHeader, ReceivedFrame
from lrisc_sdr.waveform import waveform

from .graphs import Source

WAVEFORM = waveform("pluto256")
COUNT, N_SYMBOLS = 6, 2000


class Collector(Guarded, gr.basic_block):
    """Keeps the frames of a receiver's PDUs."""

    def __init__(self) -> None:
        Guarded.__init__(self)
        gr.basic_block.__init__(self, "collector", None, None)
        self.frames: list[ReceivedFrame] = []
        self.message_port_register_in(FRAMES)
        self.set_msg_handler(FRAMES, self.collect)

    @guarded
    def collect(self, message: Any) -> None:
        self.frames.append(frame_from_pdu(message))

    def drain(self) -> None:
        while self.nmsgs(FRAMES):
            self.collect(self.delete_head_nowait(FRAMES))


def noisy_bursts(snr_db: float, trailing: int) -> ComplexArray:
    rng = np.random.default_rng(11)
    parts = []
    for index in range(COUNT):
        symbols = rng.standard_normal((N_SYMBOLS, 2)).astype(np.float32).view(np.complex64).reshape(-1)
        parts.append(np.zeros(3000 + 500 * index, np.complex64))
        parts.append(phy.transmit(Frame(FrameHeader(2, index, COUNT, N_SYMBOLS, 40, 1), symbols), WAVEFORM))
    parts.append(np.zeros(trailing, np.complex64))
    clean = np.concatenate(parts)
    noise = rng.standard_normal((len(clean), 2)).astype(np.float32).view(np.complex64).reshape(-1)
    return (clean + np.sqrt(WAVEFORM.noise_var(snr_db) / 2) * noise).astype(np.complex64)


def received(samples: ComplexArray, step: int) -> tuple[list[ReceivedFrame], Report]:
    graph = gr.top_block("test")
    graph.source, graph.receiver, graph.collector = Source(samples, step), Receiver("pluto256"), Collector()
    graph.connect(graph.source, graph.receiver)
    graph.msg_connect((graph.receiver, FRAMES), (graph.collector, FRAMES))
    graph.start()
    report = supervise(graph)
    return graph.collector.frames, report


@pytest.mark.parametrize("step", [777, 50_000])
def test_the_block_is_the_function_and_the_last_burst_needs_nothing_after_it(step: int) -> None:
    samples = noisy_bursts(15.0, trailing=0)
    frames, report = received(samples, step)
    expected = phy.receive(samples, WAVEFORM)
    assert [frame.header.index for frame in frames] == list(range(COUNT))
    assert [frame.start_sample for frame in frames] == [frame.start_sample for frame in expected]
    for ours, theirs in zip(frames, expected, strict=True):
        np.testing.assert_allclose(ours.symbols, theirs.symbols, atol=1e-4)
        np.testing.assert_allclose(ours.noise_var, theirs.noise_var, rtol=1e-3)
        assert ours.snr_db == pytest.approx(theirs.snr_db, abs=1e-3)
    assert report["frames_received"] == COUNT
    assert report["samples_received"] == len(samples)
    assert report["funnel"]["header_ok"] == COUNT
    assert report["pictures"][2]["frames_received"] == COUNT
    # One is a sum of differences: it may differ in the last digit.
    assert 0 < report["pictures"][2]["receive_s"] <= report["receive_s"] * (1 + 1e-9)


def test_noise_makes_no_frames() -> None:
    rng = np.random.default_rng(1)
    frames, report = received(rng.standard_normal((300_000, 2)).astype(np.float32).view(np.complex64).reshape(-1), 9000)
    assert frames == []
    assert report["pictures"] == {}


def test_the_pdu_carries_the_carrier_offset_in_subcarriers() -> None:
    offset = 2.2
    samples = noisy_bursts(20.0, trailing=1000)
    turn = np.exp(2j * np.pi * offset / WAVEFORM.n_fft * np.arange(len(samples)))
    frames, _ = received((samples * turn).astype(np.complex64), 50_000)
    assert len(frames) == COUNT
    assert frames[0].cfo_hz == pytest.approx(offset * WAVEFORM.rate_sps / WAVEFORM.n_fft, rel=0.01)


def test_an_unknown_waveform_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="wifi64"):
        Receiver("wifi")

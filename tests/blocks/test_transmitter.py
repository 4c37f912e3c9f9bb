# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("gnuradio")

from lrisc_sdr import phy
from lrisc_sdr.blocks.frame_source import FrameSource
from lrisc_sdr.blocks.guard import supervise
from lrisc_sdr.blocks.transmitter import Transmitter
from lrisc_sdr.errors import ConfigurationError, ProcessFailed
from lrisc_sdr.framing_file import write_frames
from lrisc_sdr.types import Frame, FrameHeader
from lrisc_sdr.waveform import waveform

from .graphs import Sink, Source, chain

GAP = 500


def some_frames() -> list[Frame]:
    """Frames of several lengths; the longest does not fit into GNU Radio's default buffers."""
    rng = np.random.default_rng(5)
    frames = []
    for picture_id, (count, n_symbols) in enumerate([(3, 8), (2, 1000), (1, 40_000)]):
        for index in range(count):
            symbols = rng.standard_normal((n_symbols, 2)).astype(np.float32).view(np.complex64).reshape(-1)
            frames.append(Frame(FrameHeader(picture_id, index, count, n_symbols, 40, 1), symbols))
    return frames


@pytest.mark.parametrize("name", ["wifi64", "pluto256"])
def test_every_frame_becomes_its_burst_between_gaps(name: str, tmp_path: Path) -> None:
    frames = some_frames()
    path = tmp_path / "a.frames"
    write_frames(path, frames)
    graph = chain(source=FrameSource(str(path)), transmitter=Transmitter(name, GAP), sink=Sink())
    graph.start()
    report = supervise(graph)
    gap = np.zeros(GAP, np.complex64)
    bursts = [phy.transmit(frame, waveform(name)) for frame in frames]
    expected = np.concatenate([gap, *(part for burst in bursts for part in (burst, gap))])
    assert np.array_equal(graph.sink.samples, expected)
    assert report["frames_sent"] == len(frames)
    assert report["pictures"][1]["frames_sent"] == 2
    assert report["pictures"][2]["air_s"] == pytest.approx(len(bursts[-1]) / waveform(name).rate_sps)


def test_symbols_without_headers_are_refused() -> None:
    graph = chain(source=Source(np.ones(100, np.complex64)), transmitter=Transmitter(), sink=Sink())
    graph.start()
    with pytest.raises(ProcessFailed, match="block transmitter: symbols without a frame header") as caught:
        supervise(graph)
    assert caught.value.exit_code == 7


def test_a_truncated_file_of_frames_fails_in_the_source(tmp_path: Path) -> None:
    path = tmp_path / "a.frames"
    write_frames(path, some_frames())
    path.write_bytes(path.read_bytes()[:-1])
    graph = chain(source=FrameSource(str(path)), transmitter=Transmitter(), sink=Sink())
    graph.start()
    with pytest.raises(ProcessFailed, match=r"block source: .*truncated"):
        supervise(graph)


def test_impossible_parameters_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="pluto256"):
        Transmitter("pluto")
    with pytest.raises(ConfigurationError, match="gap_samples"):
        Transmitter(gap_samples=63)

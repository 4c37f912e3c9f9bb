# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("gnuradio")
pytest.importorskip("sigmf")

from lrisc_sdr.blocks.capture_sink import CaptureSink
from lrisc_sdr.blocks.capture_source import CaptureSource
from lrisc_sdr.blocks.guard import supervise
from lrisc_sdr.capture import open_capture, write_capture
from lrisc_sdr.errors import ConfigurationError, InvalidCapture, ProcessFailed

from .graphs import Sink, Source, chain

SAMPLES = (np.arange(300_000) * (0.5 - 2j)).astype(np.complex64)


def test_a_recording_is_what_was_sent(tmp_path: Path) -> None:
    graph = chain(source=Source(SAMPLES, step=7777), recorder=CaptureSink(str(tmp_path / "a"), "wifi64"))
    graph.start()
    report = supervise(graph)
    capture = open_capture(tmp_path / "a")
    assert np.array_equal(capture.samples(), SAMPLES)
    assert (capture.waveform, capture.rate_sps) == ("wifi64", 20e6)
    assert report["recording"] == str(capture.path)


def test_without_a_name_nothing_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    graph = chain(source=Source(SAMPLES), recorder=CaptureSink(""))
    graph.start()
    assert supervise(graph)["recording"] is None
    assert list(tmp_path.iterdir()) == []


def test_a_graph_that_fails_leaves_no_recording(tmp_path: Path) -> None:
    graph = chain(source=Source(SAMPLES, error=ValueError("gone")), recorder=CaptureSink(str(tmp_path / "a")))
    graph.start()
    with pytest.raises(ProcessFailed, match="block source: ValueError: gone"):
        supervise(graph)
    assert list(tmp_path.iterdir()) == []


def test_a_recording_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be written"):
        CaptureSink(str(tmp_path / "absent" / "a"))


def test_the_source_gives_the_whole_recording(tmp_path: Path) -> None:
    write_capture(tmp_path / "a", SAMPLES, 4e6, "pluto256")
    graph = chain(source=CaptureSource(str(tmp_path / "a.sigmf-meta")), sink=Sink())
    graph.start()
    supervise(graph)
    assert np.array_equal(graph.sink.samples, SAMPLES)


def test_a_raw_file_is_taken_too(tmp_path: Path) -> None:
    SAMPLES.tofile(tmp_path / "a.cf32")
    graph = chain(source=CaptureSource(str(tmp_path / "a.cf32")), sink=Sink())
    graph.start()
    supervise(graph)
    assert np.array_equal(graph.sink.samples, SAMPLES)


def test_a_recording_of_another_waveform_is_refused(tmp_path: Path) -> None:
    write_capture(tmp_path / "a", SAMPLES, 4e6, "pluto256")
    with pytest.raises(InvalidCapture, match="pluto256"):
        CaptureSource(str(tmp_path / "a"), "wifi64")

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("gnuradio")
pytest.importorskip("sigmf")

from gnuradio import gr

from lrisc_sdr import phy
from lrisc_sdr.blocks.capture_sink import CaptureSink
from lrisc_sdr.blocks.capture_source import CaptureSource
from lrisc_sdr.blocks.frame_log import FrameLog
from lrisc_sdr.blocks.guard import supervise
from lrisc_sdr.blocks.receiver import Receiver
from lrisc_sdr.capture import open_capture, write_capture
from lrisc_sdr.capture.annotations import frame_annotation
from lrisc_sdr.capture.frame_log import read_frame_log
from lrisc_sdr.capture.live import LiveWriter
from lrisc_sdr.capture.metadata import SegmentSettings, global_fields, segment_fields
from lrisc_sdr.capture.names import OVERFLOW, RECONNECT
from lrisc_sdr.capture.pacing import Playback
from lrisc_sdr.errors import ConfigurationError, InvalidCapture, ProcessFailed
from lrisc_sdr.types import ComplexArray, Frame, FrameHeader, ReceivedFrame
from lrisc_sdr.waveform import waveform

from .graphs import Sink, Source, chain

SAMPLES = (np.arange(300_000) * (0.5 - 2j)).astype(np.complex64)


def test_a_recording_is_what_was_sent(tmp_path: Path) -> None:
    graph = chain(source=Source(SAMPLES, step=7777), recorder=CaptureSink(str(tmp_path / "a"), "wifi64"))
    graph.start()
    report = supervise(graph)
    capture = open_capture(tmp_path / "a")
    assert np.array_equal(capture.samples(), SAMPLES)
    assert (capture.waveform, capture.rate_sps) == ("wifi64", 20e6)
    recorded = report["recording"]
    assert recorded["path"] == str(tmp_path / "a.sigmf-meta")
    assert (recorded["n_samples"], recorded["samples_lost"], recorded["ended_by"]) == (SAMPLES.size, 0, None)


def test_without_a_name_nothing_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    graph = chain(source=Source(SAMPLES), recorder=CaptureSink(""))
    graph.start()
    assert "recording" not in supervise(graph)
    assert list(tmp_path.iterdir()) == []


def test_a_graph_that_fails_leaves_what_was_recorded(tmp_path: Path) -> None:
    graph = chain(source=Source(SAMPLES, error=ValueError("gone")), recorder=CaptureSink(str(tmp_path / "a")))
    graph.start()
    with pytest.raises(ProcessFailed, match="block source: ValueError: gone"):
        supervise(graph)
    kept = open_capture(tmp_path / "a").samples()
    assert np.array_equal(kept, SAMPLES[: kept.size])


def test_a_recording_takes_the_place_of_another_but_not_of_one_in_the_making(tmp_path: Path) -> None:
    write_capture(tmp_path / "a", SAMPLES[:10], 4e6)
    sink = CaptureSink(str(tmp_path / "a"))
    with pytest.raises(ConfigurationError, match="is there already"):
        CaptureSink(str(tmp_path / "a"))
    sink.work([SAMPLES], [])
    sink.close()
    assert np.array_equal(open_capture(tmp_path / "a").samples(), SAMPLES)


def frames_of(samples: ComplexArray) -> list[ReceivedFrame]:
    return phy.receive(samples, waveform("pluto256"))


@pytest.fixture(scope="module")
def bursts() -> ComplexArray:
    """Five frames, with silence around them."""
    rng = np.random.default_rng(1)
    pieces = []
    for index in range(5):
        symbols = np.exp(2j * np.pi * rng.random(9000)).astype(np.complex64)
        burst = phy.transmit(Frame(FrameHeader(3, index, 5, 9000, 0, 1), symbols), waveform("pluto256"))
        pieces += [np.zeros(5000, np.complex64), burst]
    samples = np.concatenate([*pieces, np.zeros(5000, np.complex64)])
    noise = rng.normal(0, 0.03, (samples.size, 2)).astype(np.float32).view(np.complex64)[:, 0]
    noisy: ComplexArray = samples + noise
    return noisy


def test_frames_that_a_receiver_found_are_annotated(bursts: ComplexArray, tmp_path: Path) -> None:
    graph = gr.top_block("test")
    graph.source, graph.recorder = Source(bursts, step=7777), CaptureSink(str(tmp_path / "a"))
    graph.receiver = Receiver("pluto256")
    graph.connect(graph.source, graph.recorder)
    graph.connect(graph.source, graph.receiver)
    graph.msg_connect((graph.receiver, "frames"), (graph.recorder, "frames"))
    graph.start()
    supervise(graph)
    expected = [frame_annotation(frame, waveform("pluto256")) for frame in frames_of(bursts)]
    assert len(expected) == 5
    assert [dict(entry.fields) for entry in open_capture(tmp_path / "a").annotations] == expected


def replayed(path: Path, log: Path, **options: float) -> list[dict[str, object]]:
    graph = gr.top_block("test")
    graph.source = CaptureSource(str(path), **options)
    graph.receiver, graph.log = Receiver("pluto256"), FrameLog(str(log))
    graph.connect(graph.source, graph.receiver)
    graph.msg_connect((graph.receiver, "frames"), (graph.log, "frames"))
    graph.start()
    supervise(graph)
    return read_frame_log(log)


@pytest.mark.parametrize(("gap", "torn"), [(RECONNECT, True), (OVERFLOW, False)])
def test_a_torn_recording_is_received_as_the_plain_receiver_does(
    bursts: ComplexArray, gap: str, torn: bool, tmp_path: Path
) -> None:
    cut = 33_333
    writer = LiveWriter(tmp_path / "a", global_fields("cf32_le", 4e6, "pluto256"))
    now = datetime.now(timezone.utc)
    writer.begin(segment_fields(0, now, SegmentSettings()))
    writer.write(bursts[:cut])
    writer.begin(segment_fields(cut, now, SegmentSettings(), cut + 1000, gap))
    writer.write(bursts[cut:])
    writer.close()
    capture = open_capture(tmp_path / "a")
    assert (len(capture.torn()) == 1) == torn
    receiver, found = phy.Receiver(waveform("pluto256")), []
    for chunk in Playback().play(capture):
        found += receiver.flush() if chunk is None else receiver.process(chunk)
    found += receiver.flush()
    expected = [frame_annotation(frame, waveform("pluto256")) for frame in found]
    assert len(expected) == (4 if torn else 5)
    assert replayed(tmp_path / "a", tmp_path / "log") == expected


def test_a_stretch_of_a_recording_is_played(bursts: ComplexArray, tmp_path: Path) -> None:
    write_capture(tmp_path / "a", bursts, 4e6, "pluto256")
    starts = [frame.start_sample for frame in frames_of(bursts)]
    first = starts[1] - 2000
    found = replayed(tmp_path / "a", tmp_path / "log", from_s=first / 4e6, to_s=(starts[3] - 2000) / 4e6)
    assert [entry["core:sample_start"] for entry in found] == [starts[1] - first, starts[2] - first]


def test_a_recording_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no folder"):
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

# SPDX-License-Identifier: MIT
"""What a radio lost, in the recording of its stream; and what a report tells of a recording."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

pytest.importorskip("sigmf")

from lrisc_sdr.capture import open_capture
from lrisc_sdr.capture.names import OVERFLOW, RECONNECT
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.radio.recording import StreamRecording, record_stream
from lrisc_sdr.radio.settings import RadioConfig
from lrisc_sdr.runs.radio_stream import RadioStream
from lrisc_sdr.runs.report import Report
from lrisc_sdr.runs.stream_recording import add_recording, merged_recordings, recording_path
from lrisc_sdr.types import ComplexArray
from lrisc_sdr.virtual_pluto import VirtualPluto, VirtualSettings
from lrisc_sdr.waveform import waveform

WAVEFORM = waveform("pluto256")
RECORDED = {
    "path": "a.sigmf-meta",
    "n_samples": 1000,
    "samples_lost": 0,
    "gaps": 0,
    "ended_by": None,
    "annotations_left_out": 0,
}


@pytest.fixture
def pluto() -> None:
    pytest.importorskip("iio", reason="libiio and pylibiio are not installed", exc_type=Exception)
    pytest.importorskip("adi", reason="pyadi-iio is not installed")


def stream_of(uri: str, reconnect_s: float) -> RadioStream:
    config = RadioConfig(radio="pluto", uri=uri, rx_gain_db=40.0)
    return RadioStream(config, config.settings(WAVEFORM), reconnect_s)


def recording_of(stream: RadioStream, path: Path) -> StreamRecording:
    return record_stream(str(path), "ci16_le", WAVEFORM, "pluto", stream.read_back, 4e6)


def take(recording: StreamRecording, chunk: ComplexArray | None, stream: RadioStream) -> None:
    recording.take(chunk, stream.drops.overflows, stream.at_s, stream.read_back)


def test_a_radio_that_was_lost_and_found_is_two_segments(pluto: None, tmp_path: Path) -> None:
    with VirtualPluto() as first:
        port, stream = first.ports[0], stream_of(first.uris[0], 30.0)
        recording = recording_of(stream, tmp_path / "a")
        chunks = stream.chunks()
        take(recording, next(chunks), stream)
    with VirtualPluto(port=port):
        while (chunk := next(chunks)) is not None:
            take(recording, chunk, stream)
        take(recording, None, stream)
        take(recording, next(chunks), stream)
        stream.close()
    recorded = recording.recorder.close()
    capture = open_capture(tmp_path / "a")
    assert (recorded.gaps, recorded.samples_lost) == (1, 0)
    (torn,) = capture.torn()
    assert torn.gap == RECONNECT
    assert torn.global_index > torn.start
    assert torn.frequency_hz == capture.frequency_hz == 2.45e9
    assert {part.started is not None for part in capture.segments} == {True}


def test_what_the_radio_dropped_is_a_gap_that_tears_nothing(pluto: None, tmp_path: Path) -> None:
    with VirtualPluto(VirtualSettings(paced=True)) as running:
        stream = stream_of(running.uris[0], 0.0)
        recording = recording_of(stream, tmp_path / "a")
        # The queue holds two seconds, the device a quarter of one.
        time.sleep(4)
        for _, chunk in zip(range(80), stream.chunks(), strict=False):
            take(recording, chunk, stream)
            # No faster than the disk: the recorder must not lose anything of its own here.
            time.sleep(0.01)
        stream.close()
    recorded = recording.recorder.close()
    capture = open_capture(tmp_path / "a")
    assert recorded.samples_lost == 0
    assert capture.torn() == []
    assert OVERFLOW in {part.gap for part in capture.segments}
    assert len(capture.gaps()) == recorded.gaps >= 1


def test_a_recording_is_named_by_time_and_what_it_is(tmp_path: Path) -> None:
    path = recording_path(tmp_path, "rx-pluto-2450MHz")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d{6}Z-rx-pluto-2450MHz", path.name)
    assert recording_path(tmp_path / "a.sigmf-meta", "x") == tmp_path / "a"
    assert recording_path(tmp_path / "v1.5", "x") == tmp_path / "v1.5"
    (tmp_path / "a.sigmf-journal").touch()
    with pytest.raises(ConfigurationError, match="is there already"):
        recording_path(tmp_path / "a", "x")


@pytest.mark.parametrize(
    ("change", "where", "words"),
    [
        ({"ended_by": "No space left on device"}, "recording", "No space left on device"),
        ({"samples_lost": 5}, "recorded_samples_lost", "slower than the radio"),
        ({"annotations_left_out": 3}, "recorded_frames", "3 have no annotation"),
    ],
)
def test_a_report_says_what_a_recording_lacks(change: dict[str, object], where: str, words: str) -> None:
    report = Report([])
    add_recording(report, RECORDED | change)
    assert words in report.notes[where]
    assert report.extra_totals["recorded_samples"] == 1000


def test_a_whole_recording_needs_no_note() -> None:
    report = Report([])
    add_recording(report, None)
    assert report.extra_totals == {}
    add_recording(report, RECORDED)
    assert report.notes == {}


def test_several_recordings_are_told_of_as_one() -> None:
    assert merged_recordings([]) is None
    full = {"ended_by": "full", "samples_lost": 7}
    merged = merged_recordings([RECORDED, RECORDED | full])
    assert merged is not None
    assert (merged["n_samples"], merged["samples_lost"], merged["ended_by"]) == (2000, 7, "full")

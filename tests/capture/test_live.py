# SPDX-License-Identifier: MIT
"""Recordings in the making: segments, a disk that fills up, a recorder that is killed."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sigmf")

from lrisc_sdr.capture import live, open_capture
from lrisc_sdr.capture.journal import finish, journal_file
from lrisc_sdr.capture.live import LiveWriter
from lrisc_sdr.capture.metadata import SegmentSettings, global_fields, segment_fields
from lrisc_sdr.capture.names import OVERFLOW, RECONNECT
from lrisc_sdr.errors import ConfigurationError, InvalidCapture
from lrisc_sdr.types import ComplexArray

RATE_SPS = 4e6
ROOT = Path(__file__).parents[2]
FIELDS = global_fields("cf32_le", RATE_SPS, "pluto256", hardware="pluto ip:192.0.2.1")
WHEN = datetime(2026, 11, 22, 13, 22, 7, tzinfo=timezone.utc)
SETTINGS = SegmentSettings(2.45e9, 40.0, 4e6)


def ramp(n: int, first: int = 0) -> ComplexArray:
    values: ComplexArray = (np.arange(first, first + n) * (1 - 0.5j) / 65536).astype(np.complex64)
    return values


def begin(path: Path, n: int = 1000) -> LiveWriter:
    writer = LiveWriter(path, FIELDS)
    writer.begin(segment_fields(0, WHEN, SETTINGS))
    assert writer.write(ramp(n)) == n
    return writer


def annotation(start: int, n: int) -> dict[str, object]:
    return {"core:sample_start": start, "core:sample_count": n, "core:label": "p0 1/1"}


def test_segments_settings_and_annotations_come_back(tmp_path: Path) -> None:
    writer = begin(tmp_path / "a")
    writer.annotate(annotation(900, 200))
    writer.begin(segment_fields(1000, WHEN, SETTINGS, 1500, OVERFLOW))
    writer.begin(segment_fields(1000, WHEN, SETTINGS, 1600, RECONNECT))
    writer.write(ramp(50, 1000))
    writer.annotate(annotation(100, 10))
    writer.begin(segment_fields(1050, WHEN, SETTINGS, 9000))
    assert writer.close() == tmp_path / "a.sigmf-meta"
    capture = open_capture(tmp_path / "a")
    assert np.array_equal(capture.samples(), ramp(1050))
    assert [(part.start, part.global_index, part.gap) for part in capture.segments] == [
        (0, 0, None),
        (1000, 1600, RECONNECT),
    ]
    assert capture.gaps() == [(1000, 600)]
    assert [(entry.start, entry.n_samples) for entry in capture.annotations] == [(100, 10), (900, 150)]
    assert capture.fields["core:hw"] == "pluto ip:192.0.2.1"
    first = json.loads((tmp_path / "a.sigmf-meta").read_text())["captures"][0]
    assert (first["core:frequency"], first["lrisc:gain_db"], first["lrisc:bandwidth_hz"]) == (2.45e9, 40.0, 4e6)
    assert {path.name for path in tmp_path.iterdir()} == {"a.sigmf-meta", "a.sigmf-data"}


def test_a_recording_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    begin(tmp_path / "a").close()
    before = (tmp_path / "a.sigmf-data").read_bytes()
    with pytest.raises(ConfigurationError, match="is there already"):
        LiveWriter(tmp_path / "a.sigmf-data", FIELDS)
    assert (tmp_path / "a.sigmf-data").read_bytes() == before
    with pytest.raises(ConfigurationError, match="there is no folder"):
        LiveWriter(tmp_path / "absent" / "a", FIELDS)


def test_nothing_is_left_where_nothing_was_received(tmp_path: Path) -> None:
    assert LiveWriter(tmp_path / "a", FIELDS).close() is None
    assert list(tmp_path.iterdir()) == []


def test_metadata_never_grows_beyond_what_readers_take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MAX_META_BYTES", 40_000)
    writer = begin(tmp_path / "a", 1000)
    for number in range(1000):
        writer.annotate(annotation(number, 1))
    assert 100 < writer.annotations_left_out < 900
    written = 1000
    for number in range(1000):
        writer.begin(segment_fields(written, WHEN, SETTINGS, 2000 * (number + 1), OVERFLOW))
        written += writer.write(ramp(10, written))
    assert writer.ended_by is not None
    assert "gaps are more" in writer.ended_by
    writer.close()
    assert (tmp_path / "a.sigmf-meta").stat().st_size <= 40_000
    capture = open_capture(tmp_path / "a")
    assert np.array_equal(capture.samples(), ramp(written))
    assert len(capture.segments) == 1 + (written - 1000) // 10
    assert len(capture.annotations) == 1000 - writer.annotations_left_out


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_001, 1_000_001))
from tests.capture.test_live import *
writer = begin(Path(sys.argv[1]), 100_000)
writer.annotate(annotation(99_000, 500))
written = writer.write(ramp(100_000, 100_000))
writer.annotate(annotation(99_500, 500))
writer.annotate(annotation(124_000, 5_000))
writer.annotate(annotation(150_000, 500))
writer.begin(segment_fields(200_000, WHEN, SETTINGS, 300_000))
print(written, writer.write(ramp(5)), writer.ended_by)
print(writer.close())
"""


def test_a_full_disk_ends_the_recording_and_leaves_all_of_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", LIMITED, str(tmp_path / "a")]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[0] == "25000 0 File too large"
    capture = open_capture(tmp_path / "a")
    assert np.array_equal(capture.samples(), ramp(125_000))
    assert [(entry.start, entry.n_samples) for entry in capture.annotations] == [
        (99_000, 500),
        (99_500, 500),
        (124_000, 1_000),
    ]
    assert {path.name for path in tmp_path.iterdir()} == {"a.sigmf-meta", "a.sigmf-data"}


ENDLESS = """
import sys
from tests.capture.test_live import *
writer = begin(Path(sys.argv[1]))
writer.annotate(annotation(10, 20))
print("on", flush=True)
position = 1000
while True:
    writer.write(ramp(333, position))
    position += 333
    writer.annotate(annotation(position - 5, 50))
    if position > 50_000:
        time.sleep(60)
"""


def test_a_killed_recorder_leaves_what_can_be_made_whole(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ENDLESS, str(tmp_path / "a")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(InvalidCapture, match="still being recorded"):
            finish(tmp_path / "a")
        time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    with pytest.raises(InvalidCapture, match=re.escape("lrisc check --repair")):
        open_capture(tmp_path / "a")
    with (tmp_path / "a.sigmf-data").open("ab") as data:
        data.write(b"\1\2\3")
    with journal_file(tmp_path / "a").open("ab") as journal:
        journal.write(b'{"annotation": {"core:sam')
    finish(tmp_path / "a")
    capture = open_capture(tmp_path / "a")
    assert capture.n_samples >= 1000
    assert np.array_equal(capture.samples(), ramp(capture.n_samples))
    assert capture.annotations[0].start == 10
    assert all(entry.start + entry.n_samples <= capture.n_samples for entry in capture.annotations)
    assert {path.name for path in tmp_path.iterdir()} == {"a.sigmf-meta", "a.sigmf-data"}


def test_a_kill_in_the_last_moment_leaves_a_recording(tmp_path: Path) -> None:
    begin(tmp_path / "a").close()
    journal_file(tmp_path / "a").write_bytes(b"")
    before = (tmp_path / "a.sigmf-meta").read_bytes()
    assert open_capture(tmp_path / "a").n_samples == 1000
    finish(tmp_path / "a")
    assert (tmp_path / "a.sigmf-meta").read_bytes() == before
    assert not journal_file(tmp_path / "a").exists()


@pytest.mark.parametrize("text", [b"", b"[]\n", b'{"lrisc_journal": 2}\n', b'{"lrisc_journal": 1, "global": {}}\n'])
def test_what_is_no_journal_is_refused(tmp_path: Path, text: bytes) -> None:
    journal_file(tmp_path / "a").write_bytes(text)
    (tmp_path / "a.sigmf-data").write_bytes(bytes(80))
    with pytest.raises(InvalidCapture):
        finish(tmp_path / "a")
    assert (tmp_path / "a.sigmf-data").stat().st_size == 80

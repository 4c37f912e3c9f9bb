# SPDX-License-Identifier: MIT
"""Captures cut and merged: the same samples, with segments and annotations where they belong."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from lrisc_sdr.capture import Capture, open_capture
from lrisc_sdr.capture.editing import cut, merge, put_recording
from lrisc_sdr.capture.metadata import global_fields
from lrisc_sdr.errors import ConfigurationError, UsageError

RATE_SPS = 1e6


@pytest.fixture
def torn(tmp_path: Path) -> Capture:
    """1,000 samples; 500 are missing behind the 600th; three annotations."""
    values = np.arange(2000, dtype="<i2")
    segments = [
        {
            "core:sample_start": 0,
            "core:global_index": 0,
            "core:datetime": "2026-11-22T12:00:00Z",
            "core:frequency": 1e9,
        },
        {"core:sample_start": 600, "core:global_index": 1100, "core:datetime": "2026-11-22T12:00:00.001100Z"},
    ]
    marks = [(10, 40, "a"), (580, 100, "b"), (900, 100, "c")]
    annotations = [{"core:sample_start": at, "core:sample_count": n, "core:label": label} for at, n, label in marks]
    fields = global_fields("ci16_le", RATE_SPS, "pluto256", description="torn")
    put_recording(tmp_path / "torn", fields, segments, annotations, [values.tobytes()], 4)
    return open_capture(tmp_path / "torn")


def marks(capture: Capture) -> list[tuple[int, int, str]]:
    return [(one.start, one.n_samples, one.label) for one in capture.annotations]


def test_a_stretch_keeps_its_samples_segments_and_annotations(torn: Capture, tmp_path: Path) -> None:
    cut(torn, 20, 650, tmp_path / "part.sigmf-data")
    part = open_capture(tmp_path / "part")
    assert part.stored.raw(0, 1000) == torn.stored.raw(20, 630)
    assert [(one.start, one.global_index) for one in part.segments] == [(0, 20), (580, 1100)]
    assert part.gaps() == [(580, 500)]
    assert [one.started for one in part.segments] == ["2026-11-22T12:00:00.000020Z", "2026-11-22T12:00:00.001100Z"]
    assert part.frequency_hz == 1e9
    assert marks(part) == [(0, 30, "a"), (560, 70, "b")]
    assert (part.waveform, part.description) == ("pluto256", "torn")
    assert len(list(tmp_path.iterdir())) == 4


def test_the_parts_of_a_capture_make_it_whole_again(torn: Capture, tmp_path: Path) -> None:
    parts = []
    for number, (start, stop) in enumerate(((0, 300), (300, 1000))):
        cut(torn, start, stop, tmp_path / f"{number}")
        parts.append(open_capture(tmp_path / f"{number}"))
    merge(parts, tmp_path / "whole")
    whole = open_capture(tmp_path / "whole")
    assert np.array_equal(whole.samples(), torn.samples())
    # By the clock the second part follows at once; a gap there is all the same, of one sample.
    assert [one.start for one in whole.segments] == [0, 300, 600]
    assert whole.gaps() == [(300, 1), (600, 500)]
    assert whole.torn()[0].gap == "reconnect"
    assert marks(whole) == marks(torn)


def test_the_clock_tells_how_long_a_gap_is(torn: Capture, tmp_path: Path) -> None:
    cut(torn, 0, 100, tmp_path / "a")
    cut(torn, 700, 800, tmp_path / "b")
    merge([open_capture(tmp_path / name) for name in "ab"], tmp_path / "c")
    assert open_capture(tmp_path / "c").gaps() == [(100, 1100)]
    merge([open_capture(tmp_path / name) for name in "ba"], tmp_path / "d")
    assert open_capture(tmp_path / "d").gaps() == [(100, 1)]


def test_any_capture_becomes_sigmf(tmp_path: Path) -> None:
    values = np.arange(64, dtype=np.uint8)
    values.tofile(tmp_path / "x.cu8")
    raw = open_capture(tmp_path / "x.cu8", rate_sps=2e6)
    cut(raw, 0, raw.n_samples, tmp_path / "x")
    got = open_capture(tmp_path / "x")
    assert (got.datatype, got.rate_sps, got.n_samples) == ("cu8", 2e6, 32)
    assert np.array_equal(got.samples(), raw.samples())


def test_what_cannot_be_cut_or_merged(torn: Capture, tmp_path: Path) -> None:
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for start, stop in ((500, 500), (1000, 1100), (-1, 5)):
        with pytest.raises(UsageError, match="1000 samples"):
            cut(torn, start, stop, tmp_path / "x")
    with pytest.raises(UsageError, match="what is read"):
        cut(torn, 0, 10, tmp_path / "torn")
    with pytest.raises(UsageError, match="what is read"):
        merge([torn, torn], tmp_path / "torn.sigmf-meta")
    with pytest.raises(ConfigurationError, match="--out"):
        cut(torn, 0, 10, tmp_path / "absent" / "x")
    with pytest.raises(UsageError, match="two captures"):
        merge([torn], tmp_path / "x")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    np.zeros(9, np.complex64).tofile(tmp_path / "y.cf32")
    other = open_capture(tmp_path / "y.cf32", rate_sps=RATE_SPS)
    with pytest.raises(UsageError, match="cf32_le") as caught:
        merge([torn, other], tmp_path / "x")
    assert "ci16_le" in str(caught.value)


def test_what_is_cut_passes_the_sigmf_package(torn: Capture, tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    sigmf = pytest.importorskip("sigmf")
    meta = cut(torn, 0, 700, tmp_path / "part")
    sigmf.fromfile(str(meta)).validate()
    assert not recwarn.list
    assert "core:sample_count" in json.loads(meta.read_text())["annotations"][0]

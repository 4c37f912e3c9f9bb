# SPDX-License-Identifier: MIT
"""Annotations written anew: whole or not at all, the same bytes when done twice, and only where they can be."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sigmf")

from lrisc_sdr import phy
from lrisc_sdr.capture import CaptureWriter, open_capture, write_capture
from lrisc_sdr.capture.annotations import frame_annotation
from lrisc_sdr.capture.metadata import Fields
from lrisc_sdr.errors import InvalidCapture, UsageError
from lrisc_sdr.runs.annotating import annotate, require_annotatable
from lrisc_sdr.types import ComplexArray, Frame, FrameHeader
from lrisc_sdr.waveform import waveform

WAVEFORM = waveform("pluto256")


@pytest.fixture(scope="module")
def samples() -> ComplexArray:
    symbols = np.exp(2j * np.pi * np.random.default_rng(1).random(3000)).astype(np.complex64)
    burst = phy.transmit(Frame(FrameHeader(1, 0, 1, 3000, 0, 1), symbols), WAVEFORM)
    gap = np.zeros(4000, np.complex64)
    return np.concatenate([gap, burst, gap, burst, gap])


@pytest.fixture(scope="module")
def frames(samples: ComplexArray) -> list[Fields]:
    found = [frame_annotation(frame, WAVEFORM) for frame in phy.receive(samples, WAVEFORM)]
    assert len(found) == 2
    return found


def test_done_twice_it_changes_nothing(samples: ComplexArray, frames: list[Fields], tmp_path: Path) -> None:
    with CaptureWriter(tmp_path / "a", WAVEFORM.rate_sps) as writer:
        writer.write(samples)
        writer.annotate(10, 20, "somebody's")
    meta = tmp_path / "a.sigmf-meta"
    foreign = json.loads(meta.read_text())
    # As another tool writes it, which knows nothing of this project.
    foreign["global"]["core:extensions"] = [{"name": "antenna", "version": "1.0.0", "optional": True}]
    foreign["global"]["core:author"] = "me@example.org"
    meta.write_text(json.dumps(foreign))
    texts = []
    for _ in range(2):
        capture = open_capture(tmp_path / "a")
        require_annotatable(capture)
        annotate(capture, frames, (0, samples.size))
        texts.append(meta.read_bytes())
    assert texts[0] == texts[1]
    again = open_capture(tmp_path / "a")
    assert [entry.label for entry in again.annotations] == ["somebody's", "p1 1/1", "p1 1/1"]
    assert [entry["name"] for entry in again.fields["core:extensions"]] == ["antenna", "lrisc"]
    assert again.fields["core:author"] == "me@example.org"
    assert {path.name for path in tmp_path.iterdir()} == {"a.sigmf-meta", "a.sigmf-data"}


def test_what_would_not_be_valid_is_not_written(samples: ComplexArray, frames: list[Fields], tmp_path: Path) -> None:
    write_capture(tmp_path / "a", samples[:5000], WAVEFORM.rate_sps)
    before = (tmp_path / "a.sigmf-meta").read_bytes()
    with pytest.raises(InvalidCapture, match="annotation"):
        annotate(open_capture(tmp_path / "a"), frames, (0, samples.size))
    assert (tmp_path / "a.sigmf-meta").read_bytes() == before


def test_only_recordings_of_the_waveforms_rate_are_annotated(samples: ComplexArray, tmp_path: Path) -> None:
    write_capture(tmp_path / "a", samples, 5e6)
    samples.tofile(tmp_path / "b.cf32")
    with pytest.raises(UsageError, match="another rate"):
        require_annotatable(open_capture(tmp_path / "a", resample_sps=4e6))
    with pytest.raises(UsageError, match=r"no \.sigmf-meta"):
        require_annotatable(open_capture(tmp_path / "b.cf32", rate_sps=4e6))

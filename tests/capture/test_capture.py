# SPDX-License-Identifier: MIT
"""Recordings come back as they were written, and every other kind is refused in one line."""

from __future__ import annotations

import contextlib
import json
import re
import sys
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrisc_sdr.capture import CaptureWriter, open_capture, write_capture
from lrisc_sdr.errors import ConfigurationError, InvalidCapture, MissingExtra
from lrisc_sdr.types import ComplexArray

RATE_SPS = 4e6


@pytest.fixture
def samples() -> ComplexArray:
    pairs = np.random.default_rng(1).uniform(-0.7, 0.7, (3000, 2))
    values: ComplexArray = (pairs @ np.array([1.0, 1.0j])).astype(np.complex64)
    return values


@pytest.fixture
def recording(tmp_path: Path, samples: ComplexArray) -> Path:
    write_capture(tmp_path / "a", samples, RATE_SPS, "pluto256", frequency_hz=2.45e9, description="a test")
    return tmp_path / "a"


def test_recordings_come_back(recording: Path, samples: ComplexArray) -> None:
    for name in ("a", "a.sigmf-meta", "a.sigmf-data"):
        capture = open_capture(recording.with_name(name), waveform="pluto256")
        assert np.array_equal(capture.samples(), samples)
    assert (capture.n_samples, capture.rate_sps, capture.waveform) == (3000, RATE_SPS, "pluto256")
    assert (capture.frequency_hz, capture.description, capture.datatype) == (2.45e9, "a test", "cf32_le")
    assert {path.name for path in recording.parent.iterdir()} == {"a.sigmf-meta", "a.sigmf-data"}


def test_chunks_are_the_samples_in_order(recording: Path, samples: ComplexArray) -> None:
    chunks = list(open_capture(recording).chunks(700))
    assert [chunk.size for chunk in chunks] == [700, 700, 700, 700, 200]
    assert np.array_equal(np.concatenate(chunks), samples)
    assert all(chunk.dtype == np.complex64 for chunk in chunks)


def test_ci16_keeps_sixteen_bits_and_clips(tmp_path: Path, samples: ComplexArray) -> None:
    loud = np.concatenate([samples, np.array([2 - 3j], dtype=np.complex64)])
    capture = write_capture(tmp_path / "b", loud, RATE_SPS, datatype="ci16_le")
    assert (tmp_path / "b.sigmf-data").stat().st_size == 4 * loud.size
    got = open_capture(tmp_path / "b").samples()
    assert np.abs(got[:-1] - samples).max() < 1 / 32768
    assert got[-1] == pytest.approx(1 - 1j, abs=1e-4)
    assert capture == open_capture(tmp_path / "b")


def test_the_sigmf_package_reads_and_validates_what_is_written(tmp_path: Path, samples: ComplexArray) -> None:
    sigmf = pytest.importorskip("sigmf")
    started = datetime(2026, 11, 22, 13, 22, 7, 500_000, tzinfo=timezone.utc)
    with CaptureWriter(tmp_path / "c", RATE_SPS, "wifi64", started=started) as writer:
        writer.write(samples[:1000])
        writer.write(samples[1000:])
        writer.annotate(100, 50, "picture 1 frame 0 of a long run")
    handle = sigmf.fromfile(str(tmp_path / "c.sigmf-meta"))
    handle.validate()
    assert np.array_equal(handle.read_samples(), samples)
    assert handle.get_captures()[0]["core:datetime"] == "2026-11-22T13:22:07.500000Z"
    assert handle.get_annotations()[0]["core:label"] == "picture 1 frame 0 of"
    assert handle.get_global_info()["core:extensions"] == [{"name": "lrisc", "version": "1.1.0", "optional": True}]


def test_raw_files_need_their_rate(tmp_path: Path, samples: ComplexArray) -> None:
    path = tmp_path / "raw.cf32"
    path.write_bytes(samples.tobytes())
    assert np.array_equal(open_capture(path, rate_sps=1e6).samples(), samples)
    with pytest.raises(InvalidCapture, match="sampling rate"):
        open_capture(path)
    path.write_bytes(samples.tobytes()[:-3])
    with pytest.raises(InvalidCapture, match="truncated"):
        open_capture(path, rate_sps=1e6)


def test_another_waveform_is_named(recording: Path) -> None:
    with pytest.raises(InvalidCapture, match="--waveform pluto256"):
        open_capture(recording, waveform="wifi64")


def refused(path: Path, words: str) -> None:
    with pytest.raises(InvalidCapture, match=words) as caught:
        open_capture(path).samples()
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_missing_empty_truncated_and_altered_samples(recording: Path) -> None:
    data = recording.with_name("a.sigmf-data")
    content = data.read_bytes()
    refused(recording.with_name("b"), r"no b\.sigmf-meta")
    for change, words in (
        (content[:-8], "2999 samples where its metadata says 3000"),
        (content[:-3], "truncated"),
        (b"", "empty"),
        (b"\0" + content[1:], "sha512"),
    ):
        data.write_bytes(change)
        refused(recording, words)
    data.unlink()
    refused(recording, r"no a\.sigmf-data")


def edit(recording: Path, change: Callable[[dict[str, Any]], object]) -> None:
    meta = recording.with_name("a.sigmf-meta")
    metadata = json.loads(meta.read_text())
    change(metadata)
    meta.write_text(json.dumps(metadata))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda m: m.pop("annotations"), "annotations"),
        (lambda m: m.update(extra={}), "no more"),
        (lambda m: m.update(captures=[1]), "not an object"),
        (lambda m: m["global"].update({"core:datatype": "cf16_le"}), "data type"),
        (lambda m: m["global"].update({"core:datatype": ["cf32_le"]}), "data type"),
        (lambda m: m["global"].update({"core:sample_rate": -1}), "sample rate"),
        (lambda m: m["global"].update({"core:sample_rate": float("nan")}), "NaN"),
        (lambda m: m["global"].update({"core:num_channels": 2}), "channels"),
        (lambda m: m["global"].update({"core:dataset": "../../etc/passwd"}), "outside of its folder"),
        (lambda m: m["global"].update({"core:metadata_only": True}), "without samples"),
        (lambda m: m["global"].update({"lrisc:waveform": 7}), "waveform"),
        (lambda m: m["global"].update({"lrisc:sample_count": 1.5}), "count"),
        (lambda m: m["global"].update({"core:version": 7}), "specification"),
        (lambda m: m["captures"][0].update({"core:datetime": "2026-11-22T13:22:07"}), "UTC"),
        (lambda m: m["captures"][0].update({"core:datetime": "2026-02-30T13:22:07Z"}), "UTC"),
        (lambda m: m["captures"][0].update({"core:datetime": "2026-11-22T13:22:07Z\n"}), "UTC"),
        (lambda m: m["captures"].append({"core:sample_start": 8, "core:global_index": 7}), "goes back"),
        (lambda m: m["captures"][0].update({"core:gain": 7}), "captures has no 'core:gain'"),
        (lambda m: m["global"].update({"core:sample_count": 3000}), "global has no 'core:sample_count'"),
        (lambda m: m["global"].update({"core:dataset": ".."}), "outside of its folder"),
        (lambda m: m["global"].update({"core:dataset": "/etc/passwd"}), "outside of its folder"),
        (lambda m: m["global"].update({"core:dataset": "b.raw"}), r"no b\.raw"),
        (lambda m: m["global"].update({"core:trailing_bytes": 24_000}), "empty"),
        (lambda m: m["global"].update({"core:offset": 1}), "does not begin at one of its samples"),
        (
            lambda m: m["global"].update({"core:extensions": [{"name": "x", "version": "1", "optional": False}]}),
            "extension 'x'",
        ),
        (lambda m: m["captures"][0].update({"core:sample_start": -1}), "segment"),
        (lambda m: m["captures"][0].update({"core:header_bytes": 64}), "has 2992 samples"),
        (lambda m: m["captures"].append({"core:sample_start": 4000}), "segment"),
        (lambda m: m["captures"].append({"core:sample_start": 0}), "order"),
        (lambda m: m["annotations"].append({"core:sample_start": 2990, "core:sample_count": 11}), "annotation"),
    ],
)
def test_metadata_that_lies_is_refused(recording: Path, change: Callable[[dict[str, Any]], object], words: str) -> None:
    edit(recording, change)
    refused(recording, words)


def test_a_foreign_recording_is_truncated_if_its_annotations_reach_further(recording: Path) -> None:
    edit(recording, lambda m: m["global"].pop("lrisc:sample_count"))
    assert open_capture(recording).n_samples == 3000
    edit(recording, lambda m: m["annotations"].append({"core:sample_start": 2990, "core:sample_count": 11}))
    refused(recording, "reaches to 3001")


def test_links_out_of_the_folder_are_refused(recording: Path, tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    for suffix in ("meta", "data"):
        recording.with_name(f"a.sigmf-{suffix}").rename(inside / f"a.sigmf-{suffix}")
    data = inside / "a.sigmf-data"
    data.rename(inside / "b.raw")
    data.symlink_to("b.raw")
    assert open_capture(inside / "a").n_samples == 3000
    (inside / "b.raw").rename(tmp_path / "b.raw")
    for target in (tmp_path / "b.raw", Path("../b.raw"), Path("/dev/zero")):
        data.unlink()
        data.symlink_to(target)
        refused(inside / "a", "out of its folder")
    data.unlink()
    (tmp_path / "b.raw").rename(data)
    meta = inside / "a.sigmf-meta"
    meta.rename(tmp_path / "c.sigmf-meta")
    meta.symlink_to(tmp_path / "c.sigmf-meta")
    refused(inside / "a", "out of its folder")


def test_a_file_with_a_header_and_an_end_is_read_between_them(recording: Path, samples: ComplexArray) -> None:
    data = recording.with_name("a.sigmf-data").read_bytes()
    recording.with_name("b.raw").write_bytes(b"header" + data + b"end")

    def change(metadata: dict[str, Any]) -> None:
        metadata["global"].update({"core:dataset": "b.raw", "core:trailing_bytes": 3, "core:offset": 100})
        del metadata["global"]["core:sha512"]
        metadata["captures"][0].update({"core:header_bytes": 6, "core:sample_start": 100})
        metadata["annotations"].append({"core:sample_start": 110, "core:sample_count": 20})

    edit(recording, change)
    capture = open_capture(recording)
    assert np.array_equal(capture.samples(), samples)
    assert [(part.start, part.global_index) for part in capture.segments] == [(0, 0)]
    assert (capture.annotations[0].start, capture.annotations[0].n_samples) == (10, 20)


@pytest.mark.parametrize(
    "text",
    [b'{"a":[' + b"[]," * 1_100_000 + b"0]}", b'{"a":' + b"9" * 4000 + b"}", b" " * (17 << 20)],
    ids=["brackets", "digits", "size"],
)
def test_bombs_are_refused(recording: Path, text: bytes) -> None:
    recording.with_name("a.sigmf-meta").write_bytes(text)
    refused(recording, "not SigMF metadata")


@pytest.mark.parametrize(
    "text", [b"", b"RIFF....WAVE", b"[]", b"\xff\xfe", b"[" * 100_000, b'{"global":1,"global":2}', b'{"a":1e999}']
)
def test_what_is_not_metadata_is_refused(recording: Path, text: bytes) -> None:
    recording.with_name("a.sigmf-meta").write_bytes(text)
    refused(recording, "not SigMF metadata")


@given(position=st.integers(0, 10_000), value=st.integers(0, 255))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_changed_byte_of_the_metadata_is_read_or_refused(recording: Path, position: int, value: int) -> None:
    meta = recording.with_name("a.sigmf-meta")
    original = meta.read_bytes()
    data = bytearray(original)
    data[position % len(data)] = value
    meta.write_bytes(data)
    n_samples = 3000
    with contextlib.suppress(InvalidCapture):
        n_samples = open_capture(recording).n_samples
    meta.write_bytes(original)
    assert n_samples == 3000


def test_samples_that_are_not_numbers_are_refused(tmp_path: Path, samples: ComplexArray) -> None:
    samples[1234] = np.nan
    write_capture(tmp_path / "n", samples, RATE_SPS)
    refused(tmp_path / "n", "finite")


def test_nothing_is_left_of_an_empty_or_interrupted_recording(recording: Path, samples: ComplexArray) -> None:
    before = {path.name: path.read_bytes() for path in recording.parent.iterdir()}
    with pytest.raises(InvalidCapture, match="nothing was recorded"):
        write_capture(recording, samples[:0], RATE_SPS)

    def interrupted() -> None:
        with CaptureWriter(recording, RATE_SPS) as writer:
            writer.write(samples)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert {path.name: path.read_bytes() for path in recording.parent.iterdir()} == before


@pytest.mark.parametrize("arguments", [{"rate_sps": 0.0}, {"rate_sps": 1e6, "datatype": "cf64_le"}])
def test_impossible_recordings_are_refused(tmp_path: Path, arguments: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        CaptureWriter(tmp_path / "x", **arguments)
    assert list(tmp_path.iterdir()) == []


def test_without_the_sigmf_package_the_extra_is_named(recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sigmf.validate", None)
    with pytest.raises(MissingExtra, match=re.escape("lrisc-sdr[capture]")):
        open_capture(recording)

# SPDX-License-Identifier: MIT
"""The `.frames` file: whole, or refused."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrisc_sdr.errors import ConfigurationError, InputError
from lrisc_sdr.framing_file import read_frames, write_frames
from lrisc_sdr.types import Frame, FrameHeader

FRAMES = [Frame(FrameHeader(7, index, 3, 16, 44, 2), np.full(16, index + 1j, dtype=np.complex64)) for index in range(3)]


def test_frames_come_back(tmp_path: Path) -> None:
    path = tmp_path / "a.frames"
    assert write_frames(path, iter(FRAMES)) == 3
    for got, sent in zip(read_frames(path), FRAMES, strict=True):
        assert got.header == sent.header
        assert np.array_equal(got.symbols, sent.symbols)
        assert got.symbols.dtype == np.complex64
    assert list(tmp_path.iterdir()) == [path]


def test_layout_is_the_documented_one(tmp_path: Path) -> None:
    path = tmp_path / "a.frames"
    write_frames(path, FRAMES[1:2])
    expected = bytes.fromhex("4c5249534346524d 0100 0000 010000000700 01 02 10000000 2c00 02 00")
    assert path.read_bytes() == expected + bytes.fromhex("0000803f0000803f") * 16


def test_no_frames_are_a_valid_file(tmp_path: Path) -> None:
    write_frames(tmp_path / "none.frames", [])
    assert list(read_frames(tmp_path / "none.frames")) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: b"", "truncated"),
        (lambda data: data[:10], "truncated"),
        (lambda data: data[:-1], "truncated"),
        (lambda data: data + b"\0", "goes on"),
        (lambda data: b"RIFF" + data[4:], "not a file of frames"),
        (lambda data: data[:8] + b"\2" + data[9:], "version 2"),
        (lambda data: data[:16] + b"\7\0\5\2" + data[20:], "index"),
        (lambda data: data[:20] + b"\xff\xff\xff\xff" + data[24:], "n_symbols"),
        (lambda data: data[:28] + b"\0\0\xc0\x7f" + data[32:], "not a frame"),
    ],
)
def test_nonsense_is_refused_in_one_line(tmp_path: Path, change: object, words: str) -> None:
    path = tmp_path / "a.frames"
    write_frames(path, FRAMES)
    assert callable(change)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(InputError, match=words) as caught:
        list(read_frames(path))
    assert "\n" not in str(caught.value)


@given(st.integers(0, 400), st.integers(0, 255))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_changed_byte_gives_frames_or_an_input_error(tmp_path: Path, position: int, value: int) -> None:
    path = tmp_path / "a.frames"
    write_frames(path, FRAMES)
    data = bytearray(path.read_bytes())
    data[position % len(data)] = value
    path.write_bytes(data)
    try:
        frames = list(read_frames(path))
    except InputError:
        return
    assert len(frames) == 3
    assert all(np.all(np.isfinite(frame.symbols)) for frame in frames)


def test_absent_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.frames"):
        list(read_frames(tmp_path / "nothing.frames"))


@pytest.mark.parametrize(
    "bad",
    [
        dataclasses.replace(FRAMES[0], symbols=FRAMES[0].symbols[:8]),
        dataclasses.replace(FRAMES[0], header=dataclasses.replace(FRAMES[0].header, count=300)),
    ],
)
def test_a_failed_write_leaves_what_was_there(tmp_path: Path, bad: Frame) -> None:
    path = tmp_path / "a.frames"
    path.write_bytes(b"before")
    with pytest.raises(ConfigurationError):
        write_frames(path, [FRAMES[0], bad])
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]

# SPDX-License-Identifier: MIT
"""`lrisc spool`: what it shows, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from benchmarks.service.pictures import frames
from lrisc_sdr.cli import main
from lrisc_sdr.link.spool import Spool, SpooledFrame, State
from lrisc_sdr.link.wire import FrameRequest, pack_frame, unpack_request

STREAM = 16 * "a"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A spool with a picture that waits and one in quarantine."""
    spool = Spool(tmp_path / "spool", quota_bytes=10**8)
    for _, (frame,) in frames(range(2), side=64):
        parts = pack_frame(frame, 1, STREAM)
        request = unpack_request(parts)
        assert isinstance(request, FrameRequest)
        spool.put([SpooledFrame.of(request, parts)])
    for _ in range(3):
        (lease, *_) = spool.claim("a", 1)
        spool.fail([(lease.picture, "ValueError: rates do not add up")])
    spool.close()
    return tmp_path / "spool"


def states(folder: Path) -> list[State]:
    spool = Spool(folder, quota_bytes=10**8, serve=False)
    found = [row.state for row in spool.pictures()]
    spool.close()
    return found


def test_ls_shows_what_waits_and_why_it_was_put_aside(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["spool", "ls", "--spool", str(folder)]) == 0
    out = capsys.readouterr().out
    assert "quarantined" in out
    assert "ValueError: rates do not add up" in out
    assert main(["spool", "ls", "--spool", str(folder), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [row["state"] for row in document["pictures"]] == ["quarantined", "ready"]
    assert document["counts"]["quarantined"] == 1
    assert document["bytes"] > 0


def test_requeue_without_a_number_takes_the_quarantine(folder: Path) -> None:
    assert main(["spool", "requeue", "--spool", str(folder)]) == 0
    assert states(folder) == [State.READY, State.READY]


def test_export_writes_wire_messages_and_remove_takes_them_out(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "frames"
    assert main(["spool", "export", "1", "--spool", str(folder), "--out", str(out), "--remove"]) == 0
    request = unpack_request(msgspec.msgpack.decode(out.read_bytes()))
    assert isinstance(request, FrameRequest)
    assert request.stream == STREAM
    assert states(folder) == [State.READY]


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (["ls", "--spool", "elsewhere"], 3, "holds no spool"),
        (["requeue", "77"], 7, "picture 77"),
        (["requeue", "2"], 7, "waits for a worker already"),
        (["export", "1"], 2, "--out"),
        (["export", "77", "--out", "f"], 7, "no frames"),
        (["export", "1", "--out", "taken"], 3, "exists"),
        (["export", "1", "--out", "nowhere/f"], 3, "cannot be written"),
        (["ls", "--remove"], 2, "for export"),
        (["burn"], 2, "burn"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    words: list[str], code: int, complaint: str, folder: Path, capsys, monkeypatch
) -> None:
    monkeypatch.chdir(folder.parent)
    (folder.parent / "taken").write_text("precious")
    options = [] if "--spool" in words else ["--spool", str(folder)]
    assert main(["spool", *words, *options]) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert complaint in line
    assert (folder.parent / "taken").read_text() == "precious"

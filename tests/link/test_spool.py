# SPDX-License-Identifier: MIT
"""The spool on its own, with a clock that the test sets."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lrisc_sdr.errors import ConfigurationError, InputError, SpoolFull
from lrisc_sdr.link.clients import MAX_CLIENTS
from lrisc_sdr.link.messages import Result
from lrisc_sdr.link.spool import Finished, Lease, Spool, SpooledFrame, State
from lrisc_sdr.link.spool.file import NAME
from lrisc_sdr.link.spool.intake import LATE_S, MAX_OPEN
from lrisc_sdr.link.spool.spool import REMEMBERED_FRAMES
from lrisc_sdr.link.window import SIZE as WINDOW
from lrisc_sdr.types import FrameHeader

STREAM = "0123456789abcdef"


class Clock:
    """A monotonic clock that the test moves."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def frame(picture_id: int, index: int = 0, count: int = 1, *, stream: str = STREAM, start: int = 0) -> SpooledFrame:
    content = hashlib.blake2b(repr((stream, picture_id, index, count, start)).encode(), digest_size=16).digest()
    header = FrameHeader(picture_id, index, count, 8, 40, 1)
    return SpooledFrame(content, stream, header, 10.0 + index, b"head", 100 * b"body")


def finished(lease: Lease) -> Finished:
    result = Result(picture_id=lease.header.picture_id, ok=True, frames_received=lease.held)
    return Finished(lease.picture, lease.held, result)


def rows(spool: Spool) -> dict[str, int]:
    """How many rows each table of the spool's file has."""
    with contextlib.closing(sqlite3.connect(spool.folder / NAME)) as db:
        tables = ("frames", "seen", "pictures", "results", "names")
        return {table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opened(tmp_path: Path, clock: Clock) -> Iterator[Callable[..., Spool]]:
    spools: list[Spool] = []

    def open_spool(**options: Any) -> Spool:
        for spool in spools:
            spool.close()
        settings = {"quota_bytes": 10**8, "clock": clock, "boot": "boot 1", **options}
        spools.append(Spool(tmp_path / "spool", **settings))
        return spools[-1]

    yield open_spool
    for spool in spools:
        spool.close()


def test_a_picture_goes_from_its_frames_to_its_result(opened) -> None:
    spool = opened()
    arrived = spool.put([frame(5, 0, 2), frame(6)])
    assert arrived.new == [True, True]
    (lease,) = spool.claim("a", 10)
    assert (lease.header.picture_id, lease.name, lease.held, lease.stream) == (6, "00006", 1, STREAM)
    assert lease.frames == ((b"head", 100 * b"body"),)
    assert spool.put([frame(5, 1, 2)]).ready == [arrived.ready[0] - 1]
    (second,) = spool.claim("a", 10)
    results = spool.finish([finished(second), finished(lease)])
    assert [(result.picture_id, result.number, result.version, result.complete) for result in results] == [
        (5, 1, 1, True), (6, 2, 1, True)
    ]  # fmt: skip
    assert spool.results(0) == results
    assert spool.counts()[State.DONE] == 2
    assert spool.claim("a", 10) == []


def test_a_frame_is_known_again_before_and_after_its_picture_is_done(opened) -> None:
    spool = opened()
    assert spool.put([frame(1), frame(1)]).new == [True, False]
    spool.finish([finished(lease) for lease in spool.claim("a", 1)])
    assert spool.put([frame(1)]).new == [False]
    assert spool.claim("a", 1) == []


def test_everything_is_there_after_it_is_opened_again(opened) -> None:
    opened().put([frame(1), frame(2, 0, 3)])
    spool = opened()
    assert spool.counts()[State.READY] == spool.counts()[State.OPEN] == 1
    assert spool.put([frame(1)]).new == [False]


def test_a_lease_ends_with_its_process_its_time_or_a_reboot(opened, clock) -> None:
    spool = opened()
    spool.put([frame(1)])
    (lease,) = spool.claim("a", 1, lease_s=60)
    assert spool.claim("b", 1) == []
    assert spool.release("b") == 0
    assert spool.release("a") == 1
    spool.claim("a", 1, lease_s=60)
    clock.now += 59
    assert spool.expired() == []
    clock.now += 1
    assert spool.expired() == [(lease.picture, "a")]
    after_reboot = opened(boot="boot 2")
    clock.now = 3.0  # the clock starts again with the machine
    assert after_reboot.expired() == []
    assert [again.picture for again in after_reboot.claim("b", 1)] == [lease.picture]


def test_the_one_that_serves_ends_the_leases_of_its_predecessor(opened) -> None:
    opened().put([frame(1)])
    opened().claim("a", 1)
    spool = opened()
    assert spool.claim("b", 1) == []
    assert spool.void() == 1
    assert len(spool.claim("b", 1)) == 1


def test_a_result_that_comes_twice_is_stored_once(opened) -> None:
    spool = opened()
    spool.put([frame(1)])
    (lease,) = spool.claim("a", 1)
    spool.release("a")
    (again,) = spool.claim("b", 1)
    assert len(spool.finish([finished(lease)])) == 1
    assert spool.finish([finished(again)]) == []
    assert len(spool.results(0)) == 1


def test_after_three_failures_a_picture_is_in_quarantine_with_the_reason(opened) -> None:
    spool = opened()
    spool.put([frame(1)])
    for attempt in range(3):
        (lease,) = spool.claim("a", 1)
        assert lease.tries == attempt
        results = spool.fail([(lease.picture, "ValueError: rates\ndo not add up")])
    (result,) = results
    assert not result.ok
    assert "ValueError: rates do not add up" in result.error
    assert spool.claim("a", 1) == []
    (row,) = spool.pictures()
    assert (row.state, row.tries, row.error) == (State.QUARANTINED, 3, "ValueError: rates do not add up")
    spool.requeue([row.picture])
    (lease,) = spool.claim("a", 1)
    (result,) = spool.finish([finished(lease)])
    assert (result.ok, result.version) == (True, 2)


def test_at_the_quota_it_takes_nothing_more_and_keeps_what_it_has(opened) -> None:
    spool = opened(quota_bytes=1_000_000)
    big = [dataclasses.replace(frame(number), body=bytes(50_000)) for number in range(40)]
    taken = 0
    while spool.used_bytes() < 900_000:
        spool.put([big[taken]])
        taken += 1
    with pytest.raises(SpoolFull, match=r"1 MB.*lrisc spool ls"):
        spool.put(big[taken : taken + 3])
    leases = spool.claim("a", 100)
    assert len(leases) == taken
    spool.finish([finished(lease) for lease in leases])
    assert spool.put(big[taken : taken + 3]).new == 3 * [True]


def test_a_deadline_and_a_flush_make_partial_pictures_ready(opened, clock) -> None:
    spool = opened()
    spool.put([frame(1, 0, 3), frame(2, 0, 3, stream=16 * "a")])
    assert spool.ripen(10) == []
    assert len(spool.flush(STREAM)) == 1
    clock.now += 10
    assert len(spool.ripen(10)) == 1
    assert [lease.held for lease in spool.claim("a", 5)] == [1, 1]


def test_a_partial_picture_has_a_better_version_when_its_frame_comes_late(opened, clock) -> None:
    spool = opened()
    spool.put([frame(1, 0, 2)])
    spool.flush(STREAM)
    (lease,) = spool.claim("a", 1)
    (first,) = spool.finish([finished(lease)])
    assert (first.version, first.complete) == (1, False)
    clock.now += LATE_S / 2
    assert len(spool.put([frame(1, 1, 2)]).ready) == 1
    (better,) = spool.claim("a", 1)
    assert (better.picture, better.name, better.held) == (lease.picture, lease.name, 2)
    (second,) = spool.finish([finished(better)])
    assert (second.version, second.complete) == (2, True)
    assert spool.finish([finished(lease)]) == []


def test_a_frame_that_comes_while_its_picture_is_decoded_is_not_forgotten(opened) -> None:
    spool = opened()
    spool.put([frame(1, 0, 2)])
    spool.flush(STREAM)
    (lease,) = spool.claim("a", 1)
    spool.put([frame(1, 1, 2)])
    (first,) = spool.finish([finished(lease)])
    (better,) = spool.claim("a", 1)
    (second,) = spool.finish([finished(better)])
    assert [(result.version, result.complete) for result in (first, second)] == [(1, False), (2, True)]


def test_a_frame_much_too_late_is_another_picture(opened, clock) -> None:
    spool = opened()
    spool.put([frame(1, 0, 2)])
    spool.flush(STREAM)
    spool.finish([finished(lease) for lease in spool.claim("a", 1)])
    clock.now += LATE_S + 1
    assert spool.retire() == 1
    spool.put([frame(1, 1, 2)])
    spool.flush(STREAM)
    (lease,) = spool.claim("a", 1)
    assert (lease.name, lease.held) == ("00001-2", 1)


def test_a_frame_that_a_picture_has_begins_another_one(opened) -> None:
    spool = opened()
    spool.put([frame(1, 0, 2), frame(1, 0, 2, start=7), frame(1, 1, 2, start=7)])
    assert [(lease.name, lease.held) for lease in spool.claim("a", 5)] == [("00001", 1), ("00001-2", 2)]


def test_streams_do_not_mix(opened) -> None:
    spool = opened()
    spool.put([frame(1, 0, 2), frame(1, 1, 2, stream=16 * "a")])
    assert spool.claim("a", 5) == []


def test_a_stream_keeps_so_many_pictures_open_and_no_more(opened) -> None:
    spool = opened()
    ready = spool.put([frame(number, 0, 2) for number in range(MAX_OPEN + 2)]).ready
    assert [lease.header.picture_id for lease in spool.claim("a", 99)] == [0, 1]
    assert len(ready) == 2


def test_names_go_on_behind_those_that_are_in_the_folder(opened) -> None:
    spool = opened()
    assert spool.fresh
    spool.use_name(1, 4)
    spool.put([frame(1), frame(2)])
    assert [lease.name for lease in spool.claim("a", 5)] == ["00001-5", "00002"]
    assert not opened().fresh


def test_what_was_done_long_ago_is_forgotten(opened, monkeypatch) -> None:
    monkeypatch.setattr("lrisc_sdr.link.spool.spool.REMEMBERED_FRAMES", 3)
    monkeypatch.setattr("lrisc_sdr.link.spool.spool.REMEMBERED_PICTURES", 2)
    spool = opened()
    for number in range(10):
        spool.put([frame(number)])
        spool.finish([finished(lease) for lease in spool.claim("a", 1)])
    spool.prune(written=6)
    assert spool.counts()[State.DONE] == 2
    assert [result.number for result in spool.results(0)] == [7, 8, 9, 10]
    assert spool.put([frame(0), frame(9)]).new == [True, False]
    (newest, *_) = spool.claim("a", 1)
    assert newest.name == "00000-2"


def test_however_much_is_done_the_spool_does_not_grow(opened, monkeypatch) -> None:
    monkeypatch.setattr("lrisc_sdr.link.spool.spool.REMEMBERED_FRAMES", 128)
    monkeypatch.setattr("lrisc_sdr.link.spool.spool.REMEMBERED_PICTURES", 64)
    spool = opened()
    used = []
    for first in range(0, 2_048, 256):
        with spool.transaction():
            spool.put([frame(number % 32, start=number) for number in range(first, first + 256)])
            spool.finish([finished(lease) for lease in spool.claim("a", 256)])
        spool.prune(written=first + 256)
        assert rows(spool) == {"frames": 0, "seen": 128, "pictures": 64, "results": 0, "names": 32}
        used.append(spool.used_bytes())
    assert used[-1] == used[1]


def test_frames_are_known_again_for_longer_than_any_client_waits_for_an_answer() -> None:
    assert REMEMBERED_FRAMES >= 4 * MAX_CLIENTS * WINDOW


def test_export_and_removal(opened) -> None:
    spool = opened()
    spool.put([frame(1, 0, 2), frame(1, 1, 2)])
    (row,) = spool.pictures()
    assert spool.frames(row.picture) == 2 * [(b"head", 100 * b"body")]
    spool.remove(row.picture)
    assert spool.pictures() == spool.claim("a", 1) == []
    with pytest.raises(InputError, match="no frames"):
        spool.frames(row.picture)
    with pytest.raises(InputError, match="not in the spool"):
        spool.requeue([row.picture])


def test_two_services_cannot_share_a_spool_but_others_may_look_into_it(opened, tmp_path) -> None:
    spool = opened()
    spool.put([frame(1)])
    with pytest.raises(ConfigurationError, match="another decoder's spool"):
        Spool(tmp_path / "spool", quota_bytes=1)
    beside = Spool(tmp_path / "spool", quota_bytes=1, serve=False)
    assert len(beside.pictures()) == 1
    beside.close()


@pytest.mark.parametrize("content", [b"not a database at all, but long enough to be read as one" * 100, None])
def test_another_file_is_left_alone(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "spool" / NAME
    file.parent.mkdir()
    if content is None:
        with sqlite3.connect(file) as db:
            db.execute("CREATE TABLE mine (a)")
        db.close()
        content = file.read_bytes()
    else:
        file.write_bytes(content)
    with pytest.raises(InputError, match="no spool"):
        Spool(tmp_path / "spool", quota_bytes=1)


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        Spool(tmp_path / "file" / "spool", quota_bytes=1)

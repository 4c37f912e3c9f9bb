# SPDX-License-Identifier: MIT
"""A clock that is set back or jumps ahead, and a machine that boots: nothing waits for ever, nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lrisc_sdr.link.messages import Result
from lrisc_sdr.link.spool import Finished, Spool, SpooledFrame, State
from lrisc_sdr.types import FrameHeader

STREAM = 16 * "a"
DAY_S = 86_400.0


class Machine:
    """A spool on a machine whose clock and boots the test decides."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = 10 * DAY_S
        self.boot = "first"
        self.start()

    def start(self) -> None:
        self.spool = Spool(self.folder, quota_bytes=10**8, clock=lambda: self.now, boot=self.boot)

    def reboot(self) -> None:
        self.spool.close()
        self.now, self.boot = 5.0, "second"
        self.start()

    def receive(self, index: int, count: int) -> None:
        self.spool.put(
            [SpooledFrame(bytes([index] * 16), STREAM, FrameHeader(1, index, count, 8, 40, 1), 9.0, b"h", b"b")]
        )

    def decode(self) -> list[Result]:
        return self.spool.finish(
            [
                Finished(lease.picture, lease.held, Result(picture_id=1, ok=True, frames_received=lease.held))
                for lease in self.spool.claim("a", 10)
            ]
        )


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path / "spool")
    yield made
    made.spool.close()


@pytest.mark.parametrize("change_s", [-DAY_S, DAY_S])
def test_a_picture_that_waits_for_frames_is_decoded_all_the_same(machine: Machine, change_s: float) -> None:
    machine.receive(0, 2)
    assert machine.spool.ripen(10) == []
    machine.now += change_s
    assert len(machine.spool.ripen(10)) == 1
    assert [result.complete for result in machine.decode()] == [False]


@pytest.mark.parametrize("change_s", [-DAY_S, DAY_S])
def test_a_lease_ends_all_the_same(machine: Machine, change_s: float) -> None:
    machine.receive(0, 1)
    machine.spool.claim("a", 1)
    assert machine.spool.expired() == []
    machine.now += change_s
    assert [owner for _, owner in machine.spool.expired()] == ["a"]


@pytest.mark.parametrize("change_s", [-DAY_S, DAY_S])
def test_a_partial_picture_does_not_wait_for_ever(machine: Machine, change_s: float) -> None:
    machine.receive(0, 2)
    machine.spool.flush(STREAM)
    machine.decode()
    assert machine.spool.retire() == 0
    machine.now += change_s
    assert machine.spool.retire() == 1


def test_after_a_reboot_everything_goes_on_at_once(machine: Machine) -> None:
    machine.receive(0, 2)
    machine.spool.flush(STREAM)
    machine.spool.claim("a", 1)
    machine.receive(1, 2)
    machine.reboot()
    assert [result.complete for result in machine.decode()] == [True]
    assert machine.spool.counts()[State.DONE] == 1

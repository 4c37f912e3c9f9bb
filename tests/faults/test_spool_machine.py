# SPDX-License-Identifier: MIT
"""The spool under everything that can happen to it, in any order: duplicates, crashes, reboots, clocks, failures.

What is accepted is remembered beside it, and compared after every step.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from lrisc_sdr.link.messages import Result
from lrisc_sdr.link.spool import Finished, Lease, Spool, SpooledFrame, State
from lrisc_sdr.types import FrameHeader

STREAMS = (16 * "a", 16 * "b")
FRAMES = 3


def frame(stream: str, picture_id: int, index: int) -> SpooledFrame:
    content = hashlib.blake2b(repr((stream, picture_id, index)).encode(), digest_size=16).digest()
    return SpooledFrame(content, stream, FrameHeader(picture_id, index, FRAMES, 8, 40, 1), 10.0, b"head", b"body")


class SpoolMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.now = 1_000.0
        self.boots = 0
        self.accepted: set[tuple[str, int, int]] = set()
        self.results: dict[tuple[str, int], list[int]] = {}
        self.leases: list[Lease] = []
        self.open()

    def open(self) -> None:
        self.spool = Spool(
            self.folder, quota_bytes=10**9, clock=lambda: self.now, boot=f"boot {self.boots}", serve=False
        )

    @rule(stream=st.sampled_from(STREAMS), picture_id=st.integers(0, 3), index=st.integers(0, FRAMES - 1))
    def receive(self, stream: str, picture_id: int, index: int) -> None:
        (new,) = self.spool.put([frame(stream, picture_id, index)]).new
        assert new == ((stream, picture_id, index) not in self.accepted)
        self.accepted.add((stream, picture_id, index))

    @rule(stream=st.sampled_from(STREAMS))
    def flush(self, stream: str) -> None:
        self.spool.flush(stream)

    @rule(n=st.integers(1, 3), owner=st.sampled_from(["a", "b"]))
    def claim(self, n: int, owner: str) -> None:
        claimed = self.spool.claim(owner, n, lease_s=100)
        assert len({lease.picture for lease in claimed}) == len(claimed)
        self.leases += claimed

    @precondition(lambda self: self.leases)
    @rule(data=st.data(), twice=st.booleans())
    def finish(self, data: st.DataObject, twice: bool) -> None:
        lease = data.draw(st.sampled_from(self.leases))
        self.leases.remove(lease)
        result = Result(picture_id=lease.header.picture_id, ok=True, frames_received=lease.held)
        item = Finished(lease.picture, lease.held, result)
        for stored in self.spool.finish([item, item] if twice else [item]):
            self.results.setdefault((lease.stream, lease.picture), []).append(lease.held)
            assert stored.version == len(self.results[lease.stream, lease.picture])

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def fail(self, data: st.DataObject) -> None:
        lease = data.draw(st.sampled_from(self.leases))
        self.leases.remove(lease)
        self.spool.fail([(lease.picture, "ValueError: no")])

    @rule(owner=st.sampled_from(["a", "b"]))
    def worker_dies(self, owner: str) -> None:
        self.spool.release(owner)

    @rule()
    def broker_dies(self) -> None:
        self.spool.close()
        self.open()
        self.spool.void()

    @rule()
    def machine_reboots(self) -> None:
        self.spool.close()
        self.boots += 1
        self.now = 1.0
        self.leases.clear()
        self.open()

    @rule(seconds=st.sampled_from([0.0, 1.0, 61.0, 1e5]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.spool.retire()
        self.spool.ripen(10)
        self.spool.fail([(picture, "its lease ran out") for picture, _ in self.spool.expired()])

    @invariant()
    def results_never_get_worse(self) -> None:
        for held in self.results.values():
            assert held == sorted(set(held))
        numbers = [result.number for result in self.spool.results(0)]
        assert numbers == list(range(1, len(numbers) + 1))

    @invariant()
    def quarantine_follows_three_failures(self) -> None:
        for row in self.spool.pictures(State.QUARANTINED):
            assert row.tries >= 3
            assert row.error

    def teardown(self) -> None:
        """Let everything that was accepted be decoded: each frame is in a result of its picture."""
        self.spool.void()
        for stream in STREAMS:
            self.spool.flush(stream)
        self.spool.requeue([row.picture for row in self.spool.pictures(State.QUARANTINED)])
        for lease in self.spool.claim("last", 1_000):
            result = Result(picture_id=lease.header.picture_id, ok=True, frames_received=lease.held)
            for _ in self.spool.finish([Finished(lease.picture, lease.held, result)]):
                self.results.setdefault((lease.stream, lease.picture), []).append(lease.held)
        decoded = sum(max(held) for held in self.results.values())
        assert decoded == len(self.accepted)
        self.spool.close()
        shutil.rmtree(self.folder)


TestSpool = SpoolMachine.TestCase
TestSpool.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)

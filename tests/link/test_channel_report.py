# SPDX-License-Identifier: MIT
"""The receiver's report on the channel, over real sockets."""

from __future__ import annotations

import dataclasses

import pytest

from lrisc_sdr.link import Sender
from lrisc_sdr.link.client import Client
from lrisc_sdr.link.messages import ChannelReport, Listen, Result, Welcome
from lrisc_sdr.link.wire import pack, unpack_reply


class Listener(Client):
    """A transmitter that hears of its channel, and of nothing else."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(endpoint, timeout_s=60)
        self.post(pack(Listen(self.next_sequence())))
        assert isinstance(self.expect(), Welcome)

    def next_report(self) -> ChannelReport:
        report = self.expect()
        assert isinstance(report, ChannelReport)
        return report


def test_it_tells_the_mean_of_the_frames_and_how_many_were_lost(endpoint, serve, frames_of) -> None:
    serve()
    frames = [dataclasses.replace(frame, snr_db=5.0 + index) for index, frame in enumerate(frames_of(7))]
    with Listener(endpoint) as listener, Sender(endpoint) as sender:
        for frame in [*frames[:-1], frames[0]]:
            sender.send(frame)
        sender.flush()
        report = listener.next_report()
    n = len(frames) - 1
    assert report == ChannelReport(7, pytest.approx(5.0 + (n - 1) / 2), n, 1)


def test_it_comes_before_the_result_and_for_a_picture_that_is_lost(endpoint, serve, watch, frames_of) -> None:
    serve()
    with watch() as watcher, Listener(endpoint) as listener, Sender(endpoint) as sender:
        watcher.post(pack(Listen(watcher.next_sequence())))
        assert isinstance(watcher.expect(), Welcome)
        sender.send(frames_of(9)[0])
        sender.flush()
        kinds = [type(watcher.expect()), type(watcher.expect())]
        assert kinds == [ChannelReport, Result]
        assert listener.next_report() == ChannelReport(9, 20.0, 1, len(frames_of(9)) - 1)


def test_a_report_survives_the_wire() -> None:
    report = ChannelReport(65_535, -3.25, 256, 0)
    assert unpack_reply(pack(report)) == report

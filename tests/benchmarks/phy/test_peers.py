# SPDX-License-Identifier: MIT
"""The peers work as they are called here: their own frames arrive."""

from __future__ import annotations

import pytest

from benchmarks.tasks import Task, Work

WHERE = {"n_fft": 256, "cp": 32, "payload_bytes": 128, "frames": 10, "seed": 0, "most_cfo": 4e-4, "most_sco_ppm": 50.0}


@pytest.mark.parametrize(("peer", "module"), [("peers_liquid", "liquid"), ("peers_gnuradio", "gnuradio")])
def test_a_peer_finds_its_own_frames_when_they_are_strong(peer: str, module: str) -> None:
    pytest.importorskip(module)
    found = Work().run("peer", [Task(f"phy.{peer}:detection", {**WHERE, "levels": [-20.0, 30.0]})])[0]
    assert found["detected"] == [0.0, 1.0]
    assert found["delivered"] == [0.0, 1.0]


def test_packets_arrive_in_gnu_radios_speed_run() -> None:
    pytest.importorskip("gnuradio")
    arguments = {"n_fft": 64, "cp": 16, "packets": 40, "repetitions": 1, "seed": 0}
    found = Work().run("peer", [Task("phy.peers_gnuradio:speed", arguments)])[0]
    assert found["arrived"] == 1.0
    assert found["msps"][0] > 0.0


def test_the_receive_block_runs_beside_the_plain_function() -> None:
    pytest.importorskip("gnuradio")
    arguments = {"waveform": "pluto256", "seconds": 0.0, "repetitions": 1, "seed": 0}
    found = Work().run("block", [Task("phy.block:trial", arguments)])[0]
    assert found["plain"] > 0.0


def test_everything_takes_its_turn() -> None:
    arguments = {"waveform": "pluto256", "seconds": 0.1, "repetitions": 1, "seed": 0}
    found = Work().run("turns", [Task("phy.turns:trial", arguments)])[0]
    assert {"receive", "receive 2000", "noise", "transmit", "scipy FFT"} <= set(found)
    assert ("liquid-dsp" in found) != ("missing" in found)

# SPDX-License-Identifier: MIT
"""`lrisc tx` to `lrisc rx` between two Plutos made of software, in processes of their own."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest

from lrisc_sdr.channel import preset
from lrisc_sdr.virtual_pluto import VirtualPluto, VirtualSettings

pytest.importorskip("iio", reason="libiio and pylibiio are not installed", exc_type=Exception)
pytest.importorskip("adi", reason="pyadi-iio is not installed")

BAND = """
[[band]]
name = "test"
low_hz = 2.40e9
high_hz = 2.48e9
least_attenuation_db = 0
duty_cycle = 1
duty_window_s = 3600
longest_burst_s = 5
"""


def test_pictures_go_over_the_air_and_the_transmitter_is_off_after_it(
    picture: Path, tiny_model: Path, tmp_path: Path, start
) -> None:
    (tmp_path / "allow.toml").write_text(BAND)
    (tmp_path / "allow.toml").chmod(0o600)
    environment = {"LRISC_ALLOW_LIST": str(tmp_path / "allow.toml"), "XDG_STATE_HOME": str(tmp_path)}
    settings = VirtualSettings(preset("desk"), n_radios=2, crystal_ppm=(20.0, 0.0), paced=True)
    with VirtualPluto(settings) as plutos:
        words = ["--model", tiny_model, "--radio", "pluto"]
        out = tmp_path / "run"
        receiver = start(
            "rx",
            *words,
            "--uri",
            plutos.uris[1],
            "--gain-db",
            40,
            "--pictures",
            2,
            "--out",
            out,
            "--json",
            "--steps",
            0,
        )
        receiver.child("lrisc_sdr.runs.radio_receiver")
        while plutos.stations[1].receiving is None:
            time.sleep(0.05)
        sender = start(
            "tx", picture, picture, *words, "--uri", plutos.uris[0], "--transmit", "--attenuation-db", 10,
            "--cbr", "1/12", environment=environment,
        )  # fmt: skip
        assert sender.wait() == 0, sender.stderr
        assert receiver.wait() == 0, receiver.stderr
        totals = json.loads(receiver.stdout)["totals"]
        assert totals["pictures_decoded"] == 2
        assert totals["frames_missing"] == 0
        assert 30e3 < abs(totals["cfo_hz_estimated"]) < 60e3
    log = [json.loads(line) for line in (tmp_path / "lrisc" / "transmissions.jsonl").read_text().splitlines()]
    assert "down" in [line["event"] for line in log]


def test_an_interrupt_keeps_what_was_received(picture: Path, tiny_model: Path, tmp_path: Path, start) -> None:
    with VirtualPluto(VirtualSettings(paced=True)) as plutos:
        words = ["--radio", "pluto", "--uri", plutos.uris[0], "--model", tiny_model]
        receiver = start("rx", *words, "--out", tmp_path / "run")
        while plutos.stations[0].receiving is None:
            time.sleep(0.05)
        receiver.process.send_signal(signal.SIGINT)
        assert receiver.wait() == 6
        assert "samples from the radio pluto" in receiver.stderr

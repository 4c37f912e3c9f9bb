# SPDX-License-Identifier: MIT
"""`lrisc tx` to `lrisc rx` between two Plutos made of software, in processes of their own."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest

from lrisc_sdr.channel import preset
from lrisc_sdr.errors import ProcessFailed
from lrisc_sdr.runs import back_channel
from lrisc_sdr.virtual_pluto import VirtualPluto, VirtualSettings

pytest.importorskip("iio", reason="libiio and pylibiio are not installed", exc_type=Exception)
pytest.importorskip("adi", reason="pyadi-iio is not installed")


def test_pictures_go_over_the_air_and_the_transmitter_is_off_after_it(
    picture: Path, tiny_model: Path, tmp_path: Path, allowed: dict[str, str], start
) -> None:
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
            "--cbr", "1/12", environment=allowed,
        )  # fmt: skip
        assert sender.wait() == 0, sender.stderr
        assert receiver.wait() == 0, receiver.stderr
        totals = json.loads(receiver.stdout)["totals"]
        assert totals["pictures_decoded"] == 2
        assert totals["frames_missing"] == 0
        assert 30e3 < abs(totals["cfo_hz_estimated"]) < 60e3
    log = [json.loads(line) for line in (tmp_path / "lrisc" / "transmissions.jsonl").read_text().splitlines()]
    assert "down" in [line["event"] for line in log]


def until_listening(plutos: VirtualPluto, radio: int = 1) -> None:
    while plutos.stations[radio].receiving is None:
        time.sleep(0.05)


def is_off(plutos: VirtualPluto, radio: int = 0) -> bool:
    state = plutos.stations[radio].state
    return not state.tx_powered and state.tx_attenuation_db == 89.75


SENDING = ("--transmit", "--attenuation-db", 10, "--cbr", "1/12")


def test_gnuradio_moves_the_samples_at_both_ends(
    picture: Path, tiny_model: Path, tmp_path: Path, allowed: dict[str, str], start
) -> None:
    pytest.importorskip("gnuradio", reason="GNU Radio is not installed")
    with VirtualPluto(VirtualSettings(preset("desk"), n_radios=2, crystal_ppm=(20.0, 0.0))) as plutos:
        words = ["--model", tiny_model, "--radio", "pluto", "--engine", "gnuradio"]
        receiver = start(
            "rx", *words, "--uri", plutos.uris[1], "--gain-db", 40, "--pictures", 2, "--steps", 0, "--json",
            "--out", tmp_path / "run",
        )  # fmt: skip
        until_listening(plutos)
        sender = start("tx", picture, picture, *words, "--uri", plutos.uris[0], *SENDING, environment=allowed)
        assert sender.wait() == 0, sender.stderr
        assert receiver.wait() == 0, receiver.stderr
        document = json.loads(receiver.stdout)
        assert document["totals"]["pictures_decoded"] == 2
        assert document["versions"]["gnuradio"]
        assert is_off(plutos)


def test_the_receivers_report_reaches_the_next_picture(
    picture: Path, tiny_model: Path, tmp_path: Path, allowed: dict[str, str], start
) -> None:
    with VirtualPluto(VirtualSettings(preset("desk"), n_radios=2)) as plutos:
        words = ["--model", tiny_model, "--radio", "pluto", "--closed-loop", "--json"]
        words += ["--back-channel", f"ipc://{tmp_path / 'back'}"]
        receiver = start(
            "rx", *words, "--uri", plutos.uris[1], "--gain-db", 40, "--pictures", 2, "--steps", 0,
            "--out", tmp_path / "run",
        )  # fmt: skip
        until_listening(plutos)
        sender = start(
            "tx", picture, picture, *words, "--uri", plutos.uris[0], *SENDING, "--snr-margin-db", 2,
            environment=allowed,
        )  # fmt: skip
        assert sender.wait() == 0, sender.stderr
        assert receiver.wait() == 0, receiver.stderr
        told = [row["snr_db_told"] for row in json.loads(sender.stdout)["pictures"]]
        measured = [row["snr_db_estimated"] for row in json.loads(receiver.stdout)["pictures"]]
        assert told[0] == -2.0
        assert told[1] == pytest.approx(measured[0] - 2.0, abs=0.01)
        assert measured[0] > 10
        assert is_off(plutos)


def test_without_a_receiver_nothing_is_sent_in_a_closed_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(back_channel, "WELCOME_S", 0.2)
    with pytest.raises(ProcessFailed, match="lrisc rx --closed-loop"):
        back_channel.BackChannel(f"ipc://{tmp_path / 'nobody'}")


@pytest.mark.parametrize("engine", ["plain", "gnuradio"])
def test_one_radio_sends_and_receives(
    engine: str, picture: Path, tiny_model: Path, tmp_path: Path, allowed: dict[str, str], start
) -> None:
    if engine == "gnuradio":
        pytest.importorskip("gnuradio", reason="GNU Radio is not installed")
    closed = ["--closed-loop"] if engine == "plain" else []
    with VirtualPluto(VirtualSettings(preset("desk"))) as plutos:
        (tmp_path / "radio.toml").write_text(f'radio = "pluto"\nuri = "{plutos.uris[0]}"\nrx_gain_db = 40\n')
        both = start(
            "tx", picture, picture, "--model", tiny_model, "--radio-config", tmp_path / "radio.toml", "--duplex",
            "--engine", engine, *closed, *SENDING, "--steps", 0, "--out", tmp_path / "run", "--json",
            environment=allowed,
        )  # fmt: skip
        assert both.wait() == 0, both.stderr
        document = json.loads(both.stdout)
        assert document["totals"]["pictures_decoded"] == 2
        assert all(row["psnr_db"] > 15 for row in document["pictures"])
        told = [row["snr_db_told"] for row in document["pictures"]]
        assert (told[0] == -2.0 and told[1] > 10) if closed else told == [10.0, 10.0]
        assert len(list((tmp_path / "run" / "compare").iterdir())) == 2
        assert is_off(plutos)


def test_an_interrupt_keeps_what_was_received(picture: Path, tiny_model: Path, tmp_path: Path, start) -> None:
    with VirtualPluto(VirtualSettings(paced=True)) as plutos:
        words = ["--radio", "pluto", "--uri", plutos.uris[0], "--model", tiny_model]
        receiver = start("rx", *words, "--out", tmp_path / "run")
        while plutos.stations[0].receiving is None:
            time.sleep(0.05)
        receiver.process.send_signal(signal.SIGINT)
        assert receiver.wait() == 6
        assert "samples from the radio pluto" in receiver.stderr

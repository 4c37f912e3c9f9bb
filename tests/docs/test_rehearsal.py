# SPDX-License-Identifier: MIT
"""What is shown with radios runs as it stands there, between Plutos made of software in place of the addresses."""

from __future__ import annotations

import re
import signal
import subprocess
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from lrisc_sdr.channel import preset
from lrisc_sdr.virtual_pluto import VirtualPluto, VirtualSettings

from .test_commands import ROOT, environment, runnable

pytest.importorskip("iio", reason="libiio and pylibiio are not installed", exc_type=Exception)
pytest.importorskip("adi", reason="pyadi-iio is not installed")

PAGE = (ROOT / "docs" / "radios.md").read_text()
SECONDS = 240


class Place:
    """A user's folder, allow-list and radios; commands of the page run in it with the radios' true addresses."""

    def __init__(self, folder: Path, plutos: VirtualPluto) -> None:
        self.folder = folder
        self.plutos = plutos
        self.environment = environment() | {
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_STATE_HOME": str(folder / "state"),
        }
        Image.linear_gradient("L").resize((192, 160)).convert("RGB").save(folder / "photo.jpg")
        allowed = folder / "config" / "lrisc" / "transmit.toml"
        allowed.parent.mkdir(parents=True)
        allowed.write_text(block("# ~/.config/lrisc/transmit.toml"))
        allowed.chmod(0o600)
        for name in ("tx", "rx"):
            (folder / f"{name}.toml").write_text(self.here(block(r'radio = "pluto"', rf"`{name}\.toml`:\n\n")))

    def here(self, text: str) -> str:
        for shown, uri in zip(("ip:192.168.2.1", "ip:192.168.3.1"), self.plutos.uris, strict=False):
            text = text.replace(shown, uri)
        return text

    def start(self, line: str) -> subprocess.Popen[str]:
        words = self.here(line.strip().replace(".venv/bin/lrisc", "lrisc"))
        return subprocess.Popen(
            ["bash", "-c", f"exec {words}"], cwd=self.folder, env=self.environment, stderr=subprocess.PIPE, text=True,
            # A shell that starts the tests in the background has the interrupt ignored, which is inherited.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip

    def run(self, line: str) -> str:
        process = self.start(line)
        _, errors = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, f"{line}\n{errors}"
        return errors

    def until_listening(self, receiver: subprocess.Popen[str]) -> None:
        deadline = time.monotonic() + SECONDS
        while self.plutos.stations[1].receiving is None:
            assert receiver.poll() is None, receiver.communicate()[1]
            assert time.monotonic() < deadline
            time.sleep(0.05)


def block(first: str, before: str = "") -> str:
    """The page's block that begins so."""
    found = re.search(rf"{before}((?:    {first}.*\n)(?:    .*\n)*)", PAGE)
    assert found is not None, first
    return textwrap.dedent(found[1])


def shown(verb: str, *parts: str) -> str:
    """The page's one command with these parts."""
    lines = [line for line in runnable(PAGE, (verb,)) if all(part in line for part in parts)]
    assert len(lines) == 1, lines
    return lines[0]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with VirtualPluto(VirtualSettings(preset("desk"), n_radios=2)) as plutos:
        yield Place(tmp_path, plutos)


@pytest.mark.timeout(900)
def test_the_first_picture_and_those_for_the_channel_as_it_is(place: Place) -> None:
    receiver = place.start(shown("rx", "--pictures 1"))
    place.until_listening(receiver)
    place.run(shown("tx", "photo.jpg"))
    assert receiver.communicate(timeout=SECONDS)[0] is None
    assert receiver.returncode == 0
    assert len(list((place.folder / "first" / "final").iterdir())) == 1
    while place.plutos.stations[1].receiving is not None:
        time.sleep(0.05)
    receiver = place.start(shown("rx", "--closed-loop"))
    place.until_listening(receiver)
    place.run(shown("tx", "--closed-loop"))
    receiver.send_signal(signal.SIGINT)
    assert receiver.communicate(timeout=SECONDS)[1]
    assert receiver.returncode in (0, 6)
    assert "is off" in place.run(shown("tx-off"))
    assert not place.plutos.stations[0].state.tx_powered


@pytest.mark.timeout(1200)
def test_the_calibrations(place: Place) -> None:
    lines = runnable(PAGE, ("calibrate",))
    assert len(lines) == 6
    for line in lines:
        if " delay " not in line:  # that one is between TX and RX of one radio
            place.run(line)
    profiles = sorted(path.name for path in (place.folder / "config" / "lrisc" / "calibration").glob("*.toml"))
    assert profiles == ["virtual-0.toml", "virtual-1.toml"]


@pytest.mark.timeout(600)
def test_one_radio_alone(tmp_path: Path) -> None:
    with VirtualPluto(VirtualSettings(preset("desk"))) as plutos:
        place = Place(tmp_path, plutos)
        own = (tmp_path / "tx.toml").read_text() + "rx_lo_hz = 2.45e9\nrx_gain_db = 30\n"
        (tmp_path / "both.toml").write_text(own)
        place.run(shown("calibrate", " delay "))
        place.run(shown("tx", "--duplex"))
        assert [path.name for path in (tmp_path / "both" / "compare").iterdir()] == ["photo.png"]

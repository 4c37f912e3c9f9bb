# SPDX-License-Identifier: MIT
"""Devices under the guard, each seen from its outermost edge, and modems that use them from processes of their own."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lrisc_sdr.radio.silencer import Silencer

if TYPE_CHECKING:
    from .modem import Modem

HERE = Path(__file__).parent
OFF_WITHIN_S = 2.0


@dataclasses.dataclass
class Device:
    """A device whose transmitter was left on.

    Attributes:
        silencer: what switches it off.
        opener: `module:function`, which opens it as a `Radio` from its URI.
        is_off: whether it is powered down at its greatest attenuation, as the device itself knows it.
        folder: for files of a test.
    """

    silencer: Silencer
    opener: str
    is_off: Callable[[], bool]
    folder: Path


@pytest.fixture
def fake_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Device:
    """The device that records every write."""
    path = os.pathsep.join(filter(None, [str(HERE), os.environ.get("PYTHONPATH")]))
    monkeypatch.setenv("PYTHONPATH", path)
    monkeypatch.syspath_prepend(str(HERE))
    from fake_device import MOST_ATTENUATION_DB, read_state

    folder = tmp_path / "device"
    folder.mkdir()

    def is_off() -> bool:
        state = read_state(folder)
        return state["powerdown"] == 1 and state["attenuation_db"] == MOST_ATTENUATION_DB

    return Device(Silencer("fake", str(folder), "fake_device:silence"), "fake_device:FakeRadio", is_off, tmp_path)


@pytest.fixture(scope="session")
def served_pluto() -> Iterator[str]:
    """The address of a Pluto made of software in a process of its own, which a fork of this one leaves alone."""
    words = ["virtual-pluto", "--paced", "--port", "0", "--channel", "ideal", "--json"]
    command = [sys.executable, "-m", "lrisc_sdr.cli", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        yield json.loads(server.stdout.readline())["uris"][0]
        server.terminate()


@pytest.fixture
def virtual_pluto(served_pluto: str, tmp_path: Path) -> Device:
    """The driver of a Pluto, and what a session of the test's own reads back."""
    iio = pytest.importorskip("iio", reason="libiio and pylibiio are not installed", exc_type=Exception)
    pytest.importorskip("adi", reason="pyadi-iio is not installed")
    from lrisc_sdr.radio.pluto import MAX_ATTENUATION_DB

    control = iio.Context(served_pluto).find_device("ad9361-phy")

    def is_off() -> bool:
        gain = control.find_channel("voltage0", True).attrs["hardwaregain"].value
        down = control.find_channel("altvoltage1", True).attrs["powerdown"].value
        return float(gain.split()[0]) == -MAX_ATTENUATION_DB and int(down) == 1

    silencer = Silencer("pluto", served_pluto, "lrisc_sdr.radio.pluto:silence")
    return Device(silencer, "lrisc_sdr.radio.pluto:Pluto", is_off, tmp_path)


@pytest.fixture(params=["fake_device", "virtual_pluto"])
def device(request: pytest.FixtureRequest) -> Device:
    """Every device on which the scenarios of the guardian are played."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Device)
    return found


def becomes_off(device: Device, seconds: float = OFF_WITHIN_S) -> bool:
    """Whether the device is off within so many seconds."""
    end_s = time.monotonic() + seconds
    while not device.is_off():
        if time.monotonic() > end_s:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture
def modem(device: Device) -> Iterator[Callable[..., Modem]]:
    """Starts modems; whatever is left of them is killed after the test."""
    from .modem import Modem

    started: list[Modem] = []

    def start(ending: str, within_s: float = 60.0) -> Modem:
        started.append(Modem(device.silencer, device.opener, device.folder, ending, within_s))
        return started[-1]

    yield start
    for one in started:
        one.kill()

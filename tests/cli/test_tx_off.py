# SPDX-License-Identifier: MIT
"""`lrisc tx-off`: exit codes, and what reaches the driver."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from lrisc_sdr.cli import main
from lrisc_sdr.radio import silencer
from lrisc_sdr.radio.protocol import RadioStillOn

silenced: list[str] = []


def silence(uri: str) -> None:
    """A driver whose device obeys, or does not."""
    silenced.append(uri)
    if uri == "stuck":
        raise RadioStillOn("stuck does not power down")


@pytest.fixture(autouse=True)
def one_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    silenced.clear()
    monkeypatch.setattr(silencer, "SILENCING", MappingProxyType({**silencer.SILENCING, "pluto": f"{__name__}:silence"}))


def test_off(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tx-off", "--radio", "pluto", "--uri", "ip:10.0.0.1"]) == 0
    assert silenced == ["ip:10.0.0.1"]
    assert capsys.readouterr() == ("", "the transmitter of pluto ip:10.0.0.1 is off\n")


def test_not_off(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tx-off", "--radio", "pluto", "--uri", "stuck"]) == 4
    assert capsys.readouterr().err == "lrisc: stuck does not power down\n"


@pytest.mark.parametrize(
    "argv", [["--radio", "plutoo", "--uri", "x"], ["--radio", "pluto"], ["--radio", "loopback", "--uri", "x"]]
)
def test_wrong_usage(argv: list[str]) -> None:
    assert main(["tx-off", *argv]) == 2
    assert silenced == []

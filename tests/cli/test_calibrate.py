# SPDX-License-Identifier: MIT
"""`lrisc calibrate`: what a user sees of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from lrisc_sdr.calibrate.storage import read_profile
from lrisc_sdr.channel import preset
from lrisc_sdr.cli import main
from lrisc_sdr.virtual_pluto import VirtualPluto, VirtualSettings

pytest.importorskip("iio", reason="libiio and pylibiio are not installed", exc_type=Exception)
pytest.importorskip("adi", reason="pyadi-iio is not installed")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("LRISC_ALLOW_LIST", str(tmp_path / "none.toml"))
    return tmp_path / "lrisc" / "calibration"


def test_profile_plot_and_table(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with VirtualPluto(VirtualSettings(preset("cable"))) as plutos:
        words = ["calibrate", "rx-gain", "--radio", "pluto", "--uri", plutos.uris[0], "--gain-db", "20"]
        assert main([*words, "--gain-db", "60", "--json"]) == 0
        told = capsys.readouterr()
        document = json.loads(told.out)
        assert [row["gain_db"] for row in document["rx_gain"]["rows"]] == [20, 60]
        assert document["profile"] == str(folder / "virtual-0.toml")
        assert "its plot" in told.err
        assert read_profile(folder / "virtual-0.toml").tables == ("rx_gain",)
        with Image.open(folder / "virtual-0-rx-gain.png") as plot:
            assert plot.size == (800, 450)
        # Another calibration adds its table, and its words are a table.
        assert main(["calibrate", "iq", "--radio", "pluto", "--uri", plutos.uris[0]]) == 0
        assert "receiver" in capsys.readouterr().out
        assert read_profile(folder / "virtual-0.toml").tables == ("rx_gain", "iq")
    assert sorted(path.suffix for path in folder.iterdir()) == [".png", ".png", ".toml"]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["everything"], 2, "everything"),
        (["iq", "--radio", "pluto", "--carrier-hz", "1e9"], 2, "--carrier-hz is for"),
        (["iq", "--radio", "plutto"], 2, "did you mean pluto"),
        (["iq"], 2, "give --radio"),
        (["delay", "--radio", "pluto", "--gain-db", "1", "--gain-db", "2"], 2, "may be given once"),
        (["delay", "--radio", "pluto", "--gain-db", "nan"], 3, "give numbers"),
        (["delay", "--radio", "pluto", "--partner-uri", "ip:x"], 2, "leave --partner-uri"),
        (["iq", "--radio", "pluto", "--uri", "ip:127.0.0.1:1"], 4, "no radio answers"),
        (["snr", "--radio", "pluto", "--uri", "ip:127.0.0.1:1"], 5, "--transmit"),
        (["snr", "--radio", "pluto", "--uri", "ip:127.0.0.1:1", "--transmit"], 5, "is not allowed"),
    ],
)
def test_what_cannot_be_is_one_line(
    words: list[str], code: int, message: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["calibrate", *words]) == code
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not folder.exists()


def test_a_profile_that_cannot_be_written_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    with VirtualPluto(VirtualSettings(preset("cable"))) as plutos:
        words = ["calibrate", "rx-gain", "--radio", "pluto", "--uri", plutos.uris[0], "--gain-db", "20"]
        assert main([*words, "--profile", str(tmp_path / "file" / "x.toml")]) == 3
    assert "choose another --profile" in capsys.readouterr().err

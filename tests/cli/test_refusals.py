# SPDX-License-Identifier: MIT
"""What the transmit guard refuses has exit code 5, and not one command has reached the device by then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lrisc_sdr.cli import main
from lrisc_sdr.virtual_pluto import VirtualPluto, VirtualSettings, commands

pytest.importorskip("iio", reason="libiio and pylibiio are not installed", exc_type=Exception)
pytest.importorskip("adi", reason="pyadi-iio is not installed")

BAND = """
[[band]]
name = "test"
low_hz = {low_hz}
high_hz = 2.48e9
least_attenuation_db = {least_attenuation_db}
duty_cycle = {duty_cycle}
duty_window_s = 3600
longest_burst_s = {longest_burst_s}
"""
USUAL = {"low_hz": 2.40e9, "least_attenuation_db": 0, "duty_cycle": 1, "longest_burst_s": 5}

Tx = Callable[..., int]


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every command that any client sends to a virtual Pluto."""
    lines: list[str] = []
    parse = commands.parse

    def note(line: bytes) -> commands.Command | None:
        lines.append(line.decode())
        return parse(line)

    monkeypatch.setattr(commands, "parse", note)
    return lines


@pytest.fixture
def tx(picture: Path, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tx]:
    """`lrisc tx` of a picture to a virtual Pluto, with a band of the allow-list and options; its exit code."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with VirtualPluto(VirtualSettings(paced=True)) as plutos:

        def run(*words: str, **band: float) -> int:
            allowed = tmp_path / "allow.toml"
            allowed.write_text(BAND.format(**USUAL | band))
            allowed.chmod(0o600)
            monkeypatch.setenv("LRISC_ALLOW_LIST", str(allowed))
            radio = ["--radio", "pluto", "--uri", plutos.uris[0], "--model", str(tiny_model), "--cbr", "1/12"]
            return main(["tx", str(picture), *radio, *words])

        yield run


def written(record: list[str]) -> list[str]:
    """Commands that change something or open a stream."""
    return [line for line in record if line.startswith(("WRITE", "OPEN", "SET"))]


@pytest.mark.parametrize(
    ("words", "band", "message"),
    [
        ([], {}, "--transmit"),
        (["--transmit", "--lo-hz", "2.5e9"], {}, "is not allowed"),
        # The carrier is within the band, and so is one edge of what is sent.
        (["--transmit", "--lo-hz", "2.4795e9"], {}, "is not allowed"),
        (["--transmit"], {"least_attenuation_db": 50}, "attenuation of 50 dB"),
        # The picture takes 5 ms: more than a burst may, and than the time on the air that is left.
        (["--transmit"], {"longest_burst_s": 0.002}, "bursts of 0.002 s"),
        (["--transmit"], {"duty_cycle": 6e-7}, "duty cycle"),
    ],
)
def test_nothing_is_written(
    words: list[str], band: dict[str, float], message: str, tx: Tx, record: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    assert tx(*words, **band) == 5
    error = capsys.readouterr().err
    *before, last = error.splitlines()
    assert message in last
    # The radio may have been asked for its serial number, by which its calibration is found.
    assert all(line.startswith("calibration: ") for line in before)
    assert not written(record)


def test_what_is_permitted_is_written(tx: Tx, record: list[str]) -> None:
    assert tx("--transmit") == 0
    assert any(line.startswith("WRITE iio:device0 OUTPUT altvoltage1 powerdown") for line in record)
    assert any(line.startswith("WRITEBUF") for line in record)


def test_time_on_the_air_runs_out(tx: Tx, record: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    # Each takes 5.1 ms, of 7.2.
    assert tx("--transmit", duty_cycle=2e-6) == 0
    record.clear()
    assert tx("--transmit", duty_cycle=2e-6) == 5
    assert "are used in the last 3600 s" in capsys.readouterr().err
    assert not written(record)

# SPDX-License-Identifier: MIT
"""The doctor: verdicts, fixes, and the checks that can be made to fail here."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from lrisc_sdr.cli import checks, doctor, main
from lrisc_sdr.cli.checks import Check, Host, Status, host, software
from lrisc_sdr.cli.checks.check import ALL, ON_GPU, ON_RADIO, probe

SOUND = Check("Python", Status.OK, "3.11.2", needed_by=ALL)
NO_RADIO = Check("GNU Radio", Status.ABSENT, "not installed", "apt-get install gnuradio", ON_RADIO)
NO_TORCH = Check("torch", Status.ABSENT, "not installed", "pip install torch", ON_GPU)
NO_SOAPY = Check("SoapySDR", Status.ABSENT, "not installed", "apt-get install python3-soapysdr")
BROKEN = Check("UHD", Status.BROKEN, "wrong ABI", "apt-get install gnuradio")


@pytest.mark.parametrize(
    ("found", "purpose", "code"),
    [
        ([SOUND, NO_SOAPY], "all", 0),
        ([SOUND, NO_RADIO], "all", 3),
        ([SOUND, NO_RADIO], "radio", 3),
        ([SOUND, NO_RADIO], "gpu", 0),
        ([SOUND, NO_TORCH], "gpu", 3),
        ([SOUND, NO_TORCH], "radio", 0),
        ([SOUND, BROKEN], "gpu", 3),
    ],
)
def test_verdict(
    found: list[Check], purpose: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "run_all", lambda: found)
    assert main(["doctor", "--host", purpose, "--json"]) == code
    out, err = capsys.readouterr()
    document = json.loads(out)
    assert document["ready"] is (code == 0)
    assert [row["name"] for row in document["checks"]] == [check.name for check in found]
    assert (err == "") is (code == 0)

    assert main(["doctor", "--host", purpose]) == code
    out, err = capsys.readouterr()
    assert all(f"→ {check.fix}" in out for check in found if check.fix)
    assert ("FAILS" in out) is (code == 3)
    assert "\x1b" not in out


def test_an_unknown_host_is_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--host", "toaster"]) == 2


def test_this_host() -> None:
    found = {check.name: check for check in checks.run_all()}
    assert len(found) == len(checks.CHECKS)
    assert found["Python"].status is Status.OK
    assert all("\n" not in check.found + check.fix for check in found.values())
    assert all(check.fix for check in found.values() if check.fails(Host.ALL))


def test_probe_tells_the_last_line() -> None:
    assert probe("print('a'); print('b')") == (True, "b")
    assert probe("import no_such_module") == (False, "ModuleNotFoundError: No module named 'no_such_module'")
    assert probe("import os; os.abort()")[0] is False
    assert probe("", executable="/no/python")[0] is False


def test_gnu_radio_under_another_numpy_names_the_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(software, "probe", lambda *_: (False, "ImportError: numpy.core.multiarray failed to import"))
    for check in (software.gnu_radio(), software.numpy_abi()):
        assert check.fails(Host.RADIO)
        assert "numpy<2" in check.fix


def test_gnu_radio_that_this_python_cannot_see(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = "ModuleNotFoundError: No module named 'gnuradio'"
    monkeypatch.setattr(software, "probe", lambda code, executable="": (executable == software.SYSTEM_PYTHON, missing))
    assert "--system-site-packages" in software.gnu_radio().fix
    monkeypatch.setattr(software, "probe", lambda *_: (False, missing))
    assert "apt-get install" in software.gnu_radio().fix
    assert not software.numpy_abi().fails(Host.RADIO)  # GNU Radio's own line says what to do


def test_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10**8))
    assert host.disk().fails(Host.ALL)


def test_a_clock_that_starts_in_1970(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host.time, "time", lambda: 1000.0)
    assert host.clock().fails(Host.GPU)


def test_usb_rights(tmp_path: Path) -> None:
    device, nodes = tmp_path / "devices" / "1-2", tmp_path / "nodes"
    device.mkdir(parents=True)
    assert host.usb(tmp_path / "devices", nodes).status is Status.ABSENT
    for name, content in (("idVendor", "0456"), ("idProduct", "b673"), ("busnum", "1"), ("devnum", "7")):
        (device / name).write_text(content + "\n")
    assert "ADALM-Pluto" in host.usb(tmp_path / "devices", nodes).found
    assert host.usb(tmp_path / "devices", nodes).status is Status.BROKEN
    (nodes / "001").mkdir(parents=True)
    (nodes / "001" / "007").touch()
    assert host.usb(tmp_path / "devices", nodes) == Check("USB radios", Status.OK, "ADALM-Pluto")


def test_models(tmp_path: Path) -> None:
    assert software.model(tmp_path / "none").fails(Host.GPU)
    assert not software.model(tmp_path / "none").fails(Host.RADIO)
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "model.safetensors").touch()
    assert software.model(tmp_path).found == "small"

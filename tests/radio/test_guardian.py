# SPDX-License-Identifier: MIT
"""However a modem or its guardian ends, the device reads back off within two seconds."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Device, becomes_off
from .modem import Modem

Start = Callable[..., Modem]


def on_air(modem: Start, device: Device, ending: str, within_s: float = 60.0) -> Modem:
    started = modem(ending, within_s)
    assert not device.is_off()
    assert started.guardian > 0
    return started


def reasons(device: Device) -> list[str]:
    """Why guardians have switched it off."""
    lines = (device.folder / "log.jsonl").read_text().splitlines()
    return [entry["reason"] for entry in map(json.loads, lines) if entry["event"] == "forced off"]


def test_normal_exit(modem: Start, device: Device) -> None:
    assert modem("normal").wait() == 0
    assert device.is_off()
    assert reasons(device) == []


def test_a_modem_that_was_killed_is_in_the_log(modem: Start, device: Device) -> None:
    on_air(modem, device, "never").send_signal(signal.SIGKILL)
    assert becomes_off(device)
    deadline = time.monotonic() + 10
    while not reasons(device):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert reasons(device) == ["modem gone"]


def test_exception(modem: Start, device: Device) -> None:
    started = modem("exception")
    assert started.wait() == 1
    assert device.is_off()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
@pytest.mark.parametrize("group", [False, True])
def test_signals_to_the_modem_and_to_its_group(
    modem: Start, device: Device, number: signal.Signals, group: bool
) -> None:
    started = on_air(modem, device, "never")
    started.send_signal(number, group=group)
    assert becomes_off(device)
    started.wait()
    assert device.is_off()


def test_a_modem_that_stands_still_is_switched_off(modem: Start, device: Device) -> None:
    started = on_air(modem, device, "never")
    started.send_signal(signal.SIGSTOP)
    assert becomes_off(device)
    started.send_signal(signal.SIGCONT)
    assert started.wait() == 1
    assert "guardian" in started.errors
    assert becomes_off(device)


def test_a_deadline_ends_a_modem_that_hangs(modem: Start, device: Device) -> None:
    started = on_air(modem, device, "hang", 1.0)
    assert becomes_off(device, 1.0 + 2.0)
    assert started.runs()
    assert reasons(device) == ["deadline"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_without_its_guardian_the_modem_stops(modem: Start, device: Device, number: signal.Signals) -> None:
    started = on_air(modem, device, "never")
    os.kill(started.guardian, number)
    assert becomes_off(device)
    assert started.wait() == 1
    assert "guardian" in started.errors.splitlines()[-1]
    assert device.is_off()


def test_without_its_guardian_a_modem_that_hangs_is_switched_off(modem: Start, device: Device) -> None:
    started = on_air(modem, device, "hang")
    os.kill(started.guardian, signal.SIGKILL)
    assert becomes_off(device)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1])
def test_a_guardian_outlives_signals(modem: Start, device: Device, number: signal.Signals) -> None:
    started = on_air(modem, device, "never")
    os.kill(started.guardian, number)
    time.sleep(0.5)
    assert not device.is_off()
    assert Path(f"/proc/{started.guardian}").exists()
    started.send_signal(signal.SIGKILL)
    assert becomes_off(device)

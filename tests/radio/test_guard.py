# SPDX-License-Identifier: MIT
"""What the guard refuses before it writes to a device, in which order it writes, and what it keeps of it."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lrisc_sdr.errors import ConfigurationError, HardwareError, TransmitRefused
from lrisc_sdr.radio.allow_list import AllowList
from lrisc_sdr.radio.bands import Band
from lrisc_sdr.radio.guard import TransmitGuard
from lrisc_sdr.radio.ledger import Ledger
from lrisc_sdr.radio.log import TransmissionLog
from lrisc_sdr.radio.protocol import RadioStillOn
from lrisc_sdr.radio.request import TransmitRequest
from lrisc_sdr.types import ComplexArray
from lrisc_sdr.waveform import waveform

from .conftest import Device
from .modem import SETTINGS

BAND = Band("ism-2400", 2400e6, 2483.5e6, 10.0, 0.1, 10.0, 0.5)
BURST_S = 0.05


def burst(duration_s: float = BURST_S) -> ComplexArray:
    return np.zeros(round(duration_s * SETTINGS.rate_sps), dtype=np.complex64)


def guard(folder: Path, *bands: Band) -> TransmitGuard:
    return TransmitGuard(AllowList(bands), Ledger(folder / "ledger.sqlite3"), TransmissionLog(folder / "log.jsonl"))


def request(device: Device, **changes: Any) -> TransmitRequest:
    return replace(TransmitRequest(device.silencer, True, SETTINGS, waveform("pluto256"), 0.2), **changes)


def events(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def writes(device: Device) -> list[tuple[str, str]]:
    """What was written to the fake device: by this process or by another, and which attribute to which value."""
    from fake_device import read_writes

    return [
        ("modem" if row["pid"] == os.getpid() else "guardian", f"{row['attribute']} {row['value']:g}")
        for row in read_writes(Path(device.silencer.uri))
    ]


def open_fake(device: Device) -> Any:
    from fake_device import FakeRadio

    return FakeRadio(device.silencer.uri)


@pytest.mark.parametrize(
    ("bands", "changes", "why"),
    [
        ((BAND,), {"transmit": False}, "--transmit"),
        ((), {}, "allows nothing"),
        ((BAND,), {"settings": replace(SETTINGS, tx_lo_hz=2.3e9)}, "not allowed"),
        # The centre lies in the band, an edge does not.
        ((BAND,), {"settings": replace(SETTINGS, tx_lo_hz=2400.5e6)}, "not allowed"),
        ((BAND,), {"settings": replace(SETTINGS, tx_lo_hz=2483e6)}, "not allowed"),
        ((BAND,), {"settings": replace(SETTINGS, rate_sps=200e6)}, "not allowed"),
        ((BAND,), {"settings": replace(SETTINGS, tx_lo_hz=float("nan"))}, "not allowed"),
        ((BAND,), {"settings": replace(SETTINGS, tx_attenuation_db=9.75)}, "attenuation"),
        ((BAND,), {"settings": replace(SETTINGS, tx_attenuation_db=float("nan"))}, "attenuation"),
        ((BAND,), {"air_time_s": 0.6}, "bursts"),
        ((BAND,), {"air_time_s": 1.1, "longest_burst_s": 0.1}, "duty cycle"),
        ((BAND,), {"air_time_s": float("nan")}, "finite"),
        ((BAND,), {"within_s": float("inf")}, "finite"),
        ((BAND,), {"within_s": 0.1}, "deadline"),
        ((BAND,), {"air_time_s": -1.0}, "air time"),
    ],
)  # fmt: skip
def test_refused_before_anything_is_written(
    fake_device: Device, bands: tuple[Band, ...], changes: dict[str, Any], why: str
) -> None:
    refusing, wish = guard(fake_device.folder, *bands), request(fake_device, **changes)
    with pytest.raises(TransmitRefused, match=why) as refusal:
        refusing.permit(wish)
    assert refusal.value.exit_code == 5
    with pytest.raises(TransmitRefused), refusing.on_air(open_fake(fake_device), wish):
        pass
    assert writes(fake_device) == []
    assert not (fake_device.folder / "log.jsonl").exists()


def test_the_narrowest_band_counts(tmp_path: Path, fake_device: Device) -> None:
    narrow = replace(BAND, name="narrow", low_hz=2440e6, high_hz=2460e6, least_attenuation_db=30.0)
    assert guard(tmp_path, BAND).permit(request(fake_device)).band == BAND
    with pytest.raises(TransmitRefused, match="narrow"):
        guard(tmp_path, BAND, narrow).permit(request(fake_device))


def test_the_order_of_writes(fake_device: Device) -> None:
    with guard(fake_device.folder, BAND).on_air(open_fake(fake_device), request(fake_device)) as air:
        assert not fake_device.is_off()
        air.send(burst())
    silence = ["attenuation_db 89.75", "powerdown 1"]
    assert writes(fake_device) == [
        *(("guardian", step) for step in silence),
        *(("modem", step) for step in [*silence, "tx_lo_hz 2.45e+09"]),
        *(("modem", step) for step in [*silence, "tx_lo_hz 2.45e+09", "powerdown 0", "zeros 1", "attenuation_db 20"]),
        ("modem", "burst 200000"),
        *(("modem", step) for step in silence),
        *(("guardian", step) for step in silence),
    ]


def test_the_log_tells_of_every_transmission(fake_device: Device) -> None:
    wish = request(fake_device, purpose="kodim07")
    allowing = guard(fake_device.folder, BAND)
    with allowing.on_air(open_fake(fake_device), wish) as air:
        air.send(burst())
        air.send(burst())
        assert [row["event"] for row in events(fake_device.folder)] == ["up"]
    with pytest.raises(ZeroDivisionError), allowing.on_air(open_fake(fake_device), wish):
        raise ZeroDivisionError
    rows = events(fake_device.folder)
    assert [row["event"] for row in rows] == ["up", "down", "up", "down"]
    assert {row["purpose"] for row in rows} == {"kodim07"}
    assert {row["uri"] for row in rows} == {fake_device.silencer.uri}
    assert rows[0]["settings"]["tx_lo_hz"] == 2.45e9
    assert (rows[1]["bursts"], rows[1]["air_time_s"], rows[1]["ending"]) == (2, 2 * BURST_S, "done")
    assert (rows[3]["bursts"], rows[3]["ending"]) == (0, "ZeroDivisionError")


def test_what_the_radio_reads_back_decides(fake_device: Device) -> None:
    radio = open_fake(fake_device)
    radio.lo_error_hz = -50e6
    with (
        pytest.raises(TransmitRefused, match="not allowed"),
        guard(fake_device.folder, BAND).on_air(radio, request(fake_device)),
    ):
        raise AssertionError("on the air")
    assert fake_device.is_off()
    assert not [step for _, step in writes(fake_device) if step.startswith(("powerdown 0", "burst"))]


def test_no_more_than_was_permitted(fake_device: Device) -> None:
    allowing = guard(fake_device.folder, BAND)
    with allowing.on_air(open_fake(fake_device), request(fake_device)) as air:
        for _ in range(4):
            air.send(burst())
        with pytest.raises(TransmitRefused, match="exceed"):
            air.send(burst())
    assert [step for _, step in writes(fake_device)].count("burst 200000") == 4


def test_bursts_without_a_pause_are_one(fake_device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lrisc_sdr.radio.air.LEAST_PAUSE_S", 5.0)
    band = replace(BAND, longest_burst_s=0.12)
    wish = request(fake_device, longest_burst_s=0.1)
    with guard(fake_device.folder, band).on_air(open_fake(fake_device), wish) as air:
        air.send(burst())
        air.send(burst())
        with pytest.raises(TransmitRefused, match="bursts"):
            air.send(burst())


def test_the_ledger_counts_what_was_sent_and_no_more(fake_device: Device) -> None:
    allowing, wish = guard(fake_device.folder, BAND), request(fake_device, air_time_s=0.5)
    for _ in range(3):
        with allowing.on_air(open_fake(fake_device), wish) as air:
            air.send(burst(0.2))
    with pytest.raises(TransmitRefused, match=r"0\.6 of 1 s"):
        guard(fake_device.folder, BAND).permit(wish)


def test_a_transmitter_that_stays_on_is_the_loudest_error(fake_device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lrisc_sdr.radio.guardian.CLOSE_S", 0.5)
    monkeypatch.setattr("lrisc_sdr.radio.guardian.FORCE_OFF_S", 0.5)
    allowing, wish = guard(fake_device.folder, BAND), request(fake_device, air_time_s=0.5)
    stuck = Path(fake_device.silencer.uri) / "stuck"
    with (  # noqa: PT012 - the device fails while it is on the air
        pytest.raises(RadioStillOn, match="unplug"),
        allowing.on_air(open_fake(fake_device), wish) as air,
    ):
        air.send(burst())
        stuck.touch()
    assert events(fake_device.folder)[-1]["ending"] == "RadioStillOn"
    # Nobody knows how long it will have sent: the booking stays whole.
    with pytest.raises(TransmitRefused, match=r"0\.5 of 1 s"):
        allowing.permit(request(fake_device, air_time_s=0.51, longest_burst_s=0.1))
    stuck.unlink()


@pytest.mark.parametrize("fault", ["gone", "stuck"])
def test_a_device_that_the_guardian_cannot_switch_off_is_not_used(fake_device: Device, fault: str) -> None:
    (Path(fake_device.silencer.uri) / fault).touch()
    with (
        pytest.raises(HardwareError, match="guardian cannot switch"),
        guard(fake_device.folder, BAND).on_air(open_fake(fake_device), request(fake_device)),
    ):
        raise AssertionError("on the air")
    assert not [step for source, step in writes(fake_device) if source == "modem"]


def test_no_transmission_without_a_log(fake_device: Device) -> None:
    (fake_device.folder / "log.jsonl").mkdir()
    with (
        pytest.raises(ConfigurationError, match="log of transmissions"),
        guard(fake_device.folder, BAND).on_air(open_fake(fake_device), request(fake_device)),
    ):
        raise AssertionError("on the air")
    assert fake_device.is_off()
    assert "powerdown 0" not in [step for _, step in writes(fake_device)]

# SPDX-License-Identifier: MIT
"""A transmitter that is a folder: every write of every session is a line in it, in the order in which it came.

writes.jsonl    the device: its state is the last value of every attribute
gone            while this file exists, the device does not answer
stuck           while this file exists, the device stays powered up
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from lrisc_sdr.radio.protocol import Drops, RadioLost, RadioSettings, RadioStillOn
from lrisc_sdr.types import ComplexArray

MOST_ATTENUATION_DB = 89.75


class Session:
    """One client's connection to the device."""

    def __init__(self, uri: str) -> None:
        self.folder = Path(uri)

    def write(self, attribute: str, value: float) -> None:
        if (self.folder / "gone").exists():
            raise RadioLost(f"{self.folder} is gone")
        line = json.dumps({"pid": os.getpid(), "attribute": attribute, "value": value}) + "\n"
        file = os.open(self.folder / "writes.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(file, line.encode())
        os.close(file)

    def silence(self) -> None:
        self.write("attenuation_db", MOST_ATTENUATION_DB)
        self.write("powerdown", 1)
        state = read_state(self.folder)
        if not state["powerdown"] or state["attenuation_db"] != MOST_ATTENUATION_DB:
            raise RadioStillOn(f"{self.folder} does not power down")


def read_writes(folder: Path) -> list[dict[str, Any]]:
    path = folder / "writes.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def read_state(folder: Path) -> dict[str, float]:
    """As a device whose transmitter was left on reads back."""
    state = {"powerdown": 0.0, "attenuation_db": 0.0}
    state.update({row["attribute"]: row["value"] for row in read_writes(folder)})
    if (folder / "stuck").exists():
        state["powerdown"] = 0.0
    return state


def silence(uri: str) -> None:
    """What a driver gives the guardian."""
    Session(uri).silence()


class FakeRadio(Session):
    """The device behind the protocol of all radios; sending takes as long as it would."""

    name = "fake"
    lo_error_hz = 0.0

    def configure(self, settings: RadioSettings) -> RadioSettings:
        self.silence()
        self.write("tx_lo_hz", settings.tx_lo_hz)
        self.settings = replace(settings, tx_lo_hz=settings.tx_lo_hz + self.lo_error_hz)
        return self.settings

    def power_up(self) -> RadioSettings:
        self.silence()
        self.write("tx_lo_hz", self.settings.tx_lo_hz)
        self.write("powerdown", 0)
        self.write("zeros", 1)
        self.write("attenuation_db", self.settings.tx_attenuation_db)
        return self.settings

    def transmit(self, samples: ComplexArray) -> None:
        self.write("burst", len(samples))
        time.sleep(len(samples) / self.settings.rate_sps)

    def receive(self, n_samples: int) -> ComplexArray:
        raise EOFError

    def drops(self) -> Drops:
        return Drops()

    def close(self) -> None:
        self.silence()

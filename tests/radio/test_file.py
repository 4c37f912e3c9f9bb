# SPDX-License-Identifier: MIT
"""The radio that is a recording."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lrisc_sdr.errors import ConfigurationError, InvalidCapture
from lrisc_sdr.radio.opening import open_radio
from lrisc_sdr.radio.protocol import Radio
from lrisc_sdr.radio.settings import RadioConfig
from lrisc_sdr.types import ComplexArray
from lrisc_sdr.waveform import waveform

SETTINGS = RadioConfig().settings(waveform("pluto256"))
NAMES = ("capture", "capture.cf32")


def ramp(n: int) -> ComplexArray:
    return (np.arange(n) / n + 1j).astype(np.complex64)


def opened(path: Path) -> Radio:
    radio = open_radio("file", str(path))
    radio.configure(SETTINGS)
    return radio


@pytest.mark.parametrize("name", NAMES)
def test_what_was_sent_is_received_to_the_last_sample(tmp_path: Path, name: str) -> None:
    sender = opened(tmp_path / name)
    sender.power_up()
    sender.transmit(ramp(1000)[:300])
    sender.transmit(ramp(1000)[300:])
    sender.silence()
    sender.close()
    receiver = opened(tmp_path / name)
    pieces = [receiver.receive(400) for _ in range(3)]
    assert [piece.size for piece in pieces] == [400, 400, 200]
    np.testing.assert_array_equal(np.concatenate(pieces), ramp(1000))
    with pytest.raises(EOFError):
        receiver.receive(1)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_there_before_the_radio_is_closed_or_where_nothing_was_sent(tmp_path: Path, name: str) -> None:
    opened(tmp_path / name).close()
    sender = opened(tmp_path / name)
    sender.transmit(ramp(10))
    assert [path for path in tmp_path.iterdir() if not path.name.startswith(".")] == []
    sender.close()
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_errors_name_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="--uri"):
        open_radio("file", "")
    with pytest.raises(InvalidCapture):
        opened(tmp_path / "absent").receive(1)
    with pytest.raises(ConfigurationError, match="cannot be written"):
        opened(tmp_path / "absent" / "folder").transmit(ramp(1))
    sender = opened(tmp_path / "slow")
    sender.transmit(ramp(10))
    sender.close()
    fast = open_radio("file", str(tmp_path / "slow"))
    fast.configure(replace(SETTINGS, rate_sps=8e6))
    with pytest.raises(ConfigurationError, match="recorded at 4e"):
        fast.receive(1)

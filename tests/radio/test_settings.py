# SPDX-License-Identifier: MIT
"""The configuration file of a radio."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lrisc_sdr import phy
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.radio.settings import RadioConfig
from lrisc_sdr.types import Frame, FrameHeader
from lrisc_sdr.waveform import PRESETS, waveform


def test_a_file_replaces_defaults_and_the_waveform_gives_the_rate(tmp_path: Path) -> None:
    file = tmp_path / "radio.toml"
    file.write_text('radio = "pluto"\nuri = "ip:192.168.2.1"\nrx_lo_hz = 433_920_000\nrx_gain_db = 30\n')
    config = RadioConfig.read(file)
    settings = config.settings(waveform("pluto256"))
    assert (config.radio, config.uri) == ("pluto", "ip:192.168.2.1")
    assert (settings.rx_lo_hz, settings.rx_gain_db) == (433.92e6, 30.0)
    assert settings.rate_sps == settings.rx_bandwidth_hz == settings.tx_bandwidth_hz == 4e6


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("rx_gain = 3", "did you mean rx_gain_db"),
        ("tx_attenuation_db = -3", "tx_attenuation_db"),
        ("rate_sps = 0", "rate_sps"),
        ("rx_lo_hz = inf", "rx_lo_hz"),
        ('tx_lo_hz = "2.4 GHz"', "tx_lo_hz"),
        ("tx_lo_hz =", "cannot be read"),
    ],
)
def test_what_is_wrong_is_one_line_that_names_it(tmp_path: Path, line: str, message: str) -> None:
    file = tmp_path / "radio.toml"
    file.write_text(line)
    with pytest.raises(ConfigurationError, match=message):
        RadioConfig.read(file)


@pytest.mark.parametrize("name", PRESETS)
def test_bursts_stay_within_full_scale_at_the_usual_back_off(name: str) -> None:
    chosen = waveform(name)
    rng = np.random.default_rng(2)
    symbols = (rng.standard_normal(4096) + 1j * rng.standard_normal(4096)).astype(np.complex64) / np.sqrt(2)
    burst = phy.transmit(Frame(FrameHeader(0, 0, 1, 4096, 12, 1), symbols.astype(np.complex64)), chosen)
    peak = np.max(np.abs(burst)) * RadioConfig().amplitude
    assert 0.5 < peak <= 1.0

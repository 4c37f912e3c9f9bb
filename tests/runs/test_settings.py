# SPDX-License-Identifier: MIT
"""What a run was asked for."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrisc_sdr.channel import PRESETS, ChannelSpec
from lrisc_sdr.errors import ConfigurationError, UsageError
from lrisc_sdr.runs.settings import LinkSettings, as_toml, parse_cbr, resolve_channel, told_snr_db
from lrisc_sdr.sampling import Sampling


@given(st.fractions(min_value=Fraction(1, 10_000), max_value=1))
def test_ratios_are_read_as_they_are_written(ratio: Fraction) -> None:
    assert parse_cbr(str(ratio)) == pytest.approx(float(ratio))
    assert parse_cbr(f" {float(ratio)!r} ") == pytest.approx(float(ratio))


@pytest.mark.parametrize("text", ["", "half", "1/0", "1/2/3", "nan", "inf"])
def test_what_is_no_ratio_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match="1/48"):
        parse_cbr(text)


@pytest.mark.parametrize("text", ["0", "-1/48", "1.01", "49/48", "1e400"])
def test_an_impossible_ratio_is_a_configuration_error(text: str) -> None:
    with pytest.raises(ConfigurationError, match="at most 1"):
        parse_cbr(text)


def test_channel_and_snr_resolve_as_the_command_line_says() -> None:
    assert resolve_channel(None, None) == ("desk", PRESETS["desk"])
    assert resolve_channel(None, 7.0) == ("awgn", ChannelSpec(snr_db=7.0))
    assert resolve_channel("room", None) == ("room", PRESETS["room"])
    assert resolve_channel("room", 3.0) == ("room", replace(PRESETS["room"], snr_db=3.0))


@pytest.mark.parametrize(
    ("name", "snr_db"), [("dask", None), (None, float("nan")), ("desk", float("inf")), (None, 1e9)]
)
def test_a_channel_that_does_not_exist_is_a_configuration_error(name: str | None, snr_db: float | None) -> None:
    with pytest.raises(ConfigurationError):
        resolve_channel(name, snr_db)


def test_the_encoder_is_told_the_nominal_snr_or_what_it_shall_be_told() -> None:
    assert told_snr_db(PRESETS["limit"], None) == 0.0
    assert told_snr_db(PRESETS["limit"], 0.0) == 0.0
    assert told_snr_db(PRESETS["desk"], -3.0) == -3.0
    assert told_snr_db(PRESETS["ideal"], None) == 40.0
    with pytest.raises(ConfigurationError):
        told_snr_db(PRESETS["desk"], float("nan"))


@pytest.mark.skipif(sys.version_info < (3, 11), reason="tomllib came with Python 3.11")
def test_settings_as_toml_come_back() -> None:
    import tomllib

    @dataclass(frozen=True)
    class Odd:
        text: str = 'quote " backslash \\ line\nμ'
        flag: bool = True
        numbers: tuple[float, ...] = (1.5, -2.0, float("-inf"))
        nothing: None = None

    settings = LinkSettings("small", "pluto256", 1 / 48, 10.0, "desk", Sampling(4, "noise", 0.5), 7)
    document = tomllib.loads(as_toml(link=settings, channel=PRESETS["desk"], odd=Odd()))
    assert document["link"] == {
        "model": "small", "waveform": "pluto256", "cbr": 1 / 48, "told_snr_db": 10.0, "channel": "desk",
        "steps": 4, "start": "noise", "perception": 0.5, "seed": 7, "refine": 0, "mode": "adaptive",
        "closed_loop": False, "snr_margin_db": 1.0, "record_type": "cf32_le",
    }  # fmt: skip
    assert document["channel"]["crystal_ppm"] == 20.0
    assert document["odd"] == {"text": Odd.text, "flag": True, "numbers": [1.5, -2.0, float("-inf")]}

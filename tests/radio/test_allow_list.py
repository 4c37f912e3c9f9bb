# SPDX-License-Identifier: MIT
"""The user's list of bands: strict, the user's own, and empty unless written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrisc_sdr.errors import ConfigurationError, TransmitRefused
from lrisc_sdr.radio import user_files
from lrisc_sdr.radio.allow_list import AllowList
from lrisc_sdr.radio.bands import TEMPLATES, Emission

BAND = """
[[band]]
name = "ism-2400"
low_hz = 2400e6
high_hz = 2483.5e6
least_attenuation_db = 10.0
duty_cycle = 0.1
duty_window_s = 3600.0
longest_burst_s = 1.0
"""
EMISSION = Emission(2448e6, 2452e6)


def write(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_band_that_is_written_is_allowed(tmp_path: Path) -> None:
    assert AllowList.read(write(tmp_path / "list.toml", BAND)).find(EMISSION).name == "ism-2400"


@pytest.mark.parametrize("text", [None, "", "# nothing\n", "band = []\n"])
def test_nothing_is_allowed_by_default(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "list.toml"
    if text is not None:
        write(path, text)
    found = AllowList.read(path)
    assert found.band == ()
    with pytest.raises(TransmitRefused, match=r"allows nothing; the template ism-2400") as refusal:
        found.find(EMISSION)
    assert str(path) in str(refusal.value)
    assert str(TEMPLATES) in str(refusal.value)


def test_the_templates_are_not_a_list(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="unknown key template"):
        AllowList.read(write(tmp_path / "list.toml", TEMPLATES.read_text()))


def test_a_template_copied_as_it_says_is_allowed(tmp_path: Path) -> None:
    lines = [line for line in TEMPLATES.read_text().splitlines() if not line.startswith(("region", "rule", "note"))]
    text = "\n".join(lines).replace("[[template]]", "[[band]]")
    assert AllowList.read(write(tmp_path / "list.toml", text)).find(EMISSION).name == "ism-2400"
    commented = "\n".join(line.removeprefix("#     ") for line in lines if line.startswith("#     "))
    assert AllowList.read(write(tmp_path / "list.toml", commented)).find(EMISSION).name == "ism-2400"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BAND + "duty_cyle = 0.5\n", "unknown key band.duty_cyle, did you mean band.duty_cycle"),
        (BAND.replace("[[band]]", "[[bands]]"), "unknown key bands, did you mean band"),
        (BAND.replace("longest_burst_s = 1.0", ""), "longest_burst_s"),
        (BAND.replace("0.1", "10"), "duty_cycle is above 0 and at most 1"),
        (BAND.replace("0.1", "nan"), "duty_cycle is above 0 and at most 1"),
        (BAND.replace("2400e6", '"2400e6"'), "low_hz"),
        (BAND.replace("2400e6", "2500e6"), "low_hz < high_hz"),
        (BAND + BAND, "same name"),
        ("[[band]\n", "cannot be read"),
    ],
)
def test_a_list_that_is_wrong_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        AllowList.read(write(tmp_path / "list.toml", text))


@given(text=st.one_of(st.text(), st.binary().map(lambda raw: raw.decode("latin-1")), st.just(BAND).map(str.upper)))
def test_any_other_text_allows_nothing(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    path.chmod(0o600)
    try:
        assert AllowList.read(path).band == ()
    except ConfigurationError:
        pass


@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_a_list_that_others_can_write_is_not_the_users(tmp_path: Path, mode: int) -> None:
    with pytest.raises(ConfigurationError, match="chmod go-w"):
        AllowList.read(write(tmp_path / "list.toml", BAND, mode))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_list_of_another_user_is_not_the_users(tmp_path: Path) -> None:
    path = write(tmp_path / "list.toml", BAND)
    os.chown(path, 12345, -1)
    with pytest.raises(ConfigurationError, match="another user"):
        AllowList.read(path)


def test_where_the_list_lies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("LRISC_ALLOW_LIST", raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    assert user_files.allow_list_path() == tmp_path / ".config/lrisc/transmit.toml"
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    assert user_files.allow_list_path() == tmp_path / ".config/lrisc/transmit.toml"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "x"))
    assert user_files.allow_list_path() == tmp_path / "x/lrisc/transmit.toml"
    monkeypatch.setenv("LRISC_ALLOW_LIST", "~/mine.toml")
    assert user_files.allow_list_path() == tmp_path / "mine.toml"
    assert user_files.allow_list_path(Path("given.toml")) == Path("given.toml")

# SPDX-License-Identifier: MIT
"""Campaign files: what is shipped is valid, what is wrong is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrisc_sdr.campaigns import systems
from lrisc_sdr.campaigns.campaign import ratio, read_campaign
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.settings_file import to_dataclass

SHIPPED = sorted((Path(__file__).resolve().parents[2] / "recipes" / "campaigns").glob("*.toml"))
MINIMAL = """
name = "x"
snr_db = [10.0]
cbr = ["1/48"]
pictures = ["."]
systems = [{ kind = "lrisc" }]
"""


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_campaigns_are_valid(path: Path) -> None:
    campaign = read_campaign(path, [path])
    assert campaign.name == path.stem
    for table in campaign.systems:
        options = {key: value for key, value in table.items() if key not in ("kind", "name")}
        to_dataclass(options, systems.KINDS[table["kind"]].options, table["name"])
    names = [table["name"] for table in campaign.systems]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("name", "nmae", "unknown key nmae, did you mean name"),
        ("snr_db = [10.0]", "snr_db = []", "snr_db is empty"),
        ("snr_db = [10.0]", "snr_db = [10.0, 10.0]", "snr_db names a value twice"),
        ("snr_db = [10.0]", "snr_db = [1000.0]", "1000.0 dB: choose"),
        ("snr_db = [10.0]", "snr_db = [nan]", "nan dB"),
        ('"1/48"', '"48"', "cbr 48: a channel bandwidth ratio"),
        ('"1/48"', '"1/0"', "cbr 1/0: give a ratio"),
        ("snr_db = [10.0]", 'snr_db = [10.0]\nmetrics = ["lpipps"]', "no metric lpipps, did you mean lpips"),
        ("snr_db = [10.0]", 'snr_db = [10.0]\nchannels = ["dusk"]', "did you mean desk"),
        ("snr_db = [10.0]", "snr_db = [10.0]\nregion = [0.5, 0.0, 0.2, 1.0]", "top, left, bottom, right"),
        ("snr_db = [10.0]", "snr_db = [10.0]\nseeds = [-1]", "seed"),
        ("snr_db = [10.0]", "snr_db = [10.0]\nkeep = { snr_db = [11.0] }", "kept SNR"),
        ("snr_db = [10.0]", "snr_db = [10.0]\nkeep = { pictrues = [] }", "did you mean keep.pictures"),
        ("snr_db = [10.0]", 'snr_db = "many"', "snr_db"),
        ('pictures = ["."]', "", "no pictures"),
        ("name = ", "name ", "cannot be read"),
    ],
)
def test_a_slip_is_named_in_one_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "c.toml"
    path.write_text(MINIMAL.replace(old, new, 1))
    with pytest.raises(ConfigurationError, match=message) as caught:
        read_campaign(path)
    assert str(path) in str(caught.value)
    assert "--cbr" not in str(caught.value)


def test_paths_are_relative_to_the_file_and_names_are_not_paths(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "c.toml"
    path.parent.mkdir()
    path.write_text(MINIMAL.replace('{ kind = "lrisc" }', '{ kind = "lrisc", model = "../m" }, { model = "small" }'))
    campaign = read_campaign(path)
    assert campaign.pictures == (str(path.parent),)
    assert [table["model"] for table in campaign.systems] == [str(tmp_path / "m"), "small"]
    assert read_campaign(path, [Path("other.png")]).pictures == ("other.png",)


@given(st.integers(1, 10_000), st.integers(1, 10_000))
def test_a_ratio_is_itself(over: int, under: int) -> None:
    if over <= under:
        assert ratio(f"{over}/{under}") == over / under
    else:
        with pytest.raises(ConfigurationError):
            ratio(f"{over}/{under}")


@given(st.dictionaries(st.text(max_size=12), st.none() | st.integers() | st.text(max_size=5), max_size=4))
def test_any_table_makes_a_system_or_a_configuration_error(table: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError):
        systems.make(table)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"kind": "lrisk"}, "did you mean lrisc"),
        ({"kind": "zzz"}, "there are lrisc"),
        ({"kind": "lrisc", "stepps": [0]}, "did you mean steps"),
        ({"kind": "lrisc", "mode": "average"}, "mode"),
        ({"kind": "lrisc", "steps": [0, 9]}, "system lrisc: steps must be within 0 to 8, not 9"),
        ({"kind": "lrisc", "steps": [1, 1]}, "system lrisc: steps are different numbers"),
        ({"kind": "lrisc", "steps": []}, "system lrisc: steps are different numbers"),
        ({"kind": "lrisc", "start": "nois"}, "start"),
        ({"kind": "lrisc", "perception": 1.5}, "system lrisc: perception must be within 0 and 1"),
        ({"kind": "lrisc", "name": 3}, "name"),
        ({"kind": "deepjscc"}, "model"),
    ],
)
def test_a_wrong_system_is_named(table: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        systems.make(table)


def test_two_systems_of_one_name_are_refused(blocks: list[object]) -> None:
    with pytest.raises(ConfigurationError, match="two systems are called x"):
        systems.make_all(({"kind": "blocks", "name": "x"}, {"kind": "blocks", "name": "x"}))

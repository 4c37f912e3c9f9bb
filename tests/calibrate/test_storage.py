# SPDX-License-Identifier: MIT
"""Profiles in files."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from lrisc_sdr.calibrate import storage
from lrisc_sdr.calibrate.profile import Delay, Device, Frequency, FrequencyRow, Iq, Profile, Provenance, Side
from lrisc_sdr.calibrate.storage import default_path, find_profile, read_profile, update_profile
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.radio.identity import Identity

IDENTITY = Identity("pluto", "PlutoSDR Rev.C (Z7010-AD9363A)", "1044/AB")
SOURCE = Provenance("2026-11-23T00:00:00Z", "lrisc-sdr 0", "itself", "pluto256", 4e6, 2.45e9, 2.45e9, 40.0, None)
FREQUENCY = Frequency(
    -12.345678901, 0.001, "bursts", (FrequencyRow(0.0, -12.3), FrequencyRow(0.1, -12.4)), SOURCE, -12.0
)
SIDE = Side((0.01, -0.02), (0.0, 0.001), -33.0, -70.0, -60.0, -90.0, SOURCE)
EXAMPLES = Path(storage.__file__).parents[2] / "calibration"


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "new" / "one.toml"
    written = update_profile(path, IDENTITY, frequency=FREQUENCY, iq=Iq(rx=SIDE))
    assert written.frequency == FREQUENCY
    read = read_profile(path)
    assert read.tables == ("frequency", "iq")
    assert read.frequency is not None
    assert read.frequency.crystal_ppm == pytest.approx(FREQUENCY.crystal_ppm)
    assert read.frequency.rows == FREQUENCY.rows
    assert read.iq == Iq(rx=SIDE)
    assert [p.name for p in path.parent.iterdir()] == ["one.toml"]


def test_other_calibrations_tables_stay(tmp_path: Path) -> None:
    path = tmp_path / "one.toml"
    update_profile(path, IDENTITY, frequency=FREQUENCY)
    update_profile(path, IDENTITY, iq=Iq(rx=SIDE))
    update_profile(path, IDENTITY, iq=Iq(tx=SIDE))
    profile = read_profile(path)
    assert profile.tables == ("frequency", "iq")
    assert profile.iq == Iq(SIDE, SIDE)


def test_two_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "one.toml"
    tables = [{"frequency": FREQUENCY}, {"iq": Iq(rx=SIDE)}, {"delay": Delay(1.0, 1e-6, 0.0, (1.0,), SOURCE)}]
    threads = [threading.Thread(target=update_profile, args=(path, IDENTITY), kwargs=t) for t in tables]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read_profile(path).tables == ("frequency", "iq", "delay")


def test_another_devices_profile_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "one.toml"
    update_profile(path, IDENTITY, frequency=FREQUENCY)
    before = path.read_bytes()
    with pytest.raises(ConfigurationError, match="choose another"):
        update_profile(path, Identity("pluto", IDENTITY.model, "other"), frequency=FREQUENCY)
    assert path.read_bytes() == before


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "one.toml"
    update_profile(path, IDENTITY, frequency=FREQUENCY)
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage.os, "fsync", full)
    with pytest.raises(ConfigurationError, match="No space left"):
        update_profile(path, IDENTITY, iq=Iq(rx=SIDE))
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["one.toml"]


def test_serial_number_before_model(user: Path) -> None:
    assert find_profile(IDENTITY) is None
    model = user / "plutosdr-rev-c-z7010-ad9363a.toml"
    update_profile(model, Identity("pluto", IDENTITY.model), frequency=FREQUENCY)
    assert find_profile(IDENTITY) == model
    assert default_path(IDENTITY) == user / "1044-ab.toml"
    update_profile(default_path(IDENTITY), IDENTITY, frequency=FREQUENCY)
    assert find_profile(IDENTITY) == user / "1044-ab.toml"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[device\n", "cannot be read"),
        ("", "device"),
        ('[device]\nradio = "pluto"\nmodel = "x"\n[frequenzy]\n', "did you mean frequency"),
        ('[device]\nradio = "pluto"\nmodel = "x"\n[delay]\nsamples = "many"\n', "delay"),
        ('[device]\nradio = "pluto"\nmodel = "x"\n[iq.rx]\nimages = [0, 0]\n', "did you mean iq.rx.image"),
    ],
)
def test_what_is_no_profile_is_one_line(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "one.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=message) as caught:
        read_profile(path)
    assert str(path) in str(caught.value)


def test_figures_that_no_device_has_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="image"):
        Profile(Device("pluto", "x"), iq=Iq(rx=Side((0.6, 0.0), (0.0, 0.0), 0.0, 0.0, 0.0, 0.0, SOURCE)))


@pytest.mark.parametrize("path", sorted(EXAMPLES.rglob("*.toml")), ids=lambda path: path.name)
def test_shipped_profiles_are_profiles(path: Path) -> None:
    assert read_profile(path).tables


def test_the_documented_profile_is_one(tmp_path: Path) -> None:
    _, _, rest = (EXAMPLES / "README.md").read_text(encoding="utf-8").partition("```toml\n")
    text = rest.partition("```")[0]
    # Every table has a provenance; the page shows it once.
    (provenance,) = [part for part in text.split("\n\n") if part.startswith("[frequency.provenance]")]
    for name in ("rx_gain", "tx_power", "iq.rx", "delay", "snr"):
        text += "\n" + provenance.replace("frequency", name, 1) + "\n"
    (tmp_path / "documented.toml").write_text(text, encoding="utf-8")
    profile = read_profile(tmp_path / "documented.toml")
    assert profile.tables == ("frequency", "rx_gain", "tx_power", "iq", "delay", "snr")

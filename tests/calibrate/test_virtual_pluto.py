# SPDX-License-Identifier: MIT
"""Calibrations of Plutos made of software, whose truth is known."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lrisc_sdr.calibrate.applying import calibration_of, open_calibrated
from lrisc_sdr.calibrate.imbalance import image_by_circularity
from lrisc_sdr.calibrate.link import End, Link
from lrisc_sdr.calibrate.measure_delay import measure_delay
from lrisc_sdr.calibrate.measure_rx_gain import measure_rx_gain
from lrisc_sdr.calibrate.measure_snr import measure_snr
from lrisc_sdr.calibrate.measure_tx_power import measure_tx_power
from lrisc_sdr.calibrate.procedures import What, Wish, calibrate
from lrisc_sdr.calibrate.profile import Frequency, Iq
from lrisc_sdr.calibrate.storage import read_profile
from lrisc_sdr.channel import ChannelSpec, preset
from lrisc_sdr.clipping import clipping_distortion
from lrisc_sdr.errors import ConfigurationError, FramesFailed, TransmitRefused
from lrisc_sdr.radio.settings import RadioConfig
from lrisc_sdr.virtual_pluto import FrontEnd, Imbalance, VirtualPluto, VirtualSettings
from lrisc_sdr.waveform import waveform

pytest.importorskip("iio", reason="libiio and pylibiio are not installed", exc_type=Exception)
pytest.importorskip("adi", reason="pyadi-iio is not installed")
pytestmark = pytest.mark.usefixtures("user")

WAVEFORM = waveform("pluto256")
CRYSTALS_PPM = (-17.37, 3.1)
IMBALANCED = FrontEnd(Imbalance(0.4, 2.0), Imbalance(-0.3, 1.5), 0.01 + 0.004j, -0.006j)


def quiet(stage: str, done: int, total: int | None) -> None:
    pass


def config(uri: str, **changes: object) -> RadioConfig:
    return replace(RadioConfig(radio="pluto", uri=uri, tx_attenuation_db=10.0), **changes)


def on_itself(uri: str, what: str = "test") -> Link:
    return Link(End(config(uri)), End(config(uri)), WAVEFORM, True, what)


@pytest.fixture
def pair() -> Iterator[VirtualPluto]:
    with VirtualPluto(VirtualSettings(preset("desk"), 2, crystal_ppm=CRYSTALS_PPM)) as plutos:
        yield plutos


def test_a_crystal_against_a_partners(pair: VirtualPluto, user: Path) -> None:
    device, partner = (config(uri) for uri in pair.uris)
    outcome = calibrate(Wish(What.frequency, device, partner, WAVEFORM, True), None, quiet)
    assert isinstance(outcome.table, Frequency)
    assert outcome.table.crystal_ppm == pytest.approx(CRYSTALS_PPM[0] - CRYSTALS_PPM[1], abs=0.1)
    assert outcome.table.clock_ppm == pytest.approx(CRYSTALS_PPM[0] - CRYSTALS_PPM[1], abs=1.0)
    assert outcome.path == user / "virtual-0.toml"
    # Applied, the crystals are the same to the hertz that the driver takes.
    radio = open_calibrated(device)
    radio.configure(device.settings(WAVEFORM))
    first, second = (station.crystal.scale for station in pair.stations)
    assert (first / second - 1) * 1e6 == pytest.approx(0.0, abs=0.02)
    radio.close()
    # A second time the same is found, though the device is corrected already.
    again = calibrate(Wish(What.frequency, device, partner, WAVEFORM, True), None, quiet)
    assert again.table.crystal_ppm == pytest.approx(outcome.table.crystal_ppm, abs=0.01)


def test_a_crystal_against_a_carrier(pair: VirtualPluto) -> None:
    import adi

    sender = adi.Pluto(pair.uris[1])
    sender.sample_rate = 4_000_000
    sender.tx_lo = 2_450_000_000
    sender.tx_hardwaregain_chan0 = -20
    sender.tx_cyclic_buffer = True
    sender.tx(8192.0 * np.exp(2j * np.pi * np.arange(4096) / 64))
    true_hz = (2.45e9 + 4e6 / 64) * (1 + CRYSTALS_PPM[1] * 1e-6)
    wish = Wish(What.frequency, config(pair.uris[0], rx_gain_db=40.0), None, WAVEFORM, False, true_hz)
    outcome = calibrate(wish, None, quiet)
    assert outcome.table.crystal_ppm == pytest.approx(CRYSTALS_PPM[0], abs=0.1)
    sender.tx_destroy_buffer()


def test_no_carrier_is_said_and_leaves_no_profile(pair: VirtualPluto, user: Path) -> None:
    wish = Wish(What.frequency, config(pair.uris[0]), None, WAVEFORM, False, 2.45e9)
    with pytest.raises(FramesFailed, match="no carrier"):
        calibrate(wish, None, quiet)
    assert not user.exists()


def test_the_noise_floor_at_every_gain_without_sending() -> None:
    front = FrontEnd(rx_imbalance=Imbalance(0.2, 1.0), noise_dbfs=-55.0, converter_noise_dbfs=-64.0)
    with VirtualPluto(VirtualSettings(ChannelSpec(), front_ends=(front,))) as plutos:
        receiver = End(config(plutos.uris[0]))
        with Link(None, receiver, WAVEFORM, False, "test") as link:
            found = measure_rx_gain(link, (0, 20, 40, 60, 300), "nobody", quiet)
        station = plutos.stations[0]
    assert [row.gain_db for row in found.rows] == [0, 20, 40, 60]
    for row in found.rows:
        front_end = station.receiver.noise_power * 10 ** ((row.gain_db - 40) / 10)
        power = (1 + abs(station.receiver.image_gain) ** 2) * (front_end + 10**-6.4) + 2.0**-22 / 6
        assert row.noise_dbfs == pytest.approx(10 * math.log10(power), abs=0.1)
        assert row.input_dbfs == row.noise_dbfs - row.gain_db
    assert found.gain_db == 60


def test_images_and_leaks(user: Path) -> None:
    with VirtualPluto(VirtualSettings(preset("desk"), front_ends=(IMBALANCED,))) as plutos:
        device = config(plutos.uris[0])
        outcome = calibrate(Wish(What.iq, device, None, WAVEFORM, True), None, quiet)
        station = plutos.stations[0]
        assert isinstance(outcome.table, Iq)
        assert outcome.table.rx is not None
        assert outcome.table.tx is not None
        for side, truth in ((outcome.table.rx, station.receiver), (outcome.table.tx, station.transmitter)):
            assert 20 * math.log10(abs(complex(*side.image) - truth.image_gain)) < -50
            assert side.corrected_image_dbc < -50 < side.image_dbc
            assert abs(complex(*side.dc) - truth.dc_level) < 5e-4
            assert side.corrected_dc_dbfs < side.dc_dbfs - 20
        # What every command then receives has no image: its noise is circular.
        known = replace(device, rx_gain_db=outcome.table.rx.provenance.rx_gain_db)
        radio = open_calibrated(known)
        radio.configure(known.settings(WAVEFORM))
        radio.receive(1 << 18)
        image, leak = image_by_circularity(radio.receive(1 << 21))
        assert 20 * math.log10(abs(image)) < -50
        assert abs(leak) < 1e-4
        radio.close()


def test_a_receivers_image_without_sending() -> None:
    with VirtualPluto(VirtualSettings(preset("desk"), front_ends=(IMBALANCED,))) as plutos:
        outcome = calibrate(Wish(What.iq, config(plutos.uris[0]), None, WAVEFORM, False), None, quiet)
        assert outcome.table.tx is None
        assert outcome.table.rx.corrected_image_dbc < -50


def test_the_delay_of_the_air_is_in_that_of_the_device() -> None:
    found = []
    for delay_s in (0.0, 250.4e-6):
        with (
            VirtualPluto(VirtualSettings(preset("cable"), delay_s=delay_s)) as plutos,
            on_itself(plutos.uris[0]) as link,
        ):
            found.append(measure_delay(link, quiet))
    assert found[1].samples - found[0].samples == pytest.approx(250.4e-6 * 4e6, abs=0.2)
    assert found[1].spread_samples < 1.0
    assert found[1].seconds == pytest.approx(found[1].samples / 4e6)


def test_the_receivers_snr_is_that_of_the_channel() -> None:
    spec = replace(preset("awgn"), snr_db=30.0)
    with VirtualPluto(VirtualSettings(spec)) as plutos, on_itself(plutos.uris[0]) as link:
        found = measure_snr(link, (10, 16, 22, 28, 34), "itself", quiet)
    for row in found.rows:
        assert row.estimated_db == pytest.approx(30.0 - (row.attenuation_db - 10.0), abs=0.3)
        assert row.expected_db == pytest.approx(30.0 - (row.attenuation_db - 10.0), abs=0.3)
    assert found.worst_error_db < 0.3


def test_the_knee_is_where_the_amplifier_begins_to_clip() -> None:
    # A limiter 8 dB above bursts that are sent 12 dB below full scale with the reference attenuation.
    spec = replace(preset("awgn"), snr_db=35.0, clip_db=8.0)
    with VirtualPluto(VirtualSettings(spec)) as plutos, on_itself(plutos.uris[0]) as link:
        found = measure_tx_power(link, (0, 4, 8, 12, 24), (12,), "itself", quiet)
    evm_db = {row.attenuation_db: row.evm_db for row in found.rows}
    for attenuation_db in (0, 4):
        ratio = 10 ** ((8.0 + attenuation_db - 10.0) / 20)
        limited_db = 10 * math.log10(clipping_distortion(ratio) * WAVEFORM.n_used / WAVEFORM.n_fft)
        # The pilots' estimate of the channel takes what is common out.
        assert evm_db[attenuation_db] == pytest.approx(limited_db, abs=1.5)
    assert evm_db[24] == pytest.approx(-(35.0 - 14.0), abs=0.5)
    assert found.attenuation_db in (8, 12)
    assert found.evm_db == evm_db[found.attenuation_db]


@pytest.mark.parametrize("what", [What.frequency, What.tx_power, What.delay, What.snr])
def test_nothing_is_sent_unless_it_is_asked_for(what: What, pair: VirtualPluto, user: Path) -> None:
    partner = config(pair.uris[1]) if what is What.frequency else None
    before = replace(pair.stations[0].state)
    with pytest.raises(TransmitRefused, match="--transmit"):
        calibrate(Wish(what, config(pair.uris[0]), partner, WAVEFORM, False), None, quiet)
    assert pair.stations[0].state == before
    assert not user.exists()


def test_what_the_guard_refuses_is_left_out(user: Path) -> None:
    allowed = user.parents[1] / "allow.toml"
    allowed.write_text(allowed.read_text().replace("least_attenuation_db = 0", "least_attenuation_db = 9"))
    with VirtualPluto(VirtualSettings(preset("cable"))) as plutos, on_itself(plutos.uris[0]) as link:
        found = measure_tx_power(link, (0, 10), (12,), "itself", quiet)
        assert [row.attenuation_db for row in found.rows] == [10]
        with pytest.raises(TransmitRefused, match="9 dB or more"):
            measure_tx_power(link, (0, 5), (12,), "itself", quiet)


def test_a_profile_fills_what_was_left_open(pair: VirtualPluto, user: Path) -> None:
    from lrisc_sdr.calibrate.profile import GainRow, PowerRow, RxGain, TxPower
    from lrisc_sdr.calibrate.storage import update_profile
    from lrisc_sdr.radio.identity import identify

    from .test_storage import SOURCE

    identity = identify("pluto", pair.uris[0])
    update_profile(
        user / "virtual-0.toml",
        identity,
        rx_gain=RxGain(45.0, -50.0, (GainRow(45.0, -50.0, -95.0),), SOURCE),
        tx_power=TxPower(15.0, 9.0, -35.0, (PowerRow(15.0, 9.0, -35.0),), SOURCE),
    )
    open_ended = RadioConfig(radio="pluto", uri=pair.uris[0])
    found = calibration_of(open_ended)
    assert (found.config.rx_gain_db, found.config.tx_attenuation_db, found.config.tx_backoff_db) == (45.0, 15.0, 9.0)
    assert found.config.calibration == str(user / "virtual-0.toml")
    given = calibration_of(replace(open_ended, rx_gain_db=20.0, tx_attenuation_db=50.0)).config
    assert (given.rx_gain_db, given.tx_attenuation_db, given.tx_backoff_db) == (20.0, 50.0, None)
    unwanted = calibration_of(replace(open_ended, calibration="none"))
    assert unwanted.profile is None
    assert unwanted.config.rx_gain_db is None
    none = calibration_of(RadioConfig(radio="pluto", uri=pair.uris[1]))
    assert "there is none" in none.note
    with pytest.raises(ConfigurationError, match="serial virtual-0, and the radio is"):
        calibration_of(RadioConfig(radio="pluto", uri=pair.uris[1], calibration=str(user / "virtual-0.toml")))
    assert read_profile(user / "virtual-0.toml").tables == ("rx_gain", "tx_power")

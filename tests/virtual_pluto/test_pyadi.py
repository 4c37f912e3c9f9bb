# SPDX-License-Identifier: MIT
"""Two radios under pyadi-iio: what one sends, the other hears, as physics has it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lrisc_sdr.channel import ChannelSpec
from lrisc_sdr.virtual_pluto import VirtualPluto, VirtualSettings

adi = pytest.importorskip("adi", reason="pyadi-iio is not installed: pip install 'lrisc-sdr[radio]'")

RATE_SPS = 4_000_000
N = 8192
TONE = 8192.0 * np.exp(2j * np.pi * np.arange(N) * 512 / N)  # a quarter of full scale, RATE / 16

Opener = Callable[[VirtualSettings], tuple[VirtualPluto, list[Any]]]


@pytest.fixture
def radios() -> Iterator[Opener]:
    served: list[VirtualPluto] = []
    opened: list[Any] = []

    def start(settings: VirtualSettings) -> tuple[VirtualPluto, list[Any]]:
        served.append(VirtualPluto(settings))
        for uri in served[-1].uris:
            radio = adi.Pluto(uri)
            radio.sample_rate = RATE_SPS
            radio.rx_lo = radio.tx_lo = 2_450_000_000
            radio.gain_control_mode_chan0 = "manual"
            radio.rx_hardwaregain_chan0, radio.tx_hardwaregain_chan0 = 40, -10
            radio.rx_buffer_size = N
            opened.append(radio)
        return served[-1], opened

    yield start
    for radio in opened:
        radio.tx_destroy_buffer()
        radio.rx_destroy_buffer()
    for pluto in served:
        pluto.close()


def send_for_ever(radio: Any, samples: NDArray[np.complex128]) -> None:
    radio.tx_cyclic_buffer = True
    radio.tx(samples)


def level_dbfs(radio: Any) -> float:
    """Of the next buffer without its first samples, which were on their way when settings changed."""
    return float(10.0 * np.log10(np.mean(np.abs(radio.rx()[32:] / 2048.0) ** 2) + 1e-12))


def frequency_hz(samples: NDArray[np.complex128]) -> float:
    return float(np.angle(np.vdot(samples[:-1], samples[1:])) / (2.0 * np.pi) * RATE_SPS)


def test_settings_are_read_back(radios: Opener, quiet: VirtualSettings) -> None:
    _, (radio, _) = radios(quiet)
    assert (radio.sample_rate, radio.rx_lo, radio.tx_hardwaregain_chan0) == (RATE_SPS, 2_450_000_000, -10)
    radio.sample_rate = 1_000_000
    assert radio.sample_rate == 1_000_000


def test_levels_follow_attenuation_and_gain_and_powerdown(radios: Opener, quiet: VirtualSettings) -> None:
    _, (sender, receiver) = radios(quiet)
    send_for_ever(sender, TONE)
    assert level_dbfs(receiver) == pytest.approx(-12.04, abs=0.1)
    sender.tx_hardwaregain_chan0 = -30
    assert level_dbfs(receiver) == pytest.approx(-32.04, abs=0.1)
    receiver.rx_hardwaregain_chan0 = 50
    assert level_dbfs(receiver) == pytest.approx(-22.04, abs=0.1)
    sender._ctrl.find_channel("altvoltage1", True).attrs["powerdown"].value = "1"
    assert level_dbfs(receiver) < -100.0


def test_a_level_above_full_scale_is_clipped(radios: Opener, quiet: VirtualSettings) -> None:
    _, (sender, receiver) = radios(quiet)
    send_for_ever(sender, TONE)
    receiver.rx_hardwaregain_chan0 = 60
    samples = receiver.rx()
    assert samples.real.max() == 2047
    assert samples.real.min() == -2048


def test_crystals_shift_the_carrier_and_xo_correction_brings_it_back(radios: Opener, quiet: VirtualSettings) -> None:
    _, (sender, receiver) = radios(replace(quiet, crystal_ppm=(20.0, 0.0)))
    send_for_ever(sender, TONE)
    tone_hz = RATE_SPS / 16
    assert frequency_hz(receiver.rx()) == pytest.approx((tone_hz + 2.45e9) * (1.0 + 20e-6) - 2.45e9, abs=2.0)
    sender._ctrl.attrs["xo_correction"].value = str(40_000_800)
    assert frequency_hz(receiver.rx()) == pytest.approx(tone_hz, abs=2.0)


def test_pushed_buffers_are_one_signal_without_a_gap(radios: Opener, quiet: VirtualSettings) -> None:
    _, (sender, receiver) = radios(quiet)
    n_buffers = 6
    phase = 2.0 * np.pi * 0.0123 * np.arange(n_buffers * N)
    sent = 8192.0 * np.exp(1j * phase)

    def send() -> None:
        for buffer in sent.reshape(n_buffers, N):
            sender.tx(buffer)

    thread = threading.Thread(target=send)
    receiver.rx()
    thread.start()
    buffers = []
    while thread.is_alive():
        buffers.append(receiver.rx())
    heard = np.concatenate([*buffers, *(receiver.rx() for _ in range(8))])
    on = np.flatnonzero(np.abs(heard) > 100)
    assert on[-1] - on[0] + 1 == sent.size
    np.testing.assert_allclose(heard[on[0] : on[-1] + 1], sent / 16.0, atol=2.0)


def test_image_and_carrier_leak_are_those_of_the_truth(radios: Opener, quiet: VirtualSettings) -> None:
    spec = ChannelSpec(image_dbc=-28.0, dc_dbc=-30.0)
    plutos, (sender, receiver) = radios(replace(quiet, channel=spec))
    send_for_ever(sender, TONE)
    spectrum = np.fft.fft(receiver.rx() / 2048.0) / N
    truth = plutos.stations[1].receiver
    transmitter = plutos.stations[0].transmitter
    phase = spectrum[512] / np.abs(spectrum[512])
    image = spectrum[-512] / np.abs(spectrum[512])
    expected = transmitter.image_gain + truth.image_gain  # the path has the gain 1 and no phase
    assert image * phase == pytest.approx(expected, abs=2e-3)
    assert spectrum[0] == pytest.approx(transmitter.dc_level + truth.dc_level, abs=1e-3)


def test_noise_has_the_power_of_the_snr(radios: Opener, quiet: VirtualSettings) -> None:
    plutos, (_, receiver) = radios(replace(quiet, channel=ChannelSpec(snr_db=20.0)))
    expected = 10.0 * np.log10(plutos.stations[1].receiver.noise_power)
    assert np.mean([level_dbfs(receiver) for _ in range(4)]) == pytest.approx(expected, abs=0.3)


def test_two_ways_of_hearing(radios: Opener, quiet: VirtualSettings) -> None:
    _, (sender, _) = radios(replace(quiet, crosstalk_db=-6.0))
    send_for_ever(sender, TONE)
    assert level_dbfs(sender) == pytest.approx(-18.04, abs=0.1)


def test_one_radio_hears_itself_and_two_do_not(radios: Opener, quiet: VirtualSettings) -> None:
    _, (alone,) = radios(replace(quiet, n_radios=1))
    send_for_ever(alone, TONE)
    assert level_dbfs(alone) == pytest.approx(-12.04, abs=0.1)


def test_dropped_buffers_set_the_register_until_it_is_cleared(radios: Opener, quiet: VirtualSettings) -> None:
    spec = ChannelSpec(drop_interval_s=20 * N / RATE_SPS)
    _, (_, receiver) = radios(replace(quiet, channel=spec))
    core = receiver._rxadc
    for _ in range(30):
        receiver.rx()
    assert core.reg_read(0x80000088) == 4
    core.reg_write(0x80000088, 4)
    assert core.reg_read(0x80000088) == 0


def heard_after_losses(radios: Opener, settings: VirtualSettings) -> tuple[Any, list[int]]:
    """How many buffers are missing before each of fifty, from a signal that numbers them; and the receiver."""
    _, (sender, receiver) = radios(settings)
    numbered = np.repeat(np.arange(1, 65), N) * (400.0 + 0j)
    send_for_ever(sender, numbered)
    numbers = [round(receiver.rx()[N // 2].real / 25.0) for _ in range(50)]
    return receiver, [(after - before) % 64 - 1 for before, after in pairwise(numbers)]


def test_a_buffer_is_lost_alone(radios: Opener, quiet: VirtualSettings) -> None:
    spec = ChannelSpec(drop_interval_s=10 * N / RATE_SPS)
    _, lost = heard_after_losses(radios, replace(quiet, channel=spec))
    assert lost.count(1) >= 3
    assert sum(lost) == pytest.approx(5, abs=2)


def test_several_buffers_are_lost_in_a_row(radios: Opener, quiet: VirtualSettings) -> None:
    spec = ChannelSpec(drop_interval_s=20 * N / RATE_SPS)
    receiver, lost = heard_after_losses(radios, replace(quiet, channel=spec, longest_drop=8))
    assert 1 < max(lost) <= 16
    assert lost.count(0) > 40
    assert receiver._rxadc.reg_read(0x80000088) == 4


def test_a_transmitter_that_runs_dry_sets_its_register_until_it_is_cleared(
    radios: Opener, quiet: VirtualSettings
) -> None:
    _, (sender, receiver) = radios(replace(quiet, patience_s=0.01))
    core = sender._txdac
    sender.tx(TONE)
    assert core.reg_read(0x80000088) == 0
    for _ in range(4):
        receiver.rx()
    sender.tx(TONE)
    assert core.reg_read(0x80000088) == 1
    assert receiver._rxadc.reg_read(0x80000088) == 0
    core.reg_write(0x80000088, 1)
    assert core.reg_read(0x80000088) == 0


def test_a_receiver_begins_with_what_is_left_from_before(radios: Opener, quiet: VirtualSettings) -> None:
    _, (sender, receiver) = radios(replace(quiet, stale_buffers=2))
    send_for_ever(sender, TONE)
    levels = [level_dbfs(receiver) for _ in range(3)]
    assert levels[0] < -100.0
    assert levels[1] < -100.0
    assert levels[2] == pytest.approx(-12.04, abs=0.1)


def test_automatic_gain_finds_the_level(radios: Opener, quiet: VirtualSettings) -> None:
    _, (sender, receiver) = radios(quiet)
    sender.tx_hardwaregain_chan0 = -30
    send_for_ever(sender, TONE)
    receiver.gain_control_mode_chan0 = "slow_attack"
    receiver.rx()
    assert level_dbfs(receiver) == pytest.approx(-12.0, abs=1.0)
    assert receiver.rx_hardwaregain_chan0 == 60


def test_paced_time_is_the_wall_s_and_a_late_reader_loses_buffers(radios: Opener, quiet: VirtualSettings) -> None:
    plutos, (_, receiver) = radios(replace(quiet, paced=True))
    receiver.rx()
    before_s = plutos.time_s
    threading.Event().wait(5 * N / RATE_SPS + 0.1)
    receiver.rx()
    assert plutos.time_s - before_s > 5 * N / RATE_SPS
    assert [receiver.rx() for _ in range(8)]
    assert receiver._rxadc.reg_read(0x80000088) & 4

# SPDX-License-Identifier: MIT
"""The digital link through the modem: whole above its cliff, reported failed below it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from lrisc_sdr import framing, phy
from lrisc_sdr.baselines.digital import DigitalLink
from lrisc_sdr.baselines.ideal import IdealLink
from lrisc_sdr.baselines.mcs import MCS_TABLE, best_mcs, thresholds_db
from lrisc_sdr.channel import Channel, ChannelSpec
from lrisc_sdr.errors import ConfigurationError, LriscError, PictureLost, SideInformationLost, UnknownModel
from lrisc_sdr.evaluation.pixels import psnr_db
from lrisc_sdr.evaluation.system import System
from lrisc_sdr.types import ByteArray, ReceivedLatents
from lrisc_sdr.waveform import waveform
from tests.conftest import smooth_pictures

CBR = 1 / 12


@pytest.fixture(scope="module")
def image() -> ByteArray:
    return np.ascontiguousarray(smooth_pictures(1)[0].transpose(1, 2, 0))


def over_the_air(system: System, image: ByteArray, told_db: float, true_db: float) -> ReceivedLatents:
    """One picture through framing, modem and AWGN."""

    def budget(side_bytes: int) -> int:
        return framing.plan(*image.shape[:2], CBR, side_bytes, told_db).payload_symbols

    latents = system.encode(image, told_db, budget)
    assert latents.symbols.size <= budget(len(latents.rate_map))
    frames = framing.segment(latents, 7, told_db)
    assert framing.cbr_frame(frames, *image.shape[:2]) <= CBR
    chosen = waveform("pluto256")
    channel = Channel(ChannelSpec(snr_db=true_db), chosen.rate_sps, chosen.noise_var, seed=3)
    silence = np.zeros(500, dtype=np.complex64)
    sent = np.concatenate([silence, *(phy.transmit(frame, chosen) for frame in frames), silence])
    received = phy.receive(np.concatenate([channel.process(sent), channel.flush()]), chosen)
    assembler = framing.Assembler()
    pictures = [assembler.add(frame) for frame in received]
    done = [picture for picture in pictures if picture is not None] + assembler.flush()
    assert len(done) == 1
    return done[0]


@pytest.mark.parametrize("codec", ["avif", "webp", "jpeg2000"])
def test_a_picture_arrives_exactly_above_the_cliff(codec: str, image: ByteArray) -> None:
    system = DigitalLink(codec)
    received = over_the_air(system, image, 12.0, 12.0)
    picture = system.decode(received)
    assert picture.shape == image.shape
    assert psnr_db(picture, image) > 17
    ideal, _ = IdealLink(codec).picture(image, 12.0, lambda _: received.symbols.size)
    assert psnr_db(ideal, image) > psnr_db(picture, image)


def test_below_the_cliff_the_picture_is_lost(image: ByteArray) -> None:
    system = DigitalLink("webp", fixed_mcs=15)
    assert psnr_db(system.decode(over_the_air(system, image, 14.0, 14.0)), image) > 17
    with pytest.raises(PictureLost):
        system.decode(over_the_air(system, image, 14.0, thresholds_db()[15] - 2.0))


def test_what_contradicts_itself_is_refused(image: ByteArray) -> None:
    system = DigitalLink("webp")
    received = over_the_air(system, image, 12.0, 20.0)
    for rate_map in (b"", b"\xff" + received.rate_map[1:], received.rate_map[:1] + b"\xff\xff\xff", b"\0\0\0\0"):
        with pytest.raises(SideInformationLost):
            system.decode(replace(received, rate_map=rate_map))
    with pytest.raises(UnknownModel):
        DigitalLink("avif").decode(received)
    with pytest.raises(LriscError):
        system.decode(replace(received, noise_var=np.full_like(received.noise_var, np.inf)))


def test_names_and_what_there_is_not() -> None:
    assert DigitalLink("avif").name == "avif-ldpc"
    assert DigitalLink("heif", fixed_mcs=5).name == "heif-ldpc-mcs5"
    assert IdealLink("webp").name == "webp-capacity"
    with pytest.raises(ConfigurationError, match="jpeg2000"):
        DigitalLink("gif")
    with pytest.raises(ConfigurationError):
        DigitalLink("avif", fixed_mcs=29)


def test_thresholds_lie_above_capacity_and_the_best_mcs_below_the_snr_told() -> None:
    capacity = [10 * math.log10(2**row.efficiency - 1) for row in MCS_TABLE]
    gaps = np.array(thresholds_db()) - capacity
    assert np.all((gaps > 0.5) & (gaps < 3.0))
    assert MCS_TABLE[-1].efficiency == pytest.approx(5.5547, abs=1e-4)
    for snr_db in (-2.0, 4.0, 13.0):
        chosen = best_mcs(snr_db, 0.5)
        assert thresholds_db()[chosen.index] <= snr_db - 0.5
    assert best_mcs(-30.0).index == 0
    assert best_mcs(40.0).index == 28

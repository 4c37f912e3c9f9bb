# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("gnuradio")

from lrisc_sdr import channel
from lrisc_sdr.blocks.channel import Channel
from lrisc_sdr.blocks.guard import supervise
from lrisc_sdr.blocks.transmitter import MIN_GAP
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.waveform import waveform

from .graphs import Sink, Source, chain

RNG = np.random.default_rng(3)
SAMPLES = RNG.standard_normal((200_000, 2)).astype(np.float32).view(np.complex64).reshape(-1)


@pytest.mark.parametrize("preset", ["ideal", "awgn", "desk", "room"])
def test_the_block_is_the_function(preset: str) -> None:
    graph = chain(source=Source(SAMPLES, step=9_999), channel=Channel(preset, seed=4), sink=Sink())
    graph.start()
    supervise(graph)
    used = waveform("pluto256")
    expected = channel.Channel(channel.preset(preset), used.rate_sps, used.noise_var, 4).process(SAMPLES)
    assert np.array_equal(graph.sink.samples, expected)


@pytest.mark.parametrize("preset", ["cable", "room"])
def test_what_is_withheld_at_the_end_is_shorter_than_the_shortest_gap(preset: str) -> None:
    used = waveform("pluto256")
    simulated = channel.Channel(channel.preset(preset), used.rate_sps, used.noise_var, 4)
    simulated.process(SAMPLES)
    assert 0 < len(simulated.flush()) < MIN_GAP


def test_the_report_has_the_true_snr() -> None:
    block = Channel("desk", snr_db=12.0, seed=8, waveform="wifi64")
    used = waveform("wifi64")
    taps = channel.Channel(channel.preset("desk"), used.rate_sps, used.noise_var, 8).taps
    carriers = np.exp(-2j * np.pi * np.outer(used.used_carriers, np.arange(len(taps))) / used.n_fft) @ taps
    noise = 10**-1.2 / np.mean(np.abs(carriers) ** 2) + 10**-2.8 + used.clip_distortion
    assert block.report()["snr_db_true"] == pytest.approx(-10 * np.log10(noise), abs=1e-4)
    assert block.report()["cfo_hz_true"] == pytest.approx(49_000)
    assert Channel("ideal").report()["snr_db_true"] is None


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="desk"):
        Channel("dezk")

# SPDX-License-Identifier: MIT
"""Frames cross fading, drifting, clipping and leaking radios, and the first one of a stream is never lost."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lrisc_sdr.capture import open_capture, write_capture
from lrisc_sdr.capture.frame_log import FrameLog
from lrisc_sdr.channel import Channel, ChannelSpec
from lrisc_sdr.channel.clock import interpolate
from lrisc_sdr.coding import HEADER_SYMBOLS
from lrisc_sdr.phy import Receiver, receive, transmit
from lrisc_sdr.runs import plain_receiver
from lrisc_sdr.types import ComplexArray, Frame, ReceivedFrame
from lrisc_sdr.waveform import Waveform


def through(frames: list[Frame], waveform: Waveform, spec: ChannelSpec, *, seed: int = 1, gap: int = 500) -> Any:
    """Bursts in a row through a channel, the first one from the very first sample, c64."""
    link = Channel(spec, waveform.rate_sps, waveform.noise_var, seed)
    silence = np.zeros(gap, np.complex64)
    bursts = [np.concatenate((transmit(frame, waveform), silence)) for frame in frames]
    return np.concatenate([*(link.process(burst) for burst in bursts), link.flush()])


def headers(frames: list[ReceivedFrame] | list[Frame]) -> list[int]:
    return [frame.header.index for frame in frames]


def by_index(received: list[ReceivedFrame], sent: list[Frame]) -> list[tuple[ReceivedFrame, Frame]]:
    known = {frame.header.index: frame for frame in sent}
    return [(frame, known[frame.header.index]) for frame in received]


def measured_snr_db(received: list[ReceivedFrame], sent: list[Frame]) -> float:
    errors = [np.mean(np.abs(r.symbols - s.symbols) ** 2) for r, s in by_index(received, sent)]
    return float(-10.0 * np.log10(np.mean(errors)))


@pytest.mark.parametrize(("snr_db", "least"), [(5.0, 0.9), (10.0, 0.97), (20.0, 0.99)])
def test_frames_cross_two_fading_paths(
    preset: Waveform, make_frame: Any, calibration: Any, snr_db: float, least: float
) -> None:
    # Two Rayleigh paths half a prefix apart, as someone walks by; below -3 dB in all, x = 10^(-(snr_db + 3) / 10) of
    # the mean power, lie 1 - e^(-2x) (1 + 2x) of the frames: 4 % at 5 dB, 0.5 % at 10 dB.
    taps = (math.sqrt(0.5), *[0.0] * (preset.cp_samples // 2 - 1), math.sqrt(0.5))
    spec = ChannelSpec(snr_db=snr_db, taps=taps, rice_db=-math.inf, doppler_hz=10.0, crystal_ppm=3.0)
    frames = [make_frame(800, index) for index in range(120)]
    # Every third frame its own draw: within a second, neighbours would fade together.
    samples = np.concatenate([through(frames[i : i + 3], preset, spec, seed=i) for i in range(0, 120, 3)])
    receiver = Receiver(preset)
    received = receiver.process(samples) + receiver.flush()
    assert len(set(headers(received))) == len(received) >= least * len(frames)
    assert receiver.counters.payload_ok >= least * len(frames)
    assert np.mean([calibration(*pair) for pair in by_index(received, frames)]) == pytest.approx(1.0, abs=0.12)


@pytest.mark.parametrize("sco_ppm", [-125.0, 125.0])
def test_a_clock_offset_of_125_ppm_is_followed(
    preset: Waveform, make_frame: Any, rng: np.random.Generator, calibration: Any, sco_ppm: float
) -> None:
    # Over 400,000 samples the clocks part by 50: more than a prefix of 32 and what is kept beside it.
    rows = 400_000 // preset.symbol_samples
    frames = [make_frame(n, index) for index, n in enumerate((8 * (rows * preset.n_data // 8), 8, 3000))]
    bursts = [np.concatenate((transmit(frame, preset), np.zeros(100, np.complex64))) for frame in frames]
    sent = np.concatenate((np.zeros(700, np.complex64), *bursts, np.zeros(700, np.complex64)))
    positions = 300.0 + np.arange(sent.size - 700) * (1.0 + sco_ppm * 1e-6)
    heard = interpolate(sent, positions) * np.exp(2j * np.pi * 7e3 / preset.rate_sps * np.arange(positions.size))
    noise = rng.standard_normal((heard.size, 2)) @ np.array([1, 1j]) * math.sqrt(preset.noise_var(10.0) / 2)
    receiver = Receiver(preset)
    received = receiver.process((heard + noise).astype(np.complex64)) + receiver.flush()
    assert headers(received) == headers(frames)
    assert receiver.counters.payload_ok == 3
    assert received[0].sco_ppm == pytest.approx(sco_ppm, abs=1.0)
    assert calibration(received[0], frames[0]) == pytest.approx(1.0, abs=0.1)
    # The outermost of 800 carriers then lies 0.05 carriers beside its place, and the others leak into it.
    assert measured_snr_db(received[:1], frames) > 10.0 - (1.0 if preset.n_fft > 1000 else 0.5)


@pytest.mark.parametrize("drift_hz_per_s", [-5000.0, 1000.0, 5000.0])
def test_a_drifting_carrier_is_followed(
    preset: Waveform, make_frame: Any, calibration: Any, drift_hz_per_s: float
) -> None:
    frames = [make_frame(40_000, index) for index in range(2)]
    spec = ChannelSpec(snr_db=20.0, crystal_ppm=10.0, drift_hz_per_s=drift_hz_per_s)
    receiver = Receiver(preset)
    received = receiver.process(through(frames, preset, spec)) + receiver.flush()
    assert headers(received) == [0, 1]
    assert receiver.counters.payload_ok == 2
    assert measured_snr_db(received, frames) > 19.5
    assert np.mean([calibration(*pair) for pair in by_index(received, frames)]) == pytest.approx(1.0, abs=0.1)
    for frame in received:
        first_s = frame.start_sample / preset.rate_sps
        last_s = first_s + preset.frame_samples(40_000) / preset.rate_sps
        offsets = [spec.cfo_hz + drift_hz_per_s * time_s for time_s in (first_s, last_s)]
        tolerance = 1e-3 * preset.rate_sps / preset.n_fft
        assert min(offsets) - tolerance < frame.cfo_hz < max(offsets) + tolerance


@pytest.mark.parametrize("crystal_ppm", [0.0, 3.0, 20.0])
def test_a_leak_10_db_above_the_signal_and_an_image_of_minus_15_dbc(
    preset: Waveform, make_frame: Any, calibration: Any, crystal_ppm: float
) -> None:
    frames = [make_frame(2048, index) for index in range(10)]
    spec = ChannelSpec(snr_db=25.0, crystal_ppm=crystal_ppm, image_dbc=-15.0)
    # The receiver's own leak does not move with the carrier offset: it lies anywhere between two carriers.
    samples = through(frames, preset, spec, gap=2 * preset.symbol_samples) + np.complex64(math.sqrt(10.0) * 1j**0.3)
    receiver = Receiver(preset)
    received = receiver.process(samples) + receiver.flush()
    assert headers(received) == headers(frames)
    assert receiver.counters.detected == len(frames)
    assert np.mean([calibration(*pair) for pair in by_index(received, frames)]) == pytest.approx(1.0, abs=0.25)
    # Transmitter's and receiver's halves of the image add up to -12 dBc at worst.
    assert measured_snr_db(received, frames) > 10.5


@pytest.mark.parametrize(("full_scale_db", "least_snr_db"), [(6.0, 24.0), (0.0, 10.0)])
def test_a_clipping_converter_costs_what_it_distorts(
    preset: Waveform, make_frame: Any, calibration: Any, full_scale_db: float, least_snr_db: float
) -> None:
    frames = [make_frame(4096, index) for index in range(6)]
    spec = ChannelSpec(snr_db=30.0, crystal_ppm=5.0, bits=8, full_scale_db=full_scale_db)
    received = receive(through(frames, preset, spec), preset)
    assert headers(received) == headers(frames)
    assert measured_snr_db(received, frames) > least_snr_db
    ratios = [calibration(*pair) for pair in by_index(received, frames)]
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.25)


@pytest.mark.parametrize("centre", [0.1, -0.3])
def test_a_narrow_interferer_costs_only_its_own_carriers(preset: Waveform, make_frame: Any, centre: float) -> None:
    n_symbols = 40 * preset.n_data
    frames = [make_frame(n_symbols, index) for index in range(6)]
    width = 0.05 * preset.n_used / preset.n_fft
    quiet = ChannelSpec(snr_db=15.0, crystal_ppm=2.0)
    loud = replace(quiet, interference_db=10.0, interference_centre=centre, interference_bandwidth=width)
    errors, variances = [], []
    for spec in (quiet, loud):
        received = receive(through(frames, preset, spec), preset)
        assert headers(received) == headers(frames)
        errors.append(np.mean([np.abs(r.symbols - s.symbols) ** 2 for r, s in by_index(received, frames)], axis=0))
        variances.append(np.mean([r.noise_var for r in received], axis=0))
    # What a transform of n_fft samples sees of the interferer, on its own carriers and, by its side lobes, on others.
    alone = through(frames[:1], preset, replace(loud, snr_db=None)) - through(
        frames[:1], preset, replace(quiet, snr_db=None)
    )
    alone = alone[: alone.size // preset.n_fft * preset.n_fft]
    alone = alone * np.exp(-2j * np.pi * quiet.cfo_hz / preset.rate_sps * np.arange(alone.size))
    spectrum = np.fft.fft(alone.reshape(-1, preset.n_fft), norm="ortho")
    leaked = np.mean(np.abs(spectrum) ** 2, axis=0) / preset.carrier_amplitude**2
    carriers = preset.data_carriers[(HEADER_SYMBOLS + np.arange(n_symbols)) % preset.n_data]
    seen = leaked[carriers]
    beside, inside = seen < 0.1, seen > 3.0
    loss_db = 10.0 * np.log10(errors[1][beside].mean() / (errors[0] + seen)[beside].mean())
    assert loss_db < 0.5
    assert errors[1][beside].mean() / variances[1][beside].mean() == pytest.approx(1.0, abs=0.3)
    assert errors[1][inside].mean() / variances[1][inside].mean() == pytest.approx(1.0, abs=0.5)


@pytest.mark.parametrize("gap", [0, 400])
def test_levels_that_step_by_30_db(preset: Waveform, make_frame: Any, impair: Any, gap: int) -> None:
    frames = [make_frame(800, index) for index in range(8)]
    length = preset.frame_samples(800) + gap
    samples = impair(frames, preset, snr_db=50.0, gap=gap, lead=0, cfo_hz=10e3)
    samples *= np.repeat([1.0, 0.03, 1.0, 1.0, 0.03, 0.03, 1.0, 0.03], length).astype(np.float32)
    assert headers(receive(samples, preset)) == headers(frames)


@pytest.mark.parametrize("snr_db", [8.0, None])
def test_the_first_frame_of_a_stream_is_never_lost(preset: Waveform, make_frame: Any, snr_db: float | None) -> None:
    # Not one sample before the burst, through all that moves its beginning.
    for seed in range(10):
        spec = ChannelSpec(
            snr_db=snr_db,
            crystal_ppm=(-1.0) ** seed * 2.5 * seed,
            n_taps=1 + seed % 4,
            rice_db=6.0,
            image_dbc=-28.0,
            dc_dbc=-20.0,
        )
        frames = [make_frame(800, 0), make_frame(800, 1)]
        received = receive(through(frames, preset, spec, seed=seed, gap=0), preset)
        assert headers(received) == [0, 1]
        assert abs(received[0].start_sample) <= 4


def test_a_stream_that_begins_where_a_filter_has_rung_is_received(preset: Waveform, make_frame: Any) -> None:
    # A radio's filters ring before and after; what rang before the burst's first sample is not in the recording.
    n = np.arange(-20, 21)
    ringing = np.sinc(0.9 * n) * 0.9 * np.hamming(n.size) * np.exp(0.2j * n)
    frames = [make_frame(800, index) for index in range(2)]
    sent = np.concatenate([transmit(frame, preset) for frame in frames])
    samples = np.convolve(sent, ringing)[20:].astype(np.complex64)
    for cut in (0, 3):
        received = receive(samples[cut:], preset)
        assert headers(received) == [0, 1]
        assert received[0].start_sample + cut == pytest.approx(0, abs=4)


class Collector:
    """The decoder's end of the link."""

    def __init__(self) -> None:
        self.frames: list[ReceivedFrame] = []

    def send(self, frame: ReceivedFrame) -> None:
        self.frames.append(frame)

    def flush(self) -> None:
        pass


def test_the_first_frame_of_a_replayed_file_is_never_lost(preset: Waveform, make_frame: Any, tmp_path: Path) -> None:
    frames = [make_frame(800, index) for index in range(3)]
    samples: ComplexArray = through(frames, preset, ChannelSpec(snr_db=15.0, crystal_ppm=20.0, n_taps=3), gap=0)
    write_capture(tmp_path / "first", samples, preset.rate_sps, preset.name)
    collector = Collector()
    capture = open_capture(tmp_path / "first", preset.name, preset.rate_sps)
    log = FrameLog("", preset)
    report = plain_receiver.receive(capture.chunks(), Receiver(preset), collector, log)  # type: ignore[arg-type]
    assert headers(collector.frames) == [0, 1, 2]
    assert report["funnel"]["payload_ok"] == 3

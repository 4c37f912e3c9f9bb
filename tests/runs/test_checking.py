# SPDX-License-Identifier: MIT
"""What `lrisc check` measures, on signals whose faults are known; and captures that are too large to be read."""

from __future__ import annotations

import itertools
import json
import resource
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lrisc_sdr.capture import open_capture, write_capture
from lrisc_sdr.capture.levels import LevelMeter
from lrisc_sdr.capture.spectrogram import SpectrogramMeter
from lrisc_sdr.cli import main
from lrisc_sdr.runs.checking import MAX_SAMPLES, PLACES, check, look_at
from lrisc_sdr.runs.progress import silent
from lrisc_sdr.runs.spectrogram_png import draw, thumbnail
from lrisc_sdr.types import ComplexArray
from lrisc_sdr.waveform import waveform

CAPTURES = Path(__file__).resolve().parents[2] / "captures"


def noise(n_samples: int = 200_000, seed: int = 1) -> ComplexArray:
    """Circular white noise of power 1/100."""
    pairs = np.random.default_rng(seed).standard_normal((n_samples, 2))
    values: ComplexArray = (0.1 / np.sqrt(2) * (pairs @ [1, 1j])).astype(np.complex64)
    return values


def measured(samples: ComplexArray) -> Any:
    meter = LevelMeter()
    for first in range(0, samples.size, 7777):
        meter.add(samples[first : first + 7777])
    return meter.measure()


def test_levels_of_a_clean_signal() -> None:
    levels = measured(noise())
    assert levels.rms_dbfs == pytest.approx(-20.0, abs=0.05)
    assert levels.peak_dbfs == pytest.approx(20 * np.log10(np.abs(noise()).max()), abs=1e-3)
    assert levels.clipped_share == 0.0
    assert levels.dc_dbc < -40
    assert levels.image_dbc < -40


@pytest.mark.parametrize("image_db", [-15.0, -30.0])
@pytest.mark.parametrize("offset", [0.0, 0.003])
def test_the_mirror_image_is_measured_with_and_without_a_frequency_offset(image_db: float, offset: float) -> None:
    signal = noise() * np.exp(2j * np.pi * offset * np.arange(200_000))
    faulty = signal + 10 ** (image_db / 20) * np.exp(0.7j) * signal.conj()
    assert measured(faulty.astype(np.complex64)).image_dbc == pytest.approx(image_db, abs=0.7)


def test_the_carrier_leak_is_measured() -> None:
    assert measured(noise() + np.complex64(0.02 - 0.01j)).dc_dbc == pytest.approx(10 * np.log10(5e-4 / 1e-2), abs=0.3)


def test_clipping_is_measured_at_any_level() -> None:
    samples = noise()
    clipped = np.clip(samples.view(np.float32), -0.15, 0.15).view(np.complex64)
    share = float(np.mean(np.abs(samples.view(np.float32)) >= 0.15))
    assert share > 0.01
    assert measured(clipped).clipped_share == pytest.approx(share)


@pytest.mark.parametrize("samples", [np.zeros(100, np.complex64), np.full(100, 0.5 - 0.5j, np.complex64)])
def test_signals_without_levels(samples: ComplexArray) -> None:
    levels = measured(samples)
    assert levels.rms_dbfs is levels.image_dbc is None


def test_the_occupied_band_is_that_of_what_comes_and_goes() -> None:
    spectrum = np.fft.fft(noise(8192, 3))
    spectrum[(np.fft.fftfreq(8192) < 0.05) | (np.fft.fftfreq(8192) > 0.25)] = 0
    samples = 0.01 * noise(100_000, 4)
    samples += 0.05 * np.exp(-2j * np.pi * 0.3 * np.arange(100_000)).astype(np.complex64)
    samples[20_000:28_192] += np.fft.ifft(spectrum).astype(np.complex64)
    meter = SpectrogramMeter(samples.size, 1e6)
    for first in range(0, samples.size, 3333):
        meter.add(samples[first : first + 3333])
    low, high = meter.measure().occupied_hz() or (0, 0)
    assert low == pytest.approx(50e3, abs=6e3)
    assert high == pytest.approx(250e3, abs=6e3)


def test_a_spectrogram_is_the_same_however_the_samples_come() -> None:
    samples = noise(700_000)
    pictures = []
    for step in (700_000, 1000):
        meter = SpectrogramMeter(samples.size, 1e6, columns=50)
        for first in range(0, samples.size, step):
            meter.add(samples[first : first + step])
        pictures.append(meter.measure())
    assert pictures[0].peak.shape == (49, 512)
    assert np.array_equal(pictures[0].peak, pictures[1].peak)
    assert np.allclose(pictures[0].mean, pictures[1].mean)
    assert pictures[0].mean.sum() / 49 == pytest.approx(0.01 * 1.5, rel=0.02)  # by the window, 1.5 bins wide


def test_places_reach_from_the_first_sample_to_the_last() -> None:
    assert look_at(MAX_SAMPLES) == ((0, MAX_SAMPLES),)
    places = look_at(MAX_SAMPLES * 40)
    assert len(places) == PLACES
    assert (places[0][0], places[-1][1]) == (0, MAX_SAMPLES * 40)
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(places))


@pytest.fixture(scope="module")
def huge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """10 GiB, most of it a hole, with the same bursts at either end."""
    folder = tmp_path_factory.mktemp("huge")
    desk = open_capture(CAPTURES / "desk")
    burst, size = desk.stored.raw(0, desk.n_samples), 10 << 30
    with (folder / "huge.sigmf-data").open("wb") as file:
        file.truncate(size)
        file.write(burst)
        file.seek(size - len(burst))
        file.write(burst)
    metadata = json.loads((CAPTURES / "desk.sigmf-meta").read_text())
    for name in ("core:sha512", "lrisc:sample_count"):
        del metadata["global"][name]
    (folder / "huge.sigmf-meta").write_text(json.dumps(metadata))
    return folder / "huge"


def test_ten_gigabytes_are_looked_at_in_bounded_memory(huge: Path) -> None:
    command = [sys.executable, "-m", "lrisc_sdr.cli", "check", str(huge), "--json"]
    before_kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    document = json.loads(done.stdout)
    assert document["n_samples"] == (10 << 30) // 4
    assert document["looked_share"] == pytest.approx(0.025)
    assert len(document["places"]) == PLACES
    assert document["funnel"]["payload_ok"] == 12
    assert document["frames"][-1]["start"] == pytest.approx(document["n_samples"] - 45_955 + 38_976, abs=16)
    peak_kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert peak_kib < 1 << 20 or peak_kib == before_kib  # of an earlier test's


def test_an_unknown_waveform_is_found_among_all_that_fit(tmp_path: Path) -> None:
    samples = open_capture(CAPTURES / "cut").samples()
    samples.tofile(tmp_path / "x.cf32")
    findings = check(tmp_path / "x.cf32", None, 4e6, silent)
    assert findings.waveform is not None
    assert findings.waveform.name == "pluto256"
    assert findings.funnel.payload_ok == 2
    assert findings.funnel.pictures_partial == 1
    wrong = check(tmp_path / "x.cf32", waveform("wifi64"), 20e6, silent)
    assert (wrong.funnel.detected, wrong.frames) == (0, ())


def test_frames_are_in_boxes_where_they_are(tmp_path: Path) -> None:
    findings = check(CAPTURES / "room-drop", None, None, silent)
    plain = replace(findings, frames=())
    pictures = []
    for number, one in enumerate((findings, plain)):
        draw(one, tmp_path / f"{number}.png")
        pictures.append(np.asarray(Image.open(tmp_path / f"{number}.png").convert("RGB")).astype(int))
    columns = np.flatnonzero(np.abs(pictures[0] - pictures[1]).sum(axis=(0, 2)) > 50_000)
    starts = [columns[0], *(b for a, b in itertools.pairwise(columns) if b > a + 3)]
    assert len(starts) == 6  # two edges of three boxes
    spans = np.diff([frame.start for frame in findings.frames])
    assert (starts[2] - starts[0]) / (starts[4] - starts[2]) == pytest.approx(spans[0] / spans[1], rel=0.02)
    thumbnail(findings.spectrogram, tmp_path / "t.png", 320, 128)
    assert Image.open(tmp_path / "t.png").size == (320, 128)


def test_silence_and_a_single_sample_are_drawn(tmp_path: Path) -> None:
    for name, samples in (("zeros", np.zeros(5000, np.complex64)), ("one", np.ones(1, np.complex64))):
        write_capture(tmp_path / name, samples, 4e6, "pluto256")
        arguments = ["check", str(tmp_path / name), "--spectrogram", str(tmp_path / f"{name}.png")]
        assert main(arguments) == 0
        assert Image.open(tmp_path / f"{name}.png").width > 1000

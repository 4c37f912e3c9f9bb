# SPDX-License-Identifier: MIT
"""The receiver's process behind a radio that goes, comes back, and drops buffers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lrisc_sdr import framing, phy
from lrisc_sdr.channel import preset
from lrisc_sdr.console.figures import Figures
from lrisc_sdr.radio.opening import open_radio
from lrisc_sdr.radio.settings import RadioConfig
from lrisc_sdr.telemetry.subscriber import Subscriber
from lrisc_sdr.types import ComplexArray, Latents
from lrisc_sdr.virtual_pluto import VirtualPluto, VirtualSettings
from lrisc_sdr.waveform import waveform

from ..blocks.decoder import Taker  # noqa: TID252 - the same end of the link

pytest.importorskip("iio", reason="libiio and pylibiio are not installed", exc_type=Exception)
pytest.importorskip("adi", reason="pyadi-iio is not installed")
pytest.importorskip("prometheus_client", reason="prometheus-client is not installed")

WAVEFORM = waveform("pluto256")
SETTINGS = VirtualSettings(preset("desk"), n_radios=2)

Start = Callable[..., "subprocess.Popen[str]"]


def bursts(picture_id: int, repeat: int = 1) -> tuple[ComplexArray, int]:
    """A picture's bursts with silence around each, and how many they are."""
    rng = np.random.default_rng(picture_id)
    symbols = rng.standard_normal((9000, 2)).astype(np.float32).view(np.complex64).reshape(-1) / np.float32(2**0.5)
    frames = framing.segment(Latents(symbols, bytes(50), 96, 64, "0123abcd"), picture_id, 15.0, max_frame_symbols=1500)
    gap = np.zeros(8192 * repeat, np.complex64)
    return np.concatenate([piece for f in frames for piece in (gap, phy.transmit(f, WAVEFORM))] + [gap]), len(frames)


def send(uri: str, samples: ComplexArray) -> None:
    config = RadioConfig(tx_attenuation_db=10.0)
    radio = open_radio("pluto", uri)
    radio.configure(config.settings(WAVEFORM))
    radio.power_up()
    radio.transmit(samples * np.float32(config.amplitude))
    radio.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a receiver on a radio; returns when its first samples have come."""
    started: list[subprocess.Popen[str]] = []

    def run(uri: str, endpoint: str, *words: str) -> subprocess.Popen[str]:
        (tmp_path / "radio.toml").write_text(f'radio = "pluto"\nuri = "{uri}"\nrx_gain_db = 40\ncalibration = "none"\n')
        command = [sys.executable, "-m", "lrisc_sdr.runs.radio_receiver", "--config", str(tmp_path / "radio.toml")]
        command += ["--waveform", WAVEFORM.name, "--endpoint", endpoint, "--progress", *words]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stderr is not None
        assert "samples_received" in process.stderr.readline()
        return process

    yield run
    for process in started:
        process.kill()
        process.wait()


def take(watcher: Subscriber, figures: Figures, seconds: float) -> None:
    """What is told within that time, or is there already."""
    for told in watcher.receive(seconds):
        figures.take(told)


def report_of(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    report: dict[str, Any] = json.loads(out)
    return report


def test_a_radio_that_comes_back_goes_on(start: Start, tmp_path: Path) -> None:
    with Taker(tmp_path) as taker:
        # Two ports in a row, which the second pair of radios takes again.
        with VirtualPluto(SETTINGS, port=30_500 + os.getpid() % 500 * 2) as plutos:
            port = plutos.ports[0]
            process = start(plutos.uris[1], taker.endpoint, "--pictures", "2", "--reconnect-s", "30")
            samples, n_frames = bursts(0)
            send(plutos.uris[0], samples)
            while len(taker.frames) < n_frames:
                time.sleep(0.05)
        with VirtualPluto(SETTINGS, port=port) as plutos:
            while plutos.stations[1].receiving is None:
                time.sleep(0.05)
            samples, n_more = bursts(1)
            send(plutos.uris[0], samples)
            report = report_of(process)
    assert report["reconnects"] == 1
    assert len(taker.frames) == n_frames + n_more
    assert report["frames_missing"] == 0


def test_a_radio_that_stays_away_is_an_error(start: Start, tmp_path: Path) -> None:
    with Taker(tmp_path) as taker:
        with VirtualPluto(SETTINGS) as plutos:
            process = start(plutos.uris[1], taker.endpoint, "--reconnect-s", "0.2")
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 4
    assert "was lost" in errors.splitlines()[-1]


@pytest.fixture
def watcher(monkeypatch: pytest.MonkeyPatch) -> Iterator[Subscriber]:
    with tempfile.TemporaryDirectory(prefix="lrisc-") as short:
        monkeypatch.setenv("XDG_RUNTIME_DIR", short)
        subscriber = Subscriber("here")
        yield subscriber
        subscriber.close()


def test_what_a_receiver_that_stood_still_missed_is_counted(start: Start, watcher: Subscriber, tmp_path: Path) -> None:
    figures = Figures()
    with Taker(tmp_path) as taker, VirtualPluto(VirtualSettings(preset("desk"), n_radios=2, paced=True)) as plutos:
        process = start(plutos.uris[1], taker.endpoint, "--pictures", "3")
        first, n_first = bursts(0)
        # So long that most of it passes while nobody fetches buffers.
        middle, n_middle = bursts(1, repeat=60)
        last, n_last = bursts(2)
        send(plutos.uris[0], first)
        while len(taker.frames) < n_first:
            take(watcher, figures, 0.05)
        process.send_signal(signal.SIGSTOP)
        send(plutos.uris[0], middle[: middle.size // 2])
        process.send_signal(signal.SIGCONT)
        send(plutos.uris[0], middle[middle.size // 2 :])
        send(plutos.uris[0], last)
        while process.poll() is None:
            take(watcher, figures, 0.05)
        take(watcher, figures, 0.05)
        report = report_of(process)
    assert report["buffers_dropped"] >= 1
    dropped = next(family for family in figures.collect() if family.name == "lrisc_rx_overflows")
    assert dropped.samples[0].value == report["buffers_dropped"]
    received = sum(row["frames_received"] for row in report["pictures"].values())
    assert received < n_first + n_middle + n_last
    assert report["frames_missing"] == n_first + n_middle + n_last - received

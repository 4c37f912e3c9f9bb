# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole graphs in the process in which they are run: real bursts, a real channel, a real socket."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("gnuradio")

from lrisc_sdr import framing
from lrisc_sdr.blocks import run
from lrisc_sdr.framing_file import write_frames
from lrisc_sdr.types import Latents, ReceivedLatents

from .decoder import Taker

SNR_DB = 15.0
REPOSITORY = Path(__file__).resolve().parents[2]


def some_latents(n: int = 9000) -> Latents:
    symbols = np.random.default_rng(6).standard_normal((n, 2)).astype(np.float32).view(np.complex64).reshape(-1)
    return Latents(symbols / np.sqrt(2).astype(np.float32), bytes(range(100)), 96, 64, "0123abcd")


def frame_file(folder: Path, pictures: int = 2) -> Path:
    frames = [
        frame
        for picture_id in range(pictures)
        for frame in framing.segment(some_latents(), picture_id, SNR_DB, max_frame_symbols=4096)
    ]
    write_frames(folder / "pictures.frames", frames)
    return folder / "pictures.frames"


def run_process(*arguments: object) -> subprocess.CompletedProcess[str]:
    """In a process of its own, as the commands do it."""
    command = [sys.executable, "-m", "lrisc_sdr.blocks.run", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False, cwd=REPOSITORY)


def run_here(*arguments: object) -> dict[str, Any]:
    """In this process, which does not have to import everything again."""
    out = io.StringIO()
    assert run.main([str(argument) for argument in arguments], out) == 0
    report: dict[str, Any] = json.loads(out.getvalue())
    return report


def assembled(taker: Taker, picture_id: int) -> ReceivedLatents:
    return framing.assemble([frame for frame in taker.frames if frame.header.picture_id == picture_id])


def check_loopback(taker: Taker, report: dict[str, Any]) -> None:
    sent = report["frames_sent"]
    assert sent >= 4
    assert report["frames_received"] == report["frames_forwarded"] == report["frames_acknowledged"] == sent
    assert report["funnel"]["header_ok"] == len(taker.frames) == sent
    for picture_id in range(2):
        row = report["pictures"][str(picture_id)]
        assert row["frames_sent"] == row["frames_received"] == sent / 2
        assert row["air_s"] > 0
        assert row["receive_s"] > 0
        latents, received = some_latents(), assembled(taker, picture_id)
        assert received.rate_map == latents.rate_map
        assert received.snr_db == pytest.approx(report["snr_db_true"], abs=1.0)
        error = np.mean(np.abs(received.symbols - latents.symbols) ** 2)
        assert error == pytest.approx(np.mean(received.noise_var), rel=0.3)
        assert received.cfo_hz == pytest.approx(report["cfo_hz_true"], abs=200.0)


@pytest.mark.parametrize(("channel", "waveform"), [("awgn", "wifi64"), ("desk", "pluto256"), ("cable", "wide1024")])
def test_pictures_cross_the_loopback(channel: str, waveform: str, tmp_path: Path) -> None:
    options = ("--channel", channel, "--snr-db", SNR_DB, "--waveform", waveform, "--seed", 3)
    with Taker(tmp_path) as taker:
        report = run_here("loopback", "--frames", frame_file(tmp_path), "--endpoint", taker.endpoint, *options)
    check_loopback(taker, report)


def test_the_loopback_runs_in_a_process_of_its_own(tmp_path: Path) -> None:
    with Taker(tmp_path) as taker:
        options = ("--snr-db", SNR_DB, "--progress")
        result = run_process("loopback", "--frames", frame_file(tmp_path), "--endpoint", taker.endpoint, *options)
    assert result.returncode == 0, result.stderr
    check_loopback(taker, json.loads(result.stdout))
    assert all("progress" in json.loads(line) for line in result.stderr.splitlines())


def test_what_is_transmitted_is_received_from_its_recording(tmp_path: Path) -> None:
    recording = tmp_path / "sent.sigmf-meta"
    radio = f'radio = "file"\nuri = "{tmp_path / "sent"}"'
    sent = run_here("transmit", "--frames", frame_file(tmp_path), "--radio", radio)
    with Taker(tmp_path) as taker:
        replayed = run_here("replay", "--capture", recording, "--endpoint", taker.endpoint)
        assert replayed["frames_acknowledged"] == sent["frames_sent"] == len(taker.frames)
        received = run_here("receive", "--radio", radio, "--endpoint", taker.endpoint)
        assert received["frames_missing"] == 0
    # Clipping at the transmitter leaves errors of about 0.01.
    assert np.allclose(assembled(taker, 1).symbols, some_latents().symbols, atol=0.1)
    starts, half = [frame.start_sample for frame in taker.frames], len(taker.frames) // 2
    assert starts[:half] == starts[half:]


def test_a_recording_of_the_loopback_replays_to_the_same_frames(tmp_path: Path) -> None:
    recording = tmp_path / "loop.sigmf-meta"
    options = ("--channel", "room", "--record", recording)
    with Taker(tmp_path) as taker:
        run_here("loopback", "--frames", frame_file(tmp_path), "--endpoint", taker.endpoint, *options)
        count = len(taker.frames)
        run_here("replay", "--capture", recording, "--endpoint", taker.endpoint)
    assert len(taker.frames) == 2 * count > 0
    for first, again in zip(taker.frames[:count], taker.frames[count:], strict=True):
        assert np.allclose(first.symbols, again.symbols, atol=1e-3)


def test_a_failing_block_ends_the_process_with_one_line(tmp_path: Path) -> None:
    frames = frame_file(tmp_path)
    frames.write_bytes(frames.read_bytes()[:-8])
    with Taker(tmp_path) as taker:
        result = run_process("loopback", "--frames", frames, "--endpoint", taker.endpoint)
    assert result.returncode == 7
    assert result.stdout == ""
    assert result.stderr.startswith("loopback: block frame_source: ")
    assert result.stderr.count("\n") == 1


def test_a_failing_message_handler_is_an_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with Taker(tmp_path, refuse="no such model here") as taker:
        arguments = ["loopback", "--frames", str(frame_file(tmp_path)), "--endpoint", taker.endpoint]
        assert run.main(arguments, io.StringIO()) == 7
    errors = capfd.readouterr().err
    assert errors.startswith("loopback: block zmq_sink: ")
    assert "no such model here" in errors
    assert errors.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("loopback", "--waveform", "wifi"), 3, "wifi64"),
        (("loopback", "--channel", "dezk"), 3, "desk"),
        (("loopback", "--endpoint", "nowhere"), 3, "nowhere"),
        (("replay", "--capture", "nothing.sigmf-meta"), 7, "nothing"),
        (("loop",), 2, "loopback"),
    ],
)
def test_wrong_parameters_are_named(
    arguments: tuple[str, ...], code: int, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    out = io.StringIO()
    assert run.main(arguments, out) == code
    assert out.getvalue() == ""
    errors = capfd.readouterr().err
    assert message in errors
    assert errors.count("\n") == 1


def test_a_wrong_option_is_a_usage_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run.main(("loopback", "--chanel", "desk"), io.StringIO())
    assert caught.value.code == 2
    assert "--chanel" in capfd.readouterr().err


def test_without_gnuradio_the_process_says_so_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gnuradio").mkdir()
    (tmp_path / "gnuradio" / "__init__.py").write_text("raise ImportError('numpy.core is\\nof another age')")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{REPOSITORY}")
    for command in (["lrisc_sdr.blocks.run"], ["lrisc_sdr.runs.guarded", str(os.getpid()), "lrisc_sdr.blocks.run"]):
        result = subprocess.run(
            [sys.executable, "-m", *command, "loopback"], capture_output=True, text=True, timeout=240, check=False
        )
        assert result.returncode == 3, result.stderr
        assert result.stdout == ""
        assert "cannot load GNU Radio (numpy.core is of another age)" in result.stderr
        assert result.stderr.count("\n") == 1


def test_an_interrupt_ends_the_process(tmp_path: Path) -> None:
    with Taker(tmp_path) as taker:
        command = [sys.executable, "-m", "lrisc_sdr.blocks.run", "loopback", "--endpoint", taker.endpoint]
        command += ["--frames", str(frame_file(tmp_path, pictures=100)), "--progress"]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=REPOSITORY)
        assert process.stderr is not None
        process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=240)
    assert process.returncode == 130
    assert errors.splitlines()[-1] == "loopback: interrupted"

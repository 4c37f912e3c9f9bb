# SPDX-License-Identifier: GPL-3.0-or-later
"""Flow graphs on radios: one block of TOML away from recordings and simulated channels."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("gnuradio")
pytest.importorskip("iio", reason="libiio and pylibiio are not installed", exc_type=Exception)
pytest.importorskip("adi", reason="pyadi-iio is not installed")

from lrisc_sdr import blocks, phy
from lrisc_sdr.blocks import run
from lrisc_sdr.capture import open_capture
from lrisc_sdr.capture.names import GAIN_FIELD
from lrisc_sdr.errors import ConfigurationError, TransmitRefused
from lrisc_sdr.waveform import waveform

from .decoder import Taker
from .test_run import REPOSITORY, frame_file, run_here, run_process


@pytest.fixture
def plutos() -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Two virtual Plutos, in a process of their own: gr-iio holds this one's interpreter while it waits for them."""
    words = ["virtual-pluto", "--radios", "2", "--channel", "desk", "--port", "0", "--json"]
    command = [sys.executable, "-m", "lrisc_sdr.cli", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        yield server, json.loads(server.stdout.readline())["uris"]
        server.kill()


@pytest.fixture
def may_transmit(allowed: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in allowed.items():
        monkeypatch.setenv(name, value)


def pluto(uri: str) -> str:
    return f'radio = "pluto"\nuri = "{uri}"\nrx_gain_db = 40\ntx_attenuation_db = 10'


def is_off(uri: str) -> bool:
    import iio

    control = iio.Context(uri).find_device("ad9361-phy")
    gain = control.find_channel("voltage0", True).attrs["hardwaregain"].value
    return (
        float(gain.split()[0]) == -89.75 and control.find_channel("altvoltage1", True).attrs["powerdown"].value == "1"
    )


def receive_process(uri: str, taker: Taker, *words: str) -> subprocess.Popen[str]:
    """The receive graph on a radio, when its first samples have come."""
    command = [sys.executable, "-m", "lrisc_sdr.blocks.run", "receive", "--radio", pluto(uri)]
    process = subprocess.Popen(
        [*command, "--endpoint", taker.endpoint, "--progress", *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=REPOSITORY,
    )  # fmt: skip
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith('{"progress"') and json.loads(line)["progress"]["samples_received"] > 0:
            return process
    raise AssertionError("the receive graph ended before its first sample")


def test_pictures_go_from_radio_to_radio(plutos, may_transmit: None, tmp_path: Path) -> None:
    _, uris = plutos
    with Taker(tmp_path) as taker:
        receiver = receive_process(uris[1], taker, "--pictures", "2")
        sent = run_process("transmit", "--frames", frame_file(tmp_path), "--radio", pluto(uris[0]), "--on-air", 1)
        assert sent.returncode == 0, sent.stderr
        out, errors = receiver.communicate(timeout=60)
    assert receiver.returncode == 0, errors
    report, frames = json.loads(out), json.loads(sent.stdout)["frames_sent"]
    assert report["frames_received"] == report["frames_acknowledged"] == frames == len(taker.frames)
    assert (report["frames_missing"], report["buffers_dropped"]) == (0, 0)
    assert report["read_back"]["rx_gain_db"] == 40.0
    assert is_off(uris[0])
    log = [json.loads(line) for line in (tmp_path / "lrisc" / "transmissions.jsonl").read_text().splitlines()]
    assert log[-1]["event"] == "down"
    # The pause and the tail are no time on the air.
    assert 0 < log[-1]["air_time_s"] < 0.1


def test_what_a_radio_receives_is_recorded(plutos, may_transmit: None, tmp_path: Path) -> None:
    _, uris = plutos
    with Taker(tmp_path) as taker:
        words = ["--pictures", "2", "--record", str(tmp_path / "heard"), "--record-type", "ci16_le"]
        receiver = receive_process(uris[1], taker, *words)
        assert run_process("transmit", "--frames", frame_file(tmp_path), "--radio", pluto(uris[0]), "--on-air", 1)
        out, errors = receiver.communicate(timeout=60)
    assert receiver.returncode == 0, errors
    report, capture = json.loads(out), open_capture(tmp_path / "heard", waveform="pluto256")
    recorded = report["recording"]
    assert recorded["path"] == str(tmp_path / "heard.sigmf-meta")
    assert (recorded["n_samples"], recorded["samples_lost"]) == (capture.n_samples, 0)
    assert capture.n_samples >= report["samples_received"]
    assert (capture.frequency_hz, capture.segments[0].fields[GAIN_FIELD]) == (2.45e9, 40.0)
    assert len(capture.annotations) == report["frames_received"] == len(taker.frames)
    again = phy.receive(capture.samples(), waveform("pluto256"))
    assert [frame.header for frame in again] == [frame.header for frame in taker.frames]


def test_a_recording_that_is_there_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.sigmf-meta").write_text("mine")
    words = ["--radio", 'radio = "loopback"', "--record", str(tmp_path / "a")]
    assert run.main(["receive", *words], io.StringIO()) == ConfigurationError.exit_code
    assert "is there already" in capsys.readouterr().err
    assert (tmp_path / "a.sigmf-meta").read_text() == "mine"


def test_one_radio_hears_itself(may_transmit: None, plutos, tmp_path: Path) -> None:
    server, _ = plutos
    server.kill()
    words = ["virtual-pluto", "--channel", "desk", "--port", "0", "--json"]
    with subprocess.Popen([sys.executable, "-m", "lrisc_sdr.cli", *words], stdout=subprocess.PIPE, text=True) as one:
        assert one.stdout is not None
        uri = json.loads(one.stdout.readline())["uris"][0]
        with Taker(tmp_path) as taker:
            words = ["--frames", str(frame_file(tmp_path)), "--endpoint", taker.endpoint, "--on-air", "1"]
            done = run_process("duplex", "--radio", pluto(uri), *words)
        assert done.returncode == 0, done.stderr
        report = json.loads(done.stdout)
        assert report["frames_received"] == report["frames_sent"] == len(taker.frames)
        assert is_off(uri)
        one.kill()


def test_the_same_graph_goes_through_a_simulated_channel(tmp_path: Path) -> None:
    with Taker(tmp_path) as taker:
        words = ("--frames", frame_file(tmp_path), "--endpoint", taker.endpoint)
        report = run_here("duplex", "--radio", 'radio = "loopback"\nuri = "desk:3"', *words)
    assert report["frames_received"] == report["frames_sent"] == len(taker.frames)


def test_a_signal_ends_a_receiver_in_order(plutos, tmp_path: Path) -> None:
    _, uris = plutos
    with Taker(tmp_path) as taker:
        receiver = receive_process(uris[0], taker, "--in-order")
        receiver.terminate()
        out, errors = receiver.communicate(timeout=60)
    assert receiver.returncode == 0, errors
    assert json.loads(out)["samples_received"] > 0


def test_a_radio_that_is_lost_ends_the_receiver_with_its_exit_code(plutos, tmp_path: Path) -> None:
    server, uris = plutos
    with Taker(tmp_path) as taker:
        receiver = receive_process(uris[0], taker)
        server.kill()
        began_s = time.monotonic()
        _, errors = receiver.communicate(timeout=60)
    assert receiver.returncode == 4
    assert "was lost" in errors.splitlines()[-1]
    assert time.monotonic() - began_s < 10


@pytest.mark.parametrize(("words", "message"), [((), "--transmit"), (("--on-air", 1), "is not allowed")])
def test_a_sink_is_made_with_a_permit_or_not_at_all(
    words: tuple[str, ...], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LRISC_ALLOW_LIST", str(tmp_path / "absent.toml"))
    # Nobody is there: a refusal comes before the device is looked for.
    radio = pluto("ip:127.0.0.1:9")
    refused = run_process("transmit", "--frames", frame_file(tmp_path), "--radio", radio, *words)
    assert refused.returncode == 5
    assert message in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_a_sink_that_was_not_prepared_sends_nothing(tmp_path: Path) -> None:
    from gnuradio import gr

    graph = gr.top_block("test")
    graph.frames = blocks.FrameSource(str(frame_file(tmp_path)))
    graph.sink = blocks.RadioSink(f'radio = "file"\nuri = "{tmp_path / "sent.cf32"}"')
    graph.connect(graph.frames, graph.sink)
    with pytest.raises(RuntimeError, match="LRISC gate"):
        graph.start()
    assert not (tmp_path / "sent.cf32").exists()


@pytest.mark.parametrize(
    ("radio", "code", "message"),
    [
        ('radio = "pluto"\nuri = "ip:127.0.0.1:9"', 4, "no radio answers"),
        ('radio = "uhd"\nuri = "addr=127.0.0.1"', 4, "UHD finds no device"),
        ('radio = "soapy"\nuri = "driver=null"', 4, "SoapySDR finds no receiver"),
        ('radio = "soapy"\nuri = "driver=absent"', 4, "SoapySDR finds no receiver"),
        ('radio = "plutto"', 2, "did you mean pluto"),
        ('raido = "pluto"', 3, "did you mean radio"),
        ("radio = pluto", 3, "is no TOML"),
        ("absent.toml", 3, "cannot be read"),
    ],
)
def test_what_is_wrong_with_a_radio_is_one_line(
    radio: str, code: int, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    if "uhd" in radio and "uhd" in sys.modules:
        pytest.skip("UHD's own binding is loaded, beside which GNU Radio's does not work")
    assert run.main(["receive", "--radio", radio], io.StringIO()) == code
    lines = [line for line in capfd.readouterr().err.splitlines() if line.startswith("receive: ")]
    assert len(lines) == 1
    assert message in lines[0]


def test_a_recording_is_no_link(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="one direction"):
        blocks.RadioLink(f'radio = "file"\nuri = "{tmp_path / "x"}"')


def test_a_link_on_the_air_needs_a_permit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LRISC_ALLOW_LIST", str(tmp_path / "absent.toml"))
    with pytest.raises(TransmitRefused):
        blocks.RadioLink(pluto("ip:127.0.0.1:9"), transmit=True)

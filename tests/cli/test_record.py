# SPDX-License-Identifier: MIT
"""`lrisc rx --record` and `lrisc loop --record`, and `lrisc replay` of what they wrote: the same to the last bit."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sigmf")

from lrisc_sdr.capture import open_capture
from lrisc_sdr.capture.journal import finish
from lrisc_sdr.cli import main
from lrisc_sdr.pictures import save_png

GNURADIO = importlib.util.find_spec("gnuradio") is not None


def run(words: list[object]) -> dict:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert main([str(word) for word in [*words, "--json"]]) == 0
    return json.loads(out.getvalue())


def finals(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "final").iterdir()}


@pytest.fixture(scope="module")
def recorded(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of `rx` in `live`, and the recording `a` of what it received, of two pictures, to the last sample."""
    place, model = tmp_path_factory.mktemp("recorded"), ["--model", tiny_model]
    picture = place / "noise.png"
    save_png(picture, np.random.default_rng(3).integers(0, 255, (96, 112, 3), dtype=np.uint8))
    run(["tx", picture, picture, "--radio", "file", "--uri", place / "sent", "--cbr", "1/12", *model])
    received = ["rx", "--radio", "file", "--uri", place / "sent", "--steps", 0, "--record", place / "a"]
    totals = run([*received, "--out", place / "live", *model])["totals"]
    assert totals["recording"] == str(place / "a.sigmf-meta")
    assert (totals["recorded_samples_lost"], totals["recorded_gaps"]) == (0, 0)
    assert totals["recorded_samples"] == open_capture(place / "sent").n_samples
    return place / "a"


@pytest.mark.skipif(not GNURADIO, reason="GNU Radio is not installed")
def test_gnu_radios_receiver_records_the_same(recorded: Path, tiny_model: Path, tmp_path: Path) -> None:
    words = ["rx", "--radio", "file", "--uri", recorded, "--steps", 0, "--engine", "gnuradio", "--model", tiny_model]
    totals = run([*words, "--record", tmp_path / "b", "--out", tmp_path / "live"])["totals"]
    one, other = open_capture(recorded), open_capture(tmp_path / "b")
    assert totals["recorded_samples"] == other.n_samples == one.n_samples
    np.testing.assert_array_equal(other.samples(), one.samples())
    assert [a.fields for a in other.annotations] == [a.fields for a in one.annotations]


@pytest.mark.parametrize("engine", ["plain", *["gnuradio"] * GNURADIO])
def test_a_replay_is_the_live_run(recorded: Path, engine: str, tiny_model: Path, tmp_path: Path) -> None:
    before = recorded.with_suffix(".sigmf-meta").read_bytes()
    words = ["replay", recorded, "--engine", engine, "--steps", 0, "--model", tiny_model, "--annotate"]
    document = run([*words, "--out", tmp_path / "again"])
    totals = document["totals"]
    assert totals["frames_annotated"] == totals["frames_identical"] == totals["frames_payload_ok"] >= 2
    assert finals(tmp_path / "again") == finals(recorded.with_name("live"))
    assert len(finals(tmp_path / "again")) == 2
    assert recorded.with_suffix(".sigmf-meta").read_bytes() == before


def test_two_captures_and_a_stretch_of_them(recorded: Path, tiny_model: Path, tmp_path: Path) -> None:
    capture = open_capture(recorded)
    second = next(entry.start for entry in capture.annotations if entry.fields["lrisc:picture_id"] == 1)
    words = ["replay", recorded, recorded.with_name("sent"), "--engine", "plain", "--steps", 0, "--model", tiny_model]
    document = run(
        [*words, "--waveform", "pluto256", "--from", (second - 2000) / capture.rate_sps, "--out", tmp_path / "again"]
    )
    assert len(document["pictures"]) == 2
    assert len(finals(tmp_path / "again")) == 2
    assert 1 <= document["totals"]["frames_annotated"] < len(capture.annotations)


@pytest.mark.skipif(not GNURADIO, reason="GNU Radio is not installed")
def test_a_loop_is_recorded(picture: Path, tiny_model: Path, tmp_path: Path) -> None:
    words = ["loop", picture, "--steps", 0, "--model", tiny_model, "--snr-db", 20, "--record", tmp_path / "a"]
    run([*words, "--out", tmp_path / "live"])
    again = ["replay", tmp_path / "a", "--engine", "plain", "--steps", 0, "--model", tiny_model, "--source", picture]
    totals = run([*again, "--out", tmp_path / "again"])["totals"]
    assert totals["frames_annotated"] == totals["frames_identical"] >= 1
    assert finals(tmp_path / "again") == finals(tmp_path / "live")


def test_a_killed_receiver_leaves_what_can_be_made_whole(tiny_model: Path, tmp_path: Path, start) -> None:
    words = ("rx", "--radio", "loopback", "--model", tiny_model, "--record", tmp_path / "a", "--out", tmp_path / "run")
    command = start(*words)
    data = tmp_path / "a.sigmf-data"
    receiver = command.child("lrisc_sdr.runs.radio_receiver")
    deadline = time.monotonic() + 100
    while not (data.exists() and data.stat().st_size > 1 << 20):
        assert time.monotonic() < deadline, command.stderr
        time.sleep(0.02)
    os.kill(receiver, signal.SIGKILL)
    assert command.wait() == 1
    assert "killed by SIGKILL" in command.stderr
    finish(tmp_path / "a")
    capture = open_capture(tmp_path / "a", "pluto256")
    assert capture.n_samples >= (1 << 20) // 8
    assert capture.frequency_hz == 2.45e9


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["rx", "--radio", "loopback", "--record", "absent/a"], 3, "there is no folder"),
        (["rx", "--radio", "loopback", "--record", "a"], 3, "is there already"),
        (["rx", "--radio", "loopback", "--record", "b", "--record-type", "cf64_le"], 2, "ci16_le"),
        (["replay", "a.sigmf-data", "b", "--source", "x", "--waveform", "pluto256"], 2, "--source is for one"),
        (["replay", "a", "--from", "2", "--to", "1"], 2, "there are no samples"),
        (["replay", "a.cf32", "--waveform", "pluto256", "--annotate"], 2, "--annotate is for SigMF"),
        (["replay", "a.cf32", "--waveform", "pluto256", "--from", "9"], 2, "nothing lies from 9 s on"),
    ],
)
def test_what_cannot_be_done_is_one_line_before_anything_starts(
    words: list[str], code: int, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.sigmf-data").write_bytes(bytes(80))
    (tmp_path / "a.cf32").write_bytes(bytes(80))
    meta = {"core:version": "1.2.0", "core:datatype": "cf32_le", "core:sample_rate": 4e6, "lrisc:waveform": "pluto256"}
    (tmp_path / "a.sigmf-meta").write_text(
        json.dumps({"global": meta, "captures": [{"core:sample_start": 0}], "annotations": []})
    )
    engine = ["--engine", "plain"] if words[0] == "replay" else []
    assert main([*words, *engine]) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
    assert len(list(tmp_path.iterdir())) == 3

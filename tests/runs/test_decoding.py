# SPDX-License-Identifier: MIT
"""A decoder process and a receiver process together; the receiver here hears every frame without noise."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lrisc_sdr import framing
from lrisc_sdr.codec.saved_model import SavedModel
from lrisc_sdr.errors import ConfigurationError, ProcessFailed
from lrisc_sdr.framing_file import write_frames
from lrisc_sdr.link.messages import Result
from lrisc_sdr.runs.decoding import Decoding
from lrisc_sdr.runs.watched_decoder import ReceiverCommand
from lrisc_sdr.sampling import Sampling

RECEIVER = """
import json, os, sys, time
import numpy as np
from lrisc_sdr.framing_file import read_frames
from lrisc_sdr.link import Sender
from lrisc_sdr.types import ReceivedFrame

if __name__ == "__main__":
    options = dict(word.removeprefix("--").split("=") for word in sys.argv[1:-2])
    n = 0
    with Sender(sys.argv[-1]) as sender:
        for frame in read_frames(options["frames"]):
            n += 1
            if n == int(options.get("lose", 0)):
                continue
            if n == int(options.get("fail", 0)):
                sys.exit("block zmq_sink: broken on purpose")
            noise = np.full(frame.symbols.size, 1e-3, np.float32)
            none = np.empty(0, np.complex64)
            sender.send(ReceivedFrame(frame.header, frame.symbols, noise, 30.0, 5.0, 0.0, -30.0, none, 0))
        sender.flush()
    print(json.dumps({"frames": n}))
    time.sleep(float(options.get("linger", 0)))
"""


@pytest.fixture
def frames(tmp_path: Path, tiny_model: Path) -> Path:
    """Two pictures of three frames each."""
    from lrisc_sdr.codec import Codec

    codec = Codec.from_pretrained(tiny_model)
    image = np.random.default_rng(1).integers(0, 255, (160, 192, 3)).astype(np.uint8)

    def budget(n_bytes: int) -> int:
        return framing.plan(160, 192, 1 / 24, n_bytes, 10.0, 1024).payload_symbols

    latents = codec.encode(image, 10.0, budget)
    path = tmp_path / "run.frames"
    write_frames(path, [frame for number in (4, 9) for frame in framing.segment(latents, number, 10.0, 1024)])
    return path


@pytest.fixture
def receiver(tmp_path: Path, frames: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "perfect_receiver.py").write_text(RECEIVER)
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    monkeypatch.setenv("PYTHONPATH", path)

    def command(**options: float) -> ReceiverCommand:
        words = tuple(f"--{name}={value}" for name, value in options.items())
        return ReceiverCommand("flowgraph", "perfect_receiver", (f"--frames={frames}", *words))

    return command


@pytest.fixture
def decoding(tmp_path: Path, tiny_model: Path) -> Iterator[Decoding]:
    (tmp_path / "decoded").mkdir()
    with Decoding(str(tiny_model), Sampling(), tmp_path / "decoded", tmp_path) as running:
        yield running


def test_every_picture_has_its_result_and_its_files(decoding: Decoding, receiver) -> None:
    assert len(decoding.wait_until_ready()) == 1
    seen: list[Result] = []
    assert decoding.receive(receiver(lose=2), seen.append)["frames"] == 6
    assert [result.picture_id for result in seen] == [9, 4]
    assert decoding.results[9].frames_received == decoding.results[9].frames_sent == 3
    assert decoding.results[4].frames_received == 2
    assert all(result.ok for result in seen)
    for result in seen:
        assert (decoding.folder / result.picture).is_file()
        assert (decoding.folder / result.jscc).is_file()


RECORDER = """
import json
import numpy as np
from types import SimpleNamespace

class Recorder:
    def __init__(self, name):
        self.model_id = name.partition("-")[2]

    def decode(self, received, sampling, *, watch=None):
        with open("asked", "a") as file:
            print(json.dumps([sampling.steps, sampling.start, sampling.perception]), file=file)
        picture = np.zeros((received.height, received.width, 3), np.uint8)
        return SimpleNamespace(picture=picture, jscc=picture)
"""


def test_the_decoder_is_told_how_to_make_pictures(
    tmp_path: Path, tiny_model: Path, receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through the service's process and its worker's, to a decoder of another package."""
    model_id = SavedModel.read(tiny_model).model_id
    (tmp_path / "recorder.py").write_text(RECORDER)
    info = tmp_path / "recorder-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: recorder\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[lrisc_sdr.decoders]\nrecorder-{model_id} = recorder:Recorder\n")
    (tmp_path / "decoded").mkdir()
    monkeypatch.chdir(tmp_path)
    with Decoding(f"recorder-{model_id}", Sampling(3, "noise", 0.25), tmp_path / "decoded", tmp_path) as decoding:
        assert decoding.wait_until_ready() == (model_id,)
        decoding.receive(receiver(), lambda _: None)
    assert all(result.ok for result in decoding.results.values())
    assert (tmp_path / "asked").read_text().splitlines() == 2 * ['[3, "noise", 0.25]']


def test_a_receiver_that_fails_ends_the_run_with_its_name_and_reason(decoding: Decoding, receiver) -> None:
    decoding.wait_until_ready()
    with pytest.raises(ProcessFailed, match="flowgraph process failed: block zmq_sink: broken on purpose"):
        decoding.receive(receiver(fail=3), lambda _: None)


def test_a_killed_decoder_is_named(decoding: Decoding, receiver) -> None:
    decoding.wait_until_ready()

    def kill(result: Result) -> None:
        os.kill(decoding.decoder_pid, signal.SIGKILL)

    with pytest.raises(ProcessFailed, match="decoder process was killed by SIGKILL"):
        decoding.receive(receiver(linger=60), kill)


def test_a_decoder_that_does_not_start_says_why(tmp_path: Path) -> None:
    running = Decoding(str(tmp_path / "nowhere"), Sampling(), tmp_path, tmp_path)
    with running, pytest.raises(ConfigurationError, match="decoder process failed: no model"):
        running.wait_until_ready()


def test_a_receiver_of_nothing_gives_no_results(decoding: Decoding, receiver, frames: Path) -> None:
    write_frames(frames, [])
    decoding.wait_until_ready()
    decoding.receive(receiver(), lambda _: None)
    assert decoding.results == {}

# SPDX-License-Identifier: MIT
"""The receiver without GNU Radio, in a process of its own:

    python -m lrisc_sdr.runs.plain_receiver --capture CAPTURE --waveform NAME --endpoint ENDPOINT

It does what the replay flowgraph does, and leaves the same counters as one JSON object on its standard output.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lrisc_sdr import phy
from lrisc_sdr.capture import Capture, open_capture
from lrisc_sdr.errors import LriscError
from lrisc_sdr.link import Sender
from lrisc_sdr.types import ReceivedFrame
from lrisc_sdr.waveform import waveform


def receive(capture: Capture, receiver: phy.Receiver, sender: Sender) -> dict[str, Any]:
    """Receive a capture and hand its frames to the decoder; returns the receiver's counters.

    Raises:
        LriscError: the capture became shorter, or the decoder does not answer.
    """
    pictures: dict[int, dict[str, float]] = {}
    receive_s = 0.0
    for frames, spent_s in _frames(capture, receiver):
        receive_s += spent_s
        for frame in frames:
            row = pictures.setdefault(frame.header.picture_id, {"frames_received": 0, "receive_s": 0.0})
            row["frames_received"] += 1
            row["receive_s"] += spent_s / len(frames)
            sender.send(frame)
    sender.flush()
    return {
        "samples_received": capture.n_samples,
        "receive_s": receive_s,
        "funnel": asdict(receiver.counters),
        "pictures": pictures,
    }


def _frames(capture: Capture, receiver: phy.Receiver) -> Iterator[tuple[list[ReceivedFrame], float]]:
    """Frames of every chunk and of the end, and how long the receiver took for them `[s]`."""
    for chunk in capture.chunks():
        started = time.perf_counter()
        frames = receiver.process(chunk)
        yield frames, time.perf_counter() - started
    started = time.perf_counter()
    frames = receiver.flush()
    yield frames, time.perf_counter() - started


def main(arguments: Sequence[str]) -> int:
    """Receive what the arguments name; returns the exit code."""
    parser = argparse.ArgumentParser(prog="lrisc_sdr.runs.plain_receiver", allow_abbrev=False)
    for option in ("--capture", "--waveform", "--endpoint"):
        parser.add_argument(option, required=True)
    options = parser.parse_args(arguments)
    chosen = waveform(options.waveform)
    try:
        capture = open_capture(Path(options.capture), chosen.name, chosen.rate_sps)
        with Sender(options.endpoint) as sender:
            report = receive(capture, phy.Receiver(chosen), sender)
    except LriscError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    sys.stdout.write(json.dumps(report) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

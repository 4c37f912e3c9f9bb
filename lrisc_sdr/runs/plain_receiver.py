# SPDX-License-Identifier: MIT
"""The receiver without GNU Radio, in a process of its own:

    python -m lrisc_sdr.runs.plain_receiver --capture CAPTURE --waveform NAME --endpoint ENDPOINT

It does what the replay flowgraph does, and leaves the same counters as one JSON object on its standard output.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from typing import Any

from lrisc_sdr import phy
from lrisc_sdr.capture import open_capture
from lrisc_sdr.capture.frame_log import FrameLog
from lrisc_sdr.capture.pacing import Playback
from lrisc_sdr.errors import LriscError
from lrisc_sdr.link import Sender
from lrisc_sdr.telemetry import WatchedReceiver
from lrisc_sdr.types import ComplexArray, ReceivedFrame
from lrisc_sdr.waveform import waveform


def receive(
    chunks: Iterable[ComplexArray | None], receiver: phy.Receiver, sender: Sender, log: FrameLog
) -> dict[str, Any]:
    """Receive a stream and hand its frames to the decoder; returns the receiver's counters.

    Args:
        chunks: c64 `[n]`; None where what follows does not join on.

    Raises:
        LriscError: the capture became shorter, or the decoder does not answer.
    """
    pictures: dict[int, dict[str, float]] = {}
    receive_s = 0.0
    for frames, spent_s in _frames(chunks, receiver):
        receive_s += spent_s
        for frame in frames:
            row = pictures.setdefault(frame.header.picture_id, {"frames_received": 0, "receive_s": 0.0})
            row["frames_received"] += 1
            row["receive_s"] += spent_s / len(frames)
            log.note(frame)
            sender.send(frame)
    sender.flush()
    return {
        "samples_received": receiver.counters.samples,
        "receive_s": receive_s,
        "funnel": asdict(receiver.counters),
        "pictures": pictures,
    }


def _frames(
    chunks: Iterable[ComplexArray | None], receiver: phy.Receiver
) -> Iterator[tuple[list[ReceivedFrame], float]]:
    """Frames of every chunk and of every end, and how long the receiver took for them `[s]`."""
    for chunk in itertools.chain(chunks, [None]):
        started = time.perf_counter()
        frames = receiver.flush() if chunk is None else receiver.process(chunk)
        yield frames, time.perf_counter() - started


def main(arguments: Sequence[str]) -> int:
    """Receive what the arguments name; returns the exit code."""
    parser = argparse.ArgumentParser(prog="lrisc_sdr.runs.plain_receiver", allow_abbrev=False)
    for option in ("--capture", "--waveform", "--endpoint"):
        parser.add_argument(option, required=True)
    for option in ("--rate-sps", "--from-s", "--to-s", "--speed"):
        parser.add_argument(option, type=float, default=0.0)
    parser.add_argument("--frame-log", default="")
    options = parser.parse_args(arguments)
    chosen = waveform(options.waveform)
    try:
        playback = Playback(options.from_s, options.to_s, options.speed)
        # Whoever started this process has compared the checksum.
        capture = open_capture(
            options.capture, chosen.name, options.rate_sps or chosen.rate_sps, chosen.rate_sps, verify=False
        )
        with Sender(options.endpoint) as sender, closing(FrameLog(options.frame_log, chosen)) as log:
            report = receive(playback.play(capture), WatchedReceiver(chosen), sender, log)
    except LriscError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    sys.stdout.write(json.dumps(report) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

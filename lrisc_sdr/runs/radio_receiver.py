# SPDX-License-Identifier: MIT
"""The receiver behind a radio, in a process of its own:

    python -m lrisc_sdr.runs.radio_receiver --config RADIO.toml --waveform NAME --endpoint ENDPOINT

It hands frames to the decoder until it has enough, or is asked to end by SIGTERM, and leaves its counters as one JSON
object on its standard output. With `--key` and `--decoder-key` the decoder may be on another machine.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lrisc_sdr import phy
from lrisc_sdr.errors import LriscError
from lrisc_sdr.framing.sequence import Enough, FrameSequence
from lrisc_sdr.link import Sender
from lrisc_sdr.link.security import ClientKeys
from lrisc_sdr.radio.recording import RECORD_TYPE, StreamRecording, record_stream
from lrisc_sdr.radio.settings import RadioConfig
from lrisc_sdr.runs.radio_stream import RadioStream
from lrisc_sdr.telemetry import TellOverflows, WatchedReceiver, run_name, tell
from lrisc_sdr.telemetry.messages import Radio
from lrisc_sdr.types import ComplexArray, ReceivedFrame
from lrisc_sdr.waveform import waveform


class Reception:
    """A stream to frames to the decoder, with its counters.

    Args:
        receiver: the receiver.
        sender: to the decoder.
        rate_sps: of the stream `[samples/s]`.
        recording: of the stream, or None.
        tell: whether to say on the standard error when the first samples have come.
    """

    def __init__(
        self,
        receiver: phy.Receiver,
        sender: Sender,
        rate_sps: float,
        recording: StreamRecording | None = None,
        tell: bool = False,
    ) -> None:
        self._receiver = receiver
        self._sender = sender
        self._rate_sps = rate_sps
        self._recording = recording
        self._tell = tell
        self._overflows = TellOverflows()
        self._sequence = FrameSequence()
        self._pictures: dict[int, dict[str, float]] = {}
        self._receive_s = 0.0

    def receive(self, stream: RadioStream, enough: Enough) -> dict[str, Any]:
        """Receive until it is enough, or the stream ends; returns the counters.

        Raises:
            LriscError: the radio is lost for good, or the decoder does not answer.
        """
        for chunk in stream.chunks():
            if self._tell and chunk is not None:
                self._tell = False
                sys.stderr.write(json.dumps({"progress": {"samples_received": chunk.size}}) + "\n")
                sys.stderr.flush()
            if self._recording is not None:
                self._recording.take(chunk, stream.drops.overflows, stream.at_s, stream.read_back)
            self._overflows.note(stream.drops.overflows)
            self._work(chunk)
            if self._sequence.has(enough, self._receiver.counters.samples, self._rate_sps):
                stream.stop()
                break
        self._work(None)
        self._overflows.note(stream.drops.overflows, last=True)
        self._sequence.end()
        self._sender.flush()
        return {
            "samples_received": self._receiver.counters.samples,
            "receive_s": self._receive_s,
            "funnel": asdict(self._receiver.counters),
            "pictures": self._pictures,
            "frames_missing": self._sequence.missing,
            "buffers_dropped": stream.drops.overflows,
            "reconnects": stream.reconnects,
            "read_back": asdict(stream.read_back),
        }

    def _work(self, chunk: ComplexArray | None) -> None:
        """Take a chunk, or None: what follows does not join on."""
        started = time.perf_counter()
        frames = self._receiver.flush() if chunk is None else self._receiver.process(chunk)
        spent_s = time.perf_counter() - started
        self._receive_s += spent_s
        for frame in frames:
            self._hand_on(frame, spent_s / len(frames))

    def _hand_on(self, frame: ReceivedFrame, spent_s: float) -> None:
        row = self._pictures.setdefault(frame.header.picture_id, {"frames_received": 0, "receive_s": 0.0})
        row["frames_received"] += 1
        row["receive_s"] += spent_s
        self._sequence.note(frame.header, self._receiver.counters.samples)
        if self._recording is not None:
            self._recording.recorder.frame(frame)
        self._sender.send(frame)


def main(arguments: Sequence[str]) -> int:
    """Receive what the arguments name; returns the exit code."""
    parser = argparse.ArgumentParser(prog="lrisc_sdr.runs.radio_receiver", allow_abbrev=False)
    for option in ("--config", "--waveform", "--endpoint"):
        parser.add_argument(option, required=True)
    for option in ("--stream", "--key", "--decoder-key"):
        parser.add_argument(option)
    parser.add_argument("--pictures", type=int)
    parser.add_argument("--duration-s", type=float)
    parser.add_argument("--reconnect-s", type=float, default=0.0)
    parser.add_argument("--progress", action="store_true")
    parser.add_argument("--record")
    parser.add_argument("--record-type", default=RECORD_TYPE)
    options = parser.parse_args(arguments)
    chosen = waveform(options.waveform)
    try:
        config = RadioConfig.read(Path(options.config))
        settings = config.settings(chosen)
        keys = None if options.key is None else ClientKeys.read(Path(options.key), Path(options.decoder_key))
        with Sender(options.endpoint, secure=None if keys is None else keys.apply) as sender:
            sender.stream = options.stream or sender.stream
            stream = RadioStream(config, settings, options.reconnect_s)
            signal.signal(signal.SIGTERM, lambda *_: stream.stop())
            recording = None
            read_back, hardware = stream.read_back, f"{config.radio} {config.uri}".rstrip()
            tell(
                Radio(
                    run=run_name(),
                    name=hardware[:200],
                    lo_hz=read_back.rx_lo_hz,
                    gain_db=read_back.rx_gain_db,
                    rate_sps=read_back.rate_sps,
                )
            )
            try:
                if options.record is not None:
                    recording = record_stream(
                        options.record, options.record_type, chosen, hardware, read_back, settings.rate_sps
                    )
                reception = Reception(WatchedReceiver(chosen), sender, settings.rate_sps, recording, options.progress)
                report = reception.receive(stream, Enough(options.pictures, options.duration_s))
            finally:
                stream.close()
                recorded = None if recording is None else recording.recorder.close()
        if recorded is not None:
            report["recording"] = asdict(recorded)
    except LriscError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    sys.stdout.write(json.dumps(report) + "\n")
    return 0


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # All is closed. In an ordinary exit libiio would have the last word, where its device has gone.
    os._exit(code)

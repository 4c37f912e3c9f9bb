# SPDX-License-Identifier: MIT
"""`lrisc tx` to a file: pictures to bursts to a SigMF recording, through a simulated channel where one is asked for.

A file `*.frames` gets the frames before the modem, as the flow graphs take them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from lrisc_sdr import phy
from lrisc_sdr.capture import CaptureWriter
from lrisc_sdr.channel import Channel
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.framing_file import write_frames
from lrisc_sdr.runs.progress import Progress
from lrisc_sdr.runs.report import Report
from lrisc_sdr.runs.sending import Sending
from lrisc_sdr.runs.sources import Source
from lrisc_sdr.types import ComplexArray, Frame
from lrisc_sdr.waveform import Waveform

GAP_SAMPLES = 4096
FRAMES_SUFFIX = ".frames"
NOT_RECEIVED = "nothing was received yet: lrisc replay does that"
NOT_SENT = "nothing was sent yet: a flow graph does that"


class Recorder:
    """Puts bursts into a recording, with silence around each of them.

    Args:
        writer: the open recording.
        channel: what the samples go through first, or None.
    """

    def __init__(self, writer: CaptureWriter, channel: Channel | None) -> None:
        self._writer = writer
        self._channel = channel
        self._sent = 0

    def burst(self, samples: ComplexArray, label: str) -> None:
        """Silence, then one burst; annotated where no channel moves it."""
        self._write(np.zeros(GAP_SAMPLES, np.complex64))
        if self._channel is None:
            self._writer.annotate(self._sent, samples.size, label)
        self._write(samples)

    def end(self) -> None:
        """Silence, and what the channel still holds."""
        self._write(np.zeros(GAP_SAMPLES, np.complex64))
        if self._channel is not None:
            self._writer.write(self._channel.flush())

    def _write(self, samples: ComplexArray) -> None:
        self._sent += samples.size
        self._writer.write(samples if self._channel is None else self._channel.process(samples))


def record(
    sources: Sequence[Source],
    sending: Sending,
    waveform: Waveform,
    channel: Channel | None,
    file: Path,
    progress: Progress,
) -> Report:
    """Write the recording of all pictures' bursts; returns what was sent.

    Raises:
        LriscError: a picture or a setting is wrong, or the file cannot be written; then nothing is left of it.
    """
    report = Report([])
    try:
        with CaptureWriter(file, waveform.rate_sps, waveform.name, description="LRISC pictures") as writer:
            recorder = Recorder(writer, channel)
            for frame in sending.frames(sources):
                progress("encoding and sending", len(sending.sent), len(sources))
                header = frame.header
                label = f"picture {header.picture_id} {header.index + 1}/{header.count}"
                recorder.burst(phy.transmit(frame, waveform), label)
            recorder.end()
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be written: {error.strerror}; choose another --file") from None
    report.rows = [sent.row(waveform) for sent in sending.sent]
    report.note_missing(NOT_RECEIVED)
    return report


def record_frames(sources: Sequence[Source], sending: Sending, file: Path, progress: Progress) -> Report:
    """Write the frames of all pictures to one `.frames` file; returns what is in it.

    Raises:
        LriscError: a picture or a setting is wrong, or the file cannot be written; then nothing is left of it.
    """

    def told() -> Iterator[Frame]:
        for frame in sending.frames(sources):
            progress("encoding", len(sending.sent), len(sources))
            yield frame

    try:
        write_frames(file, told())
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be written: {error.strerror}; choose another --file") from None
    report = Report([sent.row(sending.waveform) for sent in sending.sent])
    report.note_missing(NOT_SENT)
    return report

# SPDX-License-Identifier: MIT
"""Recording what a radio receives: its name, its settings and what it dropped go into the recording."""

from __future__ import annotations

from lrisc_sdr.capture.live import LiveWriter
from lrisc_sdr.capture.metadata import SegmentSettings, global_fields
from lrisc_sdr.capture.names import OVERFLOW, RECONNECT
from lrisc_sdr.capture.recorder import Recorder
from lrisc_sdr.radio.protocol import RadioSettings
from lrisc_sdr.types import ComplexArray
from lrisc_sdr.waveform import Waveform

RECORD_TYPE = "cf32_le"
"""Samples as the receiver has them: a replay gives the same symbols to the last bit."""


class StreamRecording:
    """A radio's stream on its way into a recorder.

    Args:
        recorder: the recorder.
    """

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self._overflows = 0
        self._torn = False

    def take(self, chunk: ComplexArray | None, overflows: int, at_s: float, settings: RadioSettings) -> None:
        """Take what the radio has just given.

        Args:
            chunk: c64 `[n]`, which nobody may change any more; None: the radio was lost, and what follows does not
                join on.
            overflows: the radio's count of dropped buffers, this chunk's among them.
            at_s: when the last sample had come, by `time.monotonic` `[s]`.
            settings: what the radio reads back.
        """
        if chunk is None:
            self._torn = True
            return
        if self._torn or overflows > self._overflows:
            self.recorder.tear(RECONNECT if self._torn else OVERFLOW, segment_settings(settings))
        self._torn, self._overflows = False, overflows
        self.recorder.put(chunk, at_s)


def segment_settings(settings: RadioSettings) -> SegmentSettings:
    """What a recording tells of a radio's settings."""
    return SegmentSettings(settings.rx_lo_hz, settings.rx_gain_db, settings.rx_bandwidth_hz)


def record_stream(
    path: str, datatype: str, waveform: Waveform, hardware: str, settings: RadioSettings, rate_sps: float
) -> StreamRecording:
    """Begin to record the stream of a radio that reads back `settings`.

    Args:
        path: of the recording.
        datatype: its samples, by SigMF's name.
        waveform: of the frames.
        hardware: the radio, as in "pluto ip:192.168.2.1".
        settings: what it reads back.
        rate_sps: what it was asked for, which is what the waveform has `[samples/s]`.

    Raises:
        ConfigurationError: there is such a recording already, or it cannot be written.
    """
    fields = global_fields(datatype, rate_sps, waveform.name, description=f"received by {hardware}", hardware=hardware)
    return StreamRecording(Recorder(LiveWriter(path, fields), waveform, rate_sps, segment_settings(settings)))

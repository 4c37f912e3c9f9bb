# SPDX-License-Identifier: MIT
"""A recorder beside a receiver: what it is given it writes on a thread of its own, and never keeps anybody waiting.

    receiver's thread ─► queue, bounded in samples ─► thread ─► LiveWriter

Where the disk is slower than the stream the queue fills up, and what comes then is not recorded: it is counted, and the
next sample that is recorded begins a segment.

A segment's `core:global_index` counts the stream's samples. The recorder knows how many it has not written itself; how
many a radio lost it knows from the clock alone.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import numpy as np

from lrisc_sdr.capture.annotations import frame_annotation
from lrisc_sdr.capture.live import LiveWriter
from lrisc_sdr.capture.metadata import SegmentSettings, segment_fields
from lrisc_sdr.capture.names import RECONNECT, RECORDER_GAP
from lrisc_sdr.types import ComplexArray, ReceivedFrame
from lrisc_sdr.waveform import Waveform

QUEUE_SAMPLES = 1 << 25
"""Samples that wait for the disk at most: 256 MiB, 8 s of a stream of 4 Msps."""


@dataclass(frozen=True)
class Recorded:
    """What a recorder has done.

    Attributes:
        path: the metadata file; None where there is no recording.
        n_samples: samples that it holds.
        samples_lost: samples that the receiver had and the recording has not.
        gaps: places where samples are missing, whoever lost them.
        ended_by: why it ended before its end, or None.
        annotations_left_out: frames for which there was no room in the metadata.
    """

    path: str | None
    n_samples: int
    samples_lost: int
    gaps: int
    ended_by: str | None
    annotations_left_out: int


@dataclass
class _Place:
    """Samples of the receiver's stream from `position` on lie in the file from `start` on."""

    position: int
    start: int
    length: int
    frequency_hz: float | None


class Recorder:
    """Records a stream and the frames that are found in it. All methods are for one thread, the receiver's.

    Args:
        writer: the recording; the recorder closes it.
        waveform: of the frames.
        rate_sps: of the stream `[samples/s]`.
        settings: how the first samples are taken.
        queue_samples: samples that wait for the disk at most.
    """

    def __init__(
        self,
        writer: LiveWriter,
        waveform: Waveform,
        rate_sps: float,
        settings: SegmentSettings,
        queue_samples: int = QUEUE_SAMPLES,
    ) -> None:
        self._writer, self._waveform, self._rate_sps = writer, waveform, rate_sps
        self._settings = settings
        self._most_waiting = queue_samples
        self._queue: queue.SimpleQueue[ComplexArray | Callable[[], None] | None] = queue.SimpleQueue()
        self._taken = 0
        # The receiver counts what it was given, the stream what there was, the file what the queue took.
        self._position = self._index = self._queued = 0
        self._began: tuple[datetime, float] | None = None
        self._gap: str | None = None
        self._by_clock = False
        self._places: list[_Place] = []
        self._fault: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def put(self, samples: ComplexArray, at_s: float) -> None:
        """Record c64 `[n]`, which nobody may change any more; returns at once.

        Args:
            samples: the next samples of the stream.
            at_s: when the last of them had been received, by `time.monotonic` `[s]`.
        """
        waiting = self._queued - self._taken
        if waiting and waiting + samples.size > self._most_waiting:
            self._gap = self._gap if self._gap == RECONNECT else RECORDER_GAP
        else:
            if not self._places or self._gap is not None:
                self._begin(at_s - samples.size / self._rate_sps)
            self._queue.put(samples)
            self._queued += samples.size
            self._places[-1].length += samples.size
        self._position += samples.size
        self._index += samples.size

    def tear(self, gap: str, settings: SegmentSettings) -> None:
        """The radio lost samples before the next ones, nobody knows how many.

        Args:
            gap: `OVERFLOW` or `RECONNECT`.
            settings: how the next samples are taken.
        """
        if not self._places:
            return
        self._by_clock, self._settings = True, settings
        if self._gap is None or gap == RECONNECT:
            self._gap = gap

    def frame(self, frame: ReceivedFrame) -> None:
        """Annotate a frame that the receiver found; one whose beginning was not recorded is left out."""
        start = max(frame.start_sample, 0)
        place = next((place for place in reversed(self._places) if place.position <= start), None)
        if place is None or start - place.position >= place.length:
            return
        in_file = place.start + start - place.position
        annotation = frame_annotation(frame, self._waveform, place.frequency_hz, in_file)
        self._queue.put(lambda: self._writer.annotate(annotation))

    def close(self) -> Recorded:
        """Write what waits, and end the recording.

        Raises:
            LriscError: the metadata cannot be written.
        """
        self._queue.put(None)
        self._thread.join()
        path = self._writer.close()
        if self._fault is not None:
            raise self._fault
        writer = self._writer
        return Recorded(
            path=None if path is None else str(path),
            n_samples=writer.n_samples,
            samples_lost=self._position - writer.n_samples,
            gaps=max(len(self._places) - 1, 0),
            ended_by=writer.ended_by,
            annotations_left_out=writer.annotations_left_out,
        )

    def _begin(self, first_s: float) -> None:
        """Begin a segment with samples of which the first was taken at that time."""
        if self._began is None:
            self._began = (datetime.now(timezone.utc), first_s)
        elapsed_s = first_s - self._began[1]
        if self._by_clock:
            self._index = max(self._index + 1, round(elapsed_s * self._rate_sps))
        when = self._began[0] + timedelta(seconds=elapsed_s)
        segment = segment_fields(self._queued, when, self._settings, self._index, self._gap)
        self._queue.put(lambda: self._writer.begin(segment))
        self._places.append(_Place(self._position, self._queued, 0, self._settings.frequency_hz))
        self._gap, self._by_clock = None, False

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            # What cannot be written any more is still taken: the receiver must not notice.
            if self._fault is None:
                try:
                    self._write(item)
                except Exception as error:  # noqa: BLE001 - it must not vanish with its thread
                    self._fault = error
            if isinstance(item, np.ndarray):
                self._taken += item.size

    def _write(self, item: ComplexArray | Callable[[], None]) -> None:
        if isinstance(item, np.ndarray):
            self._writer.write(item)
        else:
            item()

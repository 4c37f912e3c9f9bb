# SPDX-License-Identifier: MIT
"""A stream of samples to frames.

The stream is worked on in chunks of one fixed length that begin at fixed positions, however it comes in, so that any
chunking gives the same frames to the last bit. Every verified preamble begins a burst of its own, also within another
burst: where samples were lost, the next frame begins earlier than the last one's header promised.

    preamble verified ─► waits for its header's samples ─► header's CRC right ─► waits for its frame's samples ─► frame
                                                        └► wrong: forgotten
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from lrisc_sdr.phy.acquisition import acquire, window_offset, window_samples
from lrisc_sdr.phy.buffer import Buffer
from lrisc_sdr.phy.burst import Burst, Opened, drift_samples, header_samples, margin_samples, read_frame, read_headers
from lrisc_sdr.phy.detection import Detector
from lrisc_sdr.phy.offset import OffsetCanceller
from lrisc_sdr.types import ComplexArray, ReceivedFrame
from lrisc_sdr.waveform import Waveform

CHUNK_SAMPLES = 1 << 17
"""Samples worked on at once; a multiple of every block length of the detector."""


@dataclass(frozen=True)
class Counters:
    """What a receiver has seen since it was made.

    Attributes:
        samples: samples taken in.
        detected: preambles found and verified.
        header_ok: of these, those whose header's CRC was right.
        payload_ok: frames handed on whole.
        interrupted: frames handed on with lost symbols: the stream lost samples, or another burst fell in.
        cut: headers whose frames the end of the stream cut off; these are not handed on.
    """

    samples: int = 0
    detected: int = 0
    header_ok: int = 0
    payload_ok: int = 0
    interrupted: int = 0
    cut: int = 0


@dataclass(frozen=True)
class _Waiting:
    """A burst that waits for its samples up to `end`; without a header as yet, for those of its header."""

    burst: Burst
    end: int
    opened: Opened | None = None


class Receiver:
    """Frames from a stream in any chunks, with bounded memory: no more than the longest frame and a few chunks.

    Example:
        receiver = Receiver(waveform("pluto256"))
        for samples in stream:
            frames = receiver.process(samples)
        frames = receiver.flush()
    """

    def __init__(self, waveform: Waveform) -> None:
        self.waveform = waveform
        self._count = dict.fromkeys((field.name for field in fields(Counters)), 0)
        self._filled = 0
        self._begin(0)

    @property
    def counters(self) -> Counters:
        """What has been seen so far."""
        return Counters(**self._count)

    def process(self, samples: ComplexArray) -> list[ReceivedFrame]:
        """Take samples, c64 of any length, and return the frames that they complete."""
        samples = np.ascontiguousarray(samples, dtype=np.complex64)
        self._count["samples"] += samples.size
        frames: list[ReceivedFrame] = []
        position = 0
        while position < samples.size:
            taken = min(CHUNK_SAMPLES - self._filled, samples.size - position)
            given = samples[position : position + taken]
            position += taken
            if taken == CHUNK_SAMPLES:
                frames += self._work(given)
                continue
            room = self._buffer.room(CHUNK_SAMPLES)
            room[self._filled : self._filled + taken] = given
            self._filled += taken
            if self._filled == CHUNK_SAMPLES:
                self._filled = 0
                frames += self._work(room)
        return frames

    def flush(self) -> list[ReceivedFrame]:
        """End the stream: return the frames that are complete, count those that are cut, and begin a new stream.

        Positions of the new stream go on counting from the old one's end.
        """
        end = self._buffer.end + self._filled
        frames: list[ReceivedFrame] = []
        if self._filled:
            frames += self._work(self._buffer.room(CHUNK_SAMPLES)[: self._filled], end)
        while self._buffer.end < end + self._detector.latency + CHUNK_SAMPLES:
            frames += self._work(self._buffer.room(0), end)
        frames += self._advance(end, ended=True)
        self._begin(end)
        return frames

    def _begin(self, position: int) -> None:
        self._offset = OffsetCanceller()
        self._detector = Detector(self.waveform)
        self._filled = 0
        self._origin = position
        self._buffer = Buffer(position, 4 * CHUNK_SAMPLES)
        self._waiting: list[_Waiting] = []
        self._last_start = position - self.waveform.frame_samples(0)
        self._last_quality = 0.0
        self._likely: int | None = None

    def _work(self, chunk: ComplexArray, end: int | None = None) -> list[ReceivedFrame]:
        """Take one chunk, which may lie in the buffer's room already.

        `end` is the end of the stream where it is known, and what follows it is silence.
        """
        begin, room = self._buffer.end, self._buffer.room(CHUNK_SAMPLES)
        if chunk.size:
            self._offset.process(chunk, room[: chunk.size])
        room[chunk.size :] = 0.0
        self._buffer.extend(CHUNK_SAMPLES)
        for candidate in self._detector.process(self._buffer.read(begin - self._detector.overlap, self._buffer.end)):
            self._verify(self._origin + candidate)
        frames = self._advance(self._buffer.end if end is None else min(end, self._buffer.end))
        self._forget()
        return frames

    def _verify(self, position: int) -> None:
        first = position + window_offset(self.waveform)
        found = acquire(self._buffer.read(first, first + window_samples(self.waveform)), self.waveform, self._likely)
        if found is None:
            return
        start = first + found.start
        # Two candidates may be peaks of one preamble; where two bursts overlap, the clearer one goes on.
        apart = start - self._last_start
        overlap = apart < self.waveform.preamble_symbols * self.waveform.symbol_samples
        if overlap and (found.quality <= self._last_quality or abs(apart) < self.waveform.cp_samples):
            return
        self._last_start, self._last_quality, self._likely = start, found.quality, found.hypothesis
        self._count["detected"] += 1
        length = header_samples(self.waveform)
        self._waiting.append(
            _Waiting(Burst(start, found.frequency), start + length + drift_samples(length, self.waveform))
        )

    def _advance(self, available: int, ended: bool = False) -> list[ReceivedFrame]:
        """Take every burst as far as the samples before `available` allow; at the stream's end nothing waits on."""
        self._open(
            [waiting for waiting in self._waiting if waiting.opened is None and (waiting.end <= available or ended)]
        )
        frames: list[ReceivedFrame] = []
        still: list[_Waiting] = []
        for waiting in self._waiting:
            if waiting.opened is None or (waiting.end > available and not ended):
                still.append(waiting)
            elif ended and self._is_cut(waiting.burst.start, waiting.opened, available):
                self._count["cut"] += 1
            else:
                frames.append(self._frame(waiting.burst, waiting.opened, waiting.end))
        self._waiting = still
        return frames

    def _open(self, ready: list[_Waiting]) -> None:
        """Read the headers of bursts that have waited for them; those whose header is wrong are forgotten."""
        if not ready:
            return
        margin = margin_samples(self.waveform)
        samples = [self._buffer.read(waiting.burst.start - margin, waiting.end) for waiting in ready]
        opened = read_headers(samples, [waiting.burst for waiting in ready], self.waveform)
        for waiting, found in zip(ready, opened, strict=True):
            at = self._waiting.index(waiting)
            if found is None:
                del self._waiting[at]
                continue
            self._count["header_ok"] += 1
            length = self.waveform.frame_samples(found.header.n_symbols)
            end = waiting.burst.start + length + drift_samples(length, self.waveform)
            self._waiting[at] = _Waiting(waiting.burst, end, found)

    def _is_cut(self, start: int, opened: Opened, end: int) -> bool:
        """Whether the last symbol's window lies beyond the end: a quarter of the prefix is never looked at."""
        length = self.waveform.frame_samples(opened.header.n_symbols)
        slack = self.waveform.cp_samples // 4 + drift_samples(length, self.waveform) - self.waveform.cp_samples
        return start + length - slack > end

    def _frame(self, burst: Burst, opened: Opened, end: int) -> ReceivedFrame:
        samples = self._buffer.read(burst.start - margin_samples(self.waveform), end)
        frame, whole = read_frame(samples, burst, opened, self.waveform)
        self._count["payload_ok" if whole else "interrupted"] += 1
        return frame

    def _forget(self) -> None:
        """Let go of samples that no burst and no candidate to come can need."""
        needed = self._buffer.end - self._detector.latency - window_samples(self.waveform)
        for waiting in self._waiting:
            needed = min(needed, waiting.burst.start - margin_samples(self.waveform))
        self._buffer.forget(needed)


def receive(samples: ComplexArray, waveform: Waveform) -> list[ReceivedFrame]:
    """Return all complete frames in c64 `[n]`, in the order in which they end."""
    receiver = Receiver(waveform)
    return receiver.process(samples) + receiver.flush()

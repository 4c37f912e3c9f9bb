# SPDX-License-Identifier: MIT
"""A stream of samples to frames.

The stream is worked on in chunks of one fixed length that begin at fixed positions, however it comes in, so that any
chunking gives the same frames to the last bit. Every verified preamble begins a burst of its own, also within another
burst: where samples were lost, the next frame begins earlier than the last one's header promised.

    preamble verified ─► waits for its header's samples ─► header's CRC right ─► waits for its frame's samples ─► frame
                                                        └► wrong: forgotten
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

import numpy as np

from lrisc_sdr.phy.acquisition import acquire, window_offset, window_samples
from lrisc_sdr.phy.burst import Burst, drift_samples, header_samples, margin_samples, read_frame, read_header
from lrisc_sdr.phy.detection import Detector
from lrisc_sdr.phy.offset import OffsetCanceller
from lrisc_sdr.types import ComplexArray, FrameHeader, ReceivedFrame
from lrisc_sdr.waveform import Waveform

CHUNK_SAMPLES = 1 << 16
"""Samples worked on at once; a multiple of every block length of the detector."""


@dataclass(frozen=True)
class Counters:
    """What a receiver has seen since it was made.

    Attributes:
        samples: samples taken in.
        detected: preambles found and verified.
        header_ok: of these, those whose header's CRC was right.
        payload_ok: frames handed on whole.
        interrupted: frames handed on with a lost end: the stream lost samples, or another burst fell in.
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
    header: FrameHeader | None = None


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
        self.counters = Counters()
        self._filled = 0
        self._begin(0)

    def process(self, samples: ComplexArray) -> list[ReceivedFrame]:
        """Take samples, c64 of any length, and return the frames that they complete."""
        self.counters = replace(self.counters, samples=self.counters.samples + samples.size)
        frames: list[ReceivedFrame] = []
        position = 0
        while position < samples.size:
            taken = min(CHUNK_SAMPLES - self._filled, samples.size - position)
            self._chunk[self._filled : self._filled + taken] = samples[position : position + taken]
            self._filled += taken
            position += taken
            if self._filled == CHUNK_SAMPLES:
                frames += self._work(self._offset.process(self._chunk))
                self._filled = 0
        return frames

    def flush(self) -> list[ReceivedFrame]:
        """End the stream: return the frames that are complete, count those that are cut, and begin a new stream.

        Positions of the new stream go on counting from the old one's end.
        """
        end = self._position + self._filled
        frames: list[ReceivedFrame] = []
        last = np.zeros(CHUNK_SAMPLES, dtype=np.complex64)
        if self._filled:
            last[: self._filled] = self._offset.process(self._chunk[: self._filled])
            frames += self._work(last, end)
        silence = np.zeros(CHUNK_SAMPLES, dtype=np.complex64)
        while self._position < end + self._detector.latency + CHUNK_SAMPLES:
            frames += self._work(silence, end)
        frames += self._advance(end, ended=True)
        self._begin(end)
        return frames

    def _begin(self, position: int) -> None:
        self._offset = OffsetCanceller()
        self._detector = Detector(self.waveform)
        self._chunk: ComplexArray = np.zeros(CHUNK_SAMPLES, dtype=np.complex64)
        self._filled = 0
        self._kept: deque[ComplexArray] = deque()
        self._origin = position
        self._position = position
        self._kept_from = position
        self._waiting: list[_Waiting] = []
        self._last_start = position - self.waveform.frame_samples(0)

    def _work(self, chunk: ComplexArray, end: int | None = None) -> list[ReceivedFrame]:
        """Take one chunk; `end` is the end of the stream where it is known, and what follows it is silence."""
        self._kept.append(chunk)
        candidates = self._detector.process(chunk)
        self._position += len(chunk)
        for candidate in candidates:
            self._verify(self._origin + candidate)
        frames = self._advance(self._position if end is None else min(end, self._position))
        self._forget()
        return frames

    def _verify(self, position: int) -> None:
        first = position + window_offset(self.waveform)
        found = acquire(self._samples(first, first + window_samples(self.waveform)), self.waveform)
        if found is None:
            return
        start = first + found.start
        # Two candidates may be peaks of one preamble; two preambles are never closer than that.
        if start - self._last_start < self.waveform.preamble_symbols * self.waveform.symbol_samples:
            return
        self._last_start = start
        self.counters = replace(self.counters, detected=self.counters.detected + 1)
        length = header_samples(self.waveform)
        self._waiting.append(
            _Waiting(Burst(start, found.frequency), start + length + drift_samples(length, self.waveform))
        )

    def _advance(self, available: int, ended: bool = False) -> list[ReceivedFrame]:
        """Take every burst as far as the samples before `available` allow; at the stream's end nothing waits on."""
        frames: list[ReceivedFrame] = []
        still: list[_Waiting] = []
        for waiting in self._waiting:
            if waiting.header is None and (waiting.end <= available or ended):
                header = self._header(waiting.burst)
                if header is None:
                    continue
                self.counters = replace(self.counters, header_ok=self.counters.header_ok + 1)
                length = self.waveform.frame_samples(header.n_symbols)
                waiting = _Waiting(
                    waiting.burst, waiting.burst.start + length + drift_samples(length, self.waveform), header
                )
            if waiting.header is None or (waiting.end > available and not ended):
                still.append(waiting)
            elif ended and self._is_cut(waiting, available):
                self.counters = replace(self.counters, cut=self.counters.cut + 1)
            else:
                frames.append(self._frame(waiting.burst, waiting.header, waiting.end))
        self._waiting = still
        return frames

    def _is_cut(self, waiting: _Waiting, end: int) -> bool:
        """Whether the last symbol's window lies beyond the end: a quarter of the prefix is never looked at."""
        assert waiting.header is not None
        length = self.waveform.frame_samples(waiting.header.n_symbols)
        slack = self.waveform.cp_samples // 4 + drift_samples(length, self.waveform) - self.waveform.cp_samples
        return waiting.burst.start + length - slack > end

    def _header(self, burst: Burst) -> FrameHeader | None:
        length = header_samples(self.waveform)
        end = burst.start + length + drift_samples(length, self.waveform)
        return read_header(self._samples(burst.start - margin_samples(self.waveform), end), burst, self.waveform)

    def _frame(self, burst: Burst, header: FrameHeader, end: int) -> ReceivedFrame:
        samples = self._samples(burst.start - margin_samples(self.waveform), end)
        frame, whole = read_frame(samples, burst, header, self.waveform)
        self.counters = replace(
            self.counters,
            payload_ok=self.counters.payload_ok + whole,
            interrupted=self.counters.interrupted + (not whole),
        )
        return frame

    def _samples(self, first: int, end: int) -> ComplexArray:
        """A copy of the stream's samples from `first` to `end`; zeros where it has not begun or is not kept."""
        samples = np.zeros(end - first, dtype=np.complex64)
        position = self._kept_from
        for chunk in self._kept:
            low, high = max(first, position), min(end, position + len(chunk))
            if low < high:
                samples[low - first : high - first] = chunk[low - position : high - position]
            position += len(chunk)
        return samples

    def _forget(self) -> None:
        """Let go of chunks that no burst and no candidate to come can need."""
        needed = self._position - self._detector.latency - window_samples(self.waveform)
        for waiting in self._waiting:
            needed = min(needed, waiting.burst.start - margin_samples(self.waveform))
        while self._kept and self._kept_from + len(self._kept[0]) <= needed:
            self._kept_from += len(self._kept.popleft())


def receive(samples: ComplexArray, waveform: Waveform) -> list[ReceivedFrame]:
    """Return all complete frames in c64 `[n]`, in the order in which they end."""
    receiver = Receiver(waveform)
    return receiver.process(samples) + receiver.flush()

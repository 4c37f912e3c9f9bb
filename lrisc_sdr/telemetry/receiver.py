# SPDX-License-Identifier: MIT
"""The receiver, watched: at most `UPDATES_PER_S` times a second it tells what it hears."""

from __future__ import annotations

import itertools
import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict

import numpy as np

from lrisc_sdr import phy
from lrisc_sdr.telemetry import messages
from lrisc_sdr.telemetry.messages import Frames, Funnel, Point, Rows
from lrisc_sdr.telemetry.publisher import tell, wanted
from lrisc_sdr.telemetry.running import run_name
from lrisc_sdr.telemetry.spectrum import spectrum_row
from lrisc_sdr.types import ComplexArray, ReceivedFrame
from lrisc_sdr.waveform import Waveform

UPDATES_PER_S = 30.0
ROW_SAMPLES = 4 * messages.BINS
"""The least that a row is of."""


class WatchedReceiver(phy.Receiver):
    """`phy.Receiver`, to the last bit, which tells what it hears where somebody watches.

    Args:
        waveform: of the bursts.
        clock: by which the rate of its updates is bounded `[s]`.
    """

    def __init__(self, waveform: Waveform, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(waveform)
        self._clock = clock
        # The connection is up by the first samples: a short stream would be over before.
        wanted()
        self._points: deque[Point] = deque(maxlen=messages.MAX_POINTS)
        self._last: ReceivedFrame | None = None
        self._busy_s = 0.0
        self._told_s = 0.0
        self._credit = float(messages.MAX_ROWS)
        self._looked_s = clock()
        self._rows: list[bytes] = []
        self._rows_at: list[int] = []

    def process(self, samples: ComplexArray) -> list[ReceivedFrame]:
        began_s = time.perf_counter()
        frames = super().process(samples)
        self._busy_s += time.perf_counter() - began_s
        if wanted():
            self._note(frames)
            self._look(samples)
            self._tell()
        return frames

    def flush(self) -> list[ReceivedFrame]:
        began_s = time.perf_counter()
        frames = super().flush()
        self._busy_s += time.perf_counter() - began_s
        if wanted():
            self._note(frames)
            self._tell(at_once=True)
        return frames

    def _note(self, frames: Sequence[ReceivedFrame]) -> None:
        for frame in frames:
            header = frame.header
            self._points.append(
                Point(
                    max(frame.start_sample, 0) / self.waveform.rate_sps,
                    header.picture_id,
                    header.index,
                    float(frame.snr_db),
                    float(frame.cfo_hz),
                    float(frame.evm_db),
                )
            )
        if frames:
            self._last = frames[-1]

    def _look(self, samples: ComplexArray) -> None:
        """Rows of the waterfall: as many a second of the clock as updates, and more of a short stream's beginning."""
        now = self._clock()
        self._credit = min(self._credit + (now - self._looked_s) * UPDATES_PER_S, float(messages.MAX_ROWS))
        self._looked_s = now
        room = messages.MAX_ROWS - len(self._rows)
        count = min(int(self._credit), samples.size // ROW_SAMPLES, room)
        if count < 1:
            return
        self._credit -= count
        first, edges = self.counters.samples - samples.size, np.linspace(0, samples.size, count + 1).astype(np.int64)
        for start, stop in itertools.pairwise(edges.tolist()):
            self._rows.append(spectrum_row(samples[start:stop]).tobytes())
            self._rows_at.append(first + start)

    def _tell(self, at_once: bool = False) -> None:
        now = self._clock()
        if not at_once and now - self._told_s < 1.0 / UPDATES_PER_S:
            return
        self._told_s = now
        run, rate_sps = run_name(), self.waveform.rate_sps
        if self._rows:
            levels = b"".join(self._rows)
            tell(Rows(run=run, samples=self._rows_at, rate_sps=rate_sps, levels=levels))
            self._rows, self._rows_at = [], []
        tell(Funnel(run=run, receiver=os.getpid(), rate_sps=rate_sps, busy_s=self._busy_s, **asdict(self.counters)))
        if self._last is not None:
            tell(
                Frames(
                    run=run,
                    points=list(self._points),
                    symbols=_constellation(self._last.symbols),
                    channel_db=_response_db(self._last.channel),
                    spacing_hz=rate_sps / self.waveform.n_fft,
                )
            )
            self._points.clear()
            self._last = None


def _constellation(symbols: ComplexArray) -> bytes:
    """Some of a frame's symbols, i8 `[n, 2]`."""
    chosen = symbols[:: max(1, -(-symbols.size // messages.MAX_SYMBOLS))]
    pairs = np.stack([chosen.real, chosen.imag], axis=1) * messages.SYMBOL_SCALE
    content: bytes = np.clip(np.rint(pairs), -127, 127).astype(np.int8).tobytes()
    return content


def _response_db(channel: ComplexArray) -> bytes:
    """|H|² from the lowest frequency to the highest, f32 `[n_fft]` `[dB]`."""
    power = np.square(np.abs(np.fft.fftshift(channel[: messages.MAX_CARRIERS]))).astype(np.float64)
    power[power == 0.0] = np.nan
    content: bytes = (10.0 * np.log10(power)).astype("<f4").tobytes()
    return content

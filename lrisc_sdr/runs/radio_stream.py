# SPDX-License-Identifier: MIT
"""A radio's samples, read on a thread of their own so that the device never waits for the receiver's arithmetic.

    device ─► thread ─► queue of two seconds ─► chunks()

Where the queue is full the thread waits, the device drops buffers, and its status tells: one place counts them.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from lrisc_sdr.calibrate.applying import open_calibrated
from lrisc_sdr.radio.protocol import Drops, Radio, RadioAbsent, RadioLost, RadioSettings
from lrisc_sdr.radio.settings import RadioConfig
from lrisc_sdr.types import ComplexArray

CHUNK_SAMPLES = 1 << 17
QUEUE_S = 2.0
RETRY_S = 0.5
POLL_S = 0.2
CLOSE_S = 5.0


@dataclass(frozen=True)
class _Read:
    """What one call of the radio gave: samples, what was dropped before them, and when they had come."""

    samples: ComplexArray
    drops: Drops
    at_s: float


class RadioStream:
    """The stream of a radio that is opened anew when it was lost.

    Args:
        config: which radio.
        settings: what it is set to.
        reconnect_s: how long a lost radio is looked for `[s]`.

    Attributes:
        read_back: what the radio has become.
        drops: buffers that the device dropped before or within the chunk that was taken last.
        at_s: when that chunk had been received, by `time.monotonic` `[s]`.
        reconnects: how often it was lost and found again.
    """

    def __init__(self, config: RadioConfig, settings: RadioSettings, reconnect_s: float) -> None:
        self._config = config
        self._asked = settings
        self._reconnect_s = reconnect_s
        self.drops = Drops()
        self.at_s = 0.0
        self.reconnects = 0
        self._stopping = threading.Event()
        size = max(4, round(QUEUE_S * settings.rate_sps / CHUNK_SAMPLES))
        self._queue: queue.Queue[_Read | BaseException | None] = queue.Queue(size)
        radio, self.read_back = self._open()
        self._thread = threading.Thread(target=self._run, args=(radio,), name="radio", daemon=True)
        self._thread.start()

    def chunks(self) -> Iterator[ComplexArray | None]:
        """Samples, c64 `[n]`; None where the stream was torn; ends with a recording, or after `stop`.

        Raises:
            RadioLost: the radio went and did not come back.
            LriscError: it is not what it should be.
        """
        while True:
            try:
                item = self._queue.get(timeout=POLL_S)
            except queue.Empty:
                if self._thread.is_alive():
                    continue
                return
            if isinstance(item, EOFError):
                return
            if isinstance(item, BaseException):
                raise item
            if item is None:
                yield None
            else:
                self.drops += item.drops
                self.at_s = item.at_s
                yield item.samples

    def stop(self) -> None:
        """Let the stream end: what was read before is still there."""
        self._stopping.set()

    def close(self) -> None:
        """Let go of the radio; waits for the call that is in it, which a lost device ends within two seconds."""
        self.stop()
        self._thread.join(CLOSE_S)

    def _open(self) -> tuple[Radio, RadioSettings]:
        radio = open_calibrated(self._config)
        try:
            return radio, radio.configure(self._asked)
        except BaseException:
            radio.close()
            raise

    def _run(self, radio: Radio | None) -> None:
        try:
            while radio is not None:
                try:
                    self._read(radio)
                    return
                except RadioLost as error:
                    radio.close()
                    self._put(None)
                    radio = self._find(error)
        except Exception as error:  # noqa: BLE001 - it must not vanish with its thread
            self._put(error)
        finally:
            if radio is not None:
                radio.close()

    def _read(self, radio: Radio) -> None:
        while not self._stopping.is_set():
            samples = radio.receive(CHUNK_SAMPLES)
            at_s = time.monotonic()
            self._put(_Read(samples, radio.drops(), at_s))

    def _find(self, lost: RadioLost) -> Radio | None:
        give_up_s = time.monotonic() + self._reconnect_s
        while not self._stopping.wait(RETRY_S):
            if time.monotonic() > give_up_s:
                raise lost
            try:
                radio, self.read_back = self._open()
            except (RadioAbsent, RadioLost):
                continue
            self.reconnects += 1
            return radio
        return None

    def _put(self, item: _Read | BaseException | None) -> None:
        while True:
            try:
                self._queue.put(item, timeout=POLL_S)
                return
            except queue.Full:
                if self._stopping.is_set():
                    return

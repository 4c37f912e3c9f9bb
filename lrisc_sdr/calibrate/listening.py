# SPDX-License-Identifier: MIT
"""Receiving while something is sent: a thread that reads, and keeps the last samples."""

from __future__ import annotations

import threading
from collections import deque
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np

from lrisc_sdr.errors import LriscError
from lrisc_sdr.radio.protocol import Radio
from lrisc_sdr.types import ComplexArray

if TYPE_CHECKING:
    from typing_extensions import Self

CHUNK_SAMPLES = 1 << 16
POLL_S = 0.1
JOIN_S = 5.0
FAULT_JOIN_S = 0.5


class Listening:
    """Context manager; the radio is read within it.

    Args:
        radio: configured.
        kept: how many of the last samples are kept.
    """

    def __init__(self, radio: Radio, kept: int) -> None:
        self._radio = radio
        self._kept = kept
        self._chunks: deque[ComplexArray] = deque()
        self._size = 0
        self._count = 0
        self._error: LriscError | None = None
        self._moved = threading.Condition()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listening", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stopping.set()
        # After a fault the transmitter has to be off within two seconds, which comes after this.
        self._thread.join(JOIN_S if kind is None else FAULT_JOIN_S)

    def wait(self, n_samples: int) -> None:
        """Wait until so many more samples have been received.

        Raises:
            HardwareError: the radio was lost.
        """
        with self._moved:
            goal = self._count + n_samples
            while self._count < goal:
                if self._error is not None:
                    raise self._error
                self._moved.wait(POLL_S)

    def stop(self) -> ComplexArray:
        """End it, and return the last samples, c64 `[n]`, `kept` of them or a chunk more."""
        self._stopping.set()
        self._thread.join(JOIN_S)
        if self._error is not None:
            raise self._error
        return np.concatenate(list(self._chunks)) if self._chunks else np.zeros(0, dtype=np.complex64)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                samples = self._radio.receive(CHUNK_SAMPLES)
            except LriscError as error:
                with self._moved:
                    self._error = error
                    self._moved.notify_all()
                return
            with self._moved:
                self._chunks.append(samples)
                self._size += samples.size
                self._count += samples.size
                while self._size - self._chunks[0].size >= self._kept:
                    self._size -= self._chunks.popleft().size
                self._moved.notify_all()

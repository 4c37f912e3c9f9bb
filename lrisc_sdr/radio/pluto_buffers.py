# SPDX-License-Identifier: MIT
"""Samples in and out of an AD936x through libiio's buffers, without pyadi-iio's detour over complex128."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from lrisc_sdr.radio.scaling import RX_FULL_SCALE, TX_FULL_SCALE, from_int16, to_int16
from lrisc_sdr.types import ComplexArray

RX_BUFFER_SAMPLES = 1 << 16
TX_BUFFER_SAMPLES = 1 << 14
RX_BUFFERS = 16
TX_BUFFERS = 4

STATUS_REGISTER = 0x80000088
"""Of the converter's core in the FPGA; its bits stay until ones are written to them."""
UNDERFLOW, OVERFLOW = 1 << 0, 1 << 2


class ReceiveBuffers:
    """The receiver's stream; the first buffers may be older than the last settings.

    Args:
        device: libiio's device of the receiver.
    """

    def __init__(self, device: Any) -> None:
        self._device = device
        self._left = np.zeros(0, dtype=np.complex64)
        _enable(device, output=False)
        device.set_kernel_buffers_count(RX_BUFFERS)
        self._buffer: Any = importlib.import_module("iio").Buffer(device, RX_BUFFER_SAMPLES, False)
        take_status(device)

    def read(self, n_samples: int) -> ComplexArray:
        """The next samples, c64 `[n_samples]`."""
        pieces, have = [self._left], self._left.size
        while have < n_samples:
            self._buffer.refill()
            pieces.append(from_int16(np.frombuffer(self._buffer.read(), dtype="<i2"), RX_FULL_SCALE))
            have += pieces[-1].size
        samples = np.concatenate(pieces)
        self._left = samples[n_samples:].copy()
        return samples[:n_samples]

    def overflows(self) -> int:
        """1 where buffers were lost since this was last asked: the device does not say how many."""
        return int(take_status(self._device) & OVERFLOW != 0)

    def close(self) -> None:
        """Destroy the buffer, which its context must outlive."""
        _destroy(self._buffer)


class TransmitBuffers:
    """The transmitter's stream.

    Args:
        device: libiio's device of the transmitter.
    """

    def __init__(self, device: Any) -> None:
        self._device = device
        _enable(device, output=True)
        device.set_kernel_buffers_count(TX_BUFFERS)
        self._buffer: Any = importlib.import_module("iio").Buffer(device, TX_BUFFER_SAMPLES, False)

    def zeros(self) -> None:
        """Fill every buffer of the device with silence; when this returns, what was written before has been sent."""
        nothing = bytearray(4 * TX_BUFFER_SAMPLES)
        for _ in range(TX_BUFFERS):
            self._push(nothing)

    def write(self, samples: ComplexArray) -> int:
        """Send c64 `[n]`, and silence after it; returns 1 where a buffer came too late within it, else 0."""
        values = to_int16(samples, TX_FULL_SCALE)
        padded = np.zeros(-(-samples.size // TX_BUFFER_SAMPLES) * 2 * TX_BUFFER_SAMPLES, dtype="<i2")
        padded[: values.size] = values
        for number, block in enumerate(padded.reshape(-1, 2 * TX_BUFFER_SAMPLES)):
            self._push(bytearray(block))
            if number == 0:
                # The stream stood still before: that it ran dry then is no loss.
                take_status(self._device)
        late = take_status(self._device) & UNDERFLOW
        self.zeros()
        return int(late != 0)

    def close(self) -> None:
        """Destroy the buffer, which its context must outlive."""
        _destroy(self._buffer)

    def _push(self, block: bytearray) -> None:
        self._buffer.write(block)
        self._buffer.push()


def _enable(device: Any, *, output: bool) -> None:
    for name in ("voltage0", "voltage1"):
        device.find_channel(name, output).enabled = True


def _destroy(buffer: Any) -> None:
    # pylibiio does so when the last reference goes, and the traceback of a lost device's error holds one.
    buffer.__del__()
    buffer._buffer = None


def take_status(device: Any) -> int:
    """The status register, cleared by reading it."""
    status = int(device.reg_read(STATUS_REGISTER))
    if status:
        device.reg_write(STATUS_REGISTER, status)
    return status

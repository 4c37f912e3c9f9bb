# SPDX-License-Identifier: MIT
"""The error vector magnitude of received symbols whose transmitted values are known."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from lrisc_sdr.types import ComplexArray, ReceivedFrame


def error_vector_db(sent: ComplexArray, received: ComplexArray) -> float:
    """Return 10·log10 (E|ŝ − s|² / E|s|²), c64 `[n]` both `[dB]` (3GPP TS 36.104, annex E, for equalised symbols)."""
    error = np.mean(np.abs(received - sent) ** 2, dtype=np.float64)
    return 10.0 * math.log10(max(float(error / np.mean(np.abs(sent) ** 2, dtype=np.float64)), 1e-20))


def frames_error_vector_db(symbols: Sequence[ComplexArray], frames: Sequence[ReceivedFrame]) -> float | None:
    """Of all symbols of several frames, by their index; None without frames `[dB]`."""
    if not frames:
        return None
    sent = np.concatenate([symbols[frame.header.index] for frame in frames])
    return error_vector_db(sent, np.concatenate([frame.symbols for frame in frames]))

# SPDX-License-Identifier: GPL-3.0-or-later
"""LRISC OFDM Transmitter: a tagged stream of symbols becomes bursts with silence around them."""

from __future__ import annotations

from typing import Any

import numpy as np

from lrisc_sdr import phy
from lrisc_sdr.blocks.guard import Report
from lrisc_sdr.blocks.stage import Stage
from lrisc_sdr.blocks.tags import HEADER_TAG, header_from_pmt
from lrisc_sdr.errors import ConfigurationError, InputError
from lrisc_sdr.types import ComplexArray, Frame, FrameHeader
from lrisc_sdr.waveform import waveform as waveform_named

MIN_GAP = 64
"""What filters after the transmitter, of a radio or of a simulated channel, hold back at the end of the stream is lost:
it must be silence `[samples]`."""


class Transmitter(Stage):
    """One burst for every frame of any length.

    Args:
        waveform: name of a waveform preset.
        gap_samples: silence before the first burst and after every burst, at least `MIN_GAP` `[samples]`.
        pause_s: silence after a picture's last burst, which a radio needs to have sent it when the stream ends `[s]`.

    Raises:
        ConfigurationError: there is no such waveform, or the gap is too short.
    """

    def __init__(self, waveform: str = "pluto256", gap_samples: int = 4096, pause_s: float = 0.0) -> None:
        super().__init__("LRISC OFDM Transmitter")
        if gap_samples < MIN_GAP:
            raise ConfigurationError(f"gap_samples is {gap_samples}: a gap has at least {MIN_GAP} samples")
        self._waveform = waveform_named(waveform)
        self._gap = np.zeros(gap_samples, np.complex64)
        self._pause = np.zeros(round(pause_s * self._waveform.rate_sps), np.complex64)
        self._header: FrameHeader | None = None
        self._parts: list[ComplexArray] = []
        self._missing = 0
        self._frames_sent = 0
        self._pictures: dict[int, dict[str, float]] = {}

    def transform(self, items: ComplexArray, first: int) -> ComplexArray:
        headers = {tag.offset: tag.value for tag in self.get_tags_in_range(0, first, first + len(items), HEADER_TAG)}
        output: list[ComplexArray] = [self._gap] if first == 0 else []
        position = 0
        while position < len(items):
            if self._missing == 0:
                self._begin(headers.get(first + position))
            count = min(self._missing, len(items) - position)
            self._parts.append(items[position : position + count].copy())
            self._missing -= count
            position += count
            if self._missing == 0:
                output += [self._burst(), self._gap]
                if self._header is not None and self._header.index == self._header.count - 1:
                    output.append(self._pause)
        return np.concatenate(output) if output else np.empty(0, np.complex64)

    def _begin(self, header: Any) -> None:
        if header is None:
            raise InputError("symbols without a frame header: put an LRISC Frame File Source before the transmitter")
        self._header = header_from_pmt(header)
        self._missing = self._header.n_symbols
        self._parts = []

    def _burst(self) -> ComplexArray:
        assert self._header is not None
        burst: ComplexArray = phy.transmit(Frame(self._header, np.concatenate(self._parts)), self._waveform)
        picture = self._pictures.setdefault(self._header.picture_id, {"frames_sent": 0, "air_s": 0.0})
        picture["frames_sent"] += 1
        picture["air_s"] += len(burst) / self._waveform.rate_sps
        self._frames_sent += 1
        return burst

    def flush(self) -> None:
        if self._missing:
            raise InputError(f"the stream of symbols ended {self._missing} symbols before the end of a frame")

    def report(self) -> Report:
        return {"frames_sent": self._frames_sent, "pictures": self._pictures}

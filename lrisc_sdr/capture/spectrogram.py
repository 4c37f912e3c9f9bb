# SPDX-License-Identifier: MIT
"""A spectrogram of a capture of any length in a fixed number of columns, and the band that it occupies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrisc_sdr.types import ComplexArray, FloatArray

COLUMNS = 1200
SHORT_SAMPLES = 1 << 19
"""Shorter captures have more columns of fewer frequencies."""
CONTAINED = 0.99
"""Share of the power within the occupied band (ITU-R SM.328)."""

_LOUD = 0.3
"""Of the way from the quiet columns' power to the largest one's."""
_QUIET_SHARE = 0.2
_CONTRAST = 0.2


@dataclass(frozen=True)
class Spectrogram:
    """Powers over time and frequency.

    Attributes:
        mean: f32 `[columns, n_fft]`, mean power of each column's transforms, from −rate/2 on; 1 is full scale.
        peak: f32 `[columns, n_fft]`, their largest, which shows a burst that is shorter than a column.
        column_samples: what one column stands for `[samples]`.
        rate_sps: sampling rate `[samples/s]`.
    """

    mean: FloatArray
    peak: FloatArray
    column_samples: int
    rate_sps: float

    def occupied_hz(self) -> tuple[float, float] | None:
        """Lower and upper edge of the band with 99 % of the power of what comes and goes; None in silence.

        The loud columns, less what is there in the quiet ones as well: noise, carriers that stay. Where all columns
        are alike, the power of all.
        """
        levels = self.mean.sum(axis=1)
        if not levels.max() > 0.0:
            return None
        order = np.argsort(levels)
        lowest = order[: max(int(_QUIET_SHARE * levels.size), 1)]
        quiet_level = levels[lowest].mean()
        loud = self.mean[levels >= quiet_level + _LOUD * (levels.max() - quiet_level)].mean(axis=0, dtype=np.float64)
        psd = np.maximum(loud - self.mean[lowest].mean(axis=0, dtype=np.float64), 0.0)
        if psd.sum() < _CONTRAST * loud.sum():
            psd = loud
        share = np.cumsum(psd) / psd.sum()
        outside = (1.0 - CONTAINED) / 2.0
        edges = np.searchsorted(share, [outside, 1.0 - outside])
        low, high = ((edge + side) * self._bin_hz - self.rate_sps / 2 for edge, side in zip(edges, (0, 1), strict=True))
        return float(low), float(high)

    @property
    def _bin_hz(self) -> float:
        return self.rate_sps / self.mean.shape[1]


class SpectrogramMeter:
    """Takes so many samples, c64 in chunks of any size, and keeps the powers of their transforms by columns.

    Args:
        n_samples: how many will come, at least.
        rate_sps: sampling rate `[samples/s]`.
        columns: at most.
    """

    def __init__(self, n_samples: int, rate_sps: float, columns: int = COLUMNS) -> None:
        self._n_fft = 256 if n_samples < SHORT_SAMPLES else 512
        n_blocks = max(n_samples // self._n_fft, 1)
        self._blocks = -(-n_blocks // columns)
        self._rate_sps = rate_sps
        shape = (-(-n_blocks // self._blocks), self._n_fft)
        self._sum: NDArray[np.float64] = np.zeros(shape)
        self._peak = np.zeros(shape, dtype=np.float32)
        self._done = 0
        self._left = np.zeros(0, dtype=np.complex64)
        window = np.hanning(self._n_fft)
        self._window = (window / window.sum()).astype(np.float32)

    def add(self, samples: ComplexArray) -> None:
        """Take the next samples."""
        if self._left.size:
            samples = np.concatenate([self._left, samples])
        count = samples.size // self._n_fft
        self._left = samples[count * self._n_fft :].copy()
        if count == 0:
            return
        blocks = samples[: count * self._n_fft].reshape(count, self._n_fft)
        powers = np.abs(np.fft.fft(blocks * self._window, axis=1)).astype(np.float32) ** 2
        powers = np.fft.fftshift(powers, axes=1)
        columns = np.minimum((self._done + np.arange(count)) // self._blocks, self._sum.shape[0] - 1)
        first, begins = np.unique(columns, return_index=True)
        self._sum[first] += np.add.reduceat(powers, begins, axis=0)
        self._peak[first] = np.maximum(self._peak[first], np.maximum.reduceat(powers, begins, axis=0))
        self._done += count

    def measure(self) -> Spectrogram:
        """What came so far."""
        columns = min(max(-(-self._done // self._blocks), 1), self._sum.shape[0])
        counts = np.full(columns, self._blocks)
        counts[-1] = max(self._done - (columns - 1) * self._blocks, 1)
        mean = (self._sum[:columns] / counts[:, None]).astype(np.float32)
        return Spectrogram(mean, self._peak[:columns], self._blocks * self._n_fft, self._rate_sps)

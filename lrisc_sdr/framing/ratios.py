# SPDX-License-Identifier: MIT
"""Channel bandwidth ratios, for the bill."""

from __future__ import annotations

from collections.abc import Sequence

from lrisc_sdr import coding
from lrisc_sdr.types import Frame


def cbr_payload(n_symbols: int, height: int, width: int) -> float:
    """Return the channel bandwidth ratio of the latents alone: n_symbols / (3 · height · width)."""
    return n_symbols / (3 * height * width)


def cbr_frame(frames: Sequence[Frame], height: int, width: int) -> float:
    """Return the ratio of all that frames carry (headers, side information, latents, padding) to 3 · height · width."""
    uses = sum(coding.HEADER_SYMBOLS + frame.header.n_symbols for frame in frames)
    return uses / (3 * height * width)


def cbr_air(air_samples: int, height: int, width: int) -> float:
    """Return the ratio of all samples of all bursts (preamble, pilots, cyclic prefix too) to 3 · height · width.

    `air_samples` is the sum of `Waveform.air_symbols(n_symbols)` over the frames.
    """
    return air_samples / (3 * height * width)

# SPDX-License-Identifier: MIT
"""Compile the physical layer ahead, so that the first run does not have to wait: `python -m lrisc_sdr.phy`."""

from __future__ import annotations

import numpy as np

from lrisc_sdr.phy import receive, transmit
from lrisc_sdr.types import Frame, FrameHeader
from lrisc_sdr.waveform import PRESETS


def main() -> None:
    """Send and receive a frame of every waveform."""
    n_symbols = 8192
    frame = Frame(FrameHeader(0, 0, 1, n_symbols, 0, 1), np.ones(n_symbols, dtype=np.complex64))
    for waveform in PRESETS.values():
        receive(transmit(frame, waveform), waveform)


if __name__ == "__main__":
    main()

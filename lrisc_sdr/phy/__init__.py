# SPDX-License-Identifier: MIT
"""The OFDM physical layer: frames to bursts, streams to frames. Pure functions on arrays, one stage a file.

    samples ─► detection ─► acquisition ─► channel ─► tracking ─► noise ─► equalisation ─► frames
               S&C blocks   verify, CFO,   LS on L    pilots:     σ²       ŝ = y/h
                            first path     taps       φ, timing
"""

from lrisc_sdr.phy.transmit import transmit

__all__ = ["transmit"]

# SPDX-License-Identifier: MIT
"""The OFDM physical layer: frames to bursts, streams to frames. Pure functions on arrays, one stage a file.

samples ─► offset ─► detection ─► acquisition ─► channel ─► tracking ─► noise ─► equalisation ─► frames
           no DC     correlation  verify, CFO,   LS on L    pilots:     σ²       ŝ = y/h
                     in blocks    first path     taps       φ, timing
"""

from lrisc_sdr.phy.receive import Counters, Receiver, receive
from lrisc_sdr.phy.transmit import transmit

__all__ = ["Counters", "Receiver", "receive", "transmit"]

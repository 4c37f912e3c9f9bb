# SPDX-License-Identifier: MIT
"""Cutting a picture's latents into frames, and putting together what arrives.

    descriptor · rate map · CRC-32 ─► coding.encode_side ─┐
                                                          ├─► one interleaver over the picture ─► cut ─► Frame, Frame, …
    latents c64 [n] · padding ────────────────────────────┘

Position i of the T symbols goes to i·p mod T, p coprime to T and nearest to T divided by the golden ratio, and the
result is cut into equal frames. So a lost frame takes an even comb out of the latents and out of the coded side
information: never a hole in the picture, and the side information survives the loss of one frame in three.
"""

from lrisc_sdr.framing.assembler import Assembler, AssemblerCounters
from lrisc_sdr.framing.assembly import assemble
from lrisc_sdr.framing.planning import (
    DEFAULT_FRAME_SYMBOLS,
    MAX_PICTURE_SYMBOLS,
    MAX_RATE_MAP_BYTES,
    FramePlan,
    plan,
    side_repetition,
)
from lrisc_sdr.framing.ratios import cbr_air, cbr_frame, cbr_payload
from lrisc_sdr.framing.segmentation import segment

__all__ = [
    "Assembler",
    "AssemblerCounters",
    "assemble",
    "DEFAULT_FRAME_SYMBOLS",
    "MAX_PICTURE_SYMBOLS",
    "MAX_RATE_MAP_BYTES",
    "FramePlan",
    "plan",
    "side_repetition",
    "cbr_air",
    "cbr_frame",
    "cbr_payload",
    "segment",
]

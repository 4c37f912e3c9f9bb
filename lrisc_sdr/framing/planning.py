# SPDX-License-Identifier: MIT
"""How a picture is cut: as many latents as its rate allows, after headers and side information."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

from lrisc_sdr import coding
from lrisc_sdr.errors import ConfigurationError

MAX_PICTURE_SYMBOLS = 1 << 23
"""Symbols of all frames of one picture together: the memory that a header's claim can cost stays below 200 MB."""
DEFAULT_FRAME_SYMBOLS = 16384
"""Longest frame unless another length is asked for: longer ones save little more of the rate and of the time."""
FRAMES_TO_LOSE_ONE = 3
"""Pictures are cut into so many frames at the least, where these then have `LEAST_OF_SEVERAL` symbols each: two thirds
of a picture outlive the loss of a frame."""
LEAST_OF_SEVERAL = 8192

DESCRIPTOR = struct.Struct(">HH4sIH")  # height, width, model, payload symbols, bytes of rate map
CRC_BYTES = 4
MODEL_BYTES = 4
MAX_RATE_MAP_BYTES = coding.MAX_SIDE_BYTES - DESCRIPTOR.size - CRC_BYTES

# With a third of the symbols gone, one block of 60 bytes in a hundred fails where the energy received per coded symbol
# is 4.5 dB over the noise; longer blocks need 1 dB more. And what the transmitter was told may be 2 dB too good.
_SIDE_THRESHOLD_DB = 5.5
_SIDE_MARGIN_DB = 2.0
_SIDE_LOSS_DB = 10.0 * math.log10(3.0 / 2.0)


@dataclass(frozen=True)
class FramePlan:
    """How a picture of a given size and rate will be cut.

    Attributes:
        count: frames.
        frame_symbols: symbols of each frame after its header.
        side_repetition: how often every coded side bit is sent, 1 to 4.
        side_symbols: symbols that the side information takes.
        payload_symbols: symbols left for latents.
        over_budget: the rate is too small for the picture's own headers; the payload alone has that rate.
    """

    count: int
    frame_symbols: int
    side_repetition: int
    side_symbols: int
    payload_symbols: int
    over_budget: bool


def side_repetition(snr_db: float) -> int:
    """Return the smallest r in 1 to 4 with snr_db − 2 dB + 10 log₁₀(2/3) + 10 log₁₀ r ≥ 5.5 dB, or else 4.

    That is what the block needs to survive 2 dB below `snr_db` with a third of the frames lost: r = 1 from 9.3 dB, 2
    from 6.3, 3 from 4.5. Below 3.2 dB the margin shrinks; without loss four repetitions still work at −2 dB.

    Raises:
        ConfigurationError: `snr_db` is not a number.
    """
    if math.isnan(snr_db):
        raise ConfigurationError("the SNR told to the transmitter must be a number of dB, not nan")
    lacking_db = _SIDE_THRESHOLD_DB + _SIDE_MARGIN_DB + _SIDE_LOSS_DB - snr_db
    fitting = (r for r in range(1, coding.MAX_SIDE_REPETITION) if 10.0 * math.log10(r) >= lacking_db)
    return next(fitting, coding.MAX_SIDE_REPETITION)


def side_bytes(rate_map_bytes: int) -> int:
    if not 0 <= rate_map_bytes <= MAX_RATE_MAP_BYTES:
        raise ConfigurationError(f"a rate map has at most {MAX_RATE_MAP_BYTES} bytes, not {rate_map_bytes}")
    length = DESCRIPTOR.size + rate_map_bytes + CRC_BYTES
    return -(-length // coding.SIDE_UNIT_BYTES) * coding.SIDE_UNIT_BYTES


def cut(total: int, max_frame_symbols: int) -> tuple[int, int]:
    """Return (count, frame_symbols) that carry `total` symbols with the fewest channel uses."""
    longest = longest_frame(max_frame_symbols, total)
    options = []
    for count in range(max(1, -(-total // longest)), coding.MAX_FRAMES + 1):
        frame_symbols = -(-total // (count * coding.SYMBOL_UNIT)) * coding.SYMBOL_UNIT
        options.append((count * (coding.HEADER_SYMBOLS + frame_symbols), count, frame_symbols))
    if not options or total > MAX_PICTURE_SYMBOLS:
        capacity = min(coding.MAX_FRAMES * longest, MAX_PICTURE_SYMBOLS)
        raise ConfigurationError(f"{total} symbols do not fit into a picture's {capacity}: lower the rate (--cbr)")
    _, count, frame_symbols = min(options)
    return count, frame_symbols


def longest_frame(max_frame_symbols: int, total: int) -> int:
    """Return how many symbols a frame of a picture of `total` symbols may have."""
    unit = coding.SYMBOL_UNIT
    one_of_several = max(-(-total // (FRAMES_TO_LOSE_ONE * unit)) * unit, LEAST_OF_SEVERAL)
    longest = min(max_frame_symbols, one_of_several, coding.MAX_FRAME_SYMBOLS) // unit * unit
    if longest < unit:
        raise ConfigurationError(f"a frame needs at least {unit} symbols, not {max_frame_symbols}")
    return longest


def plan(
    height: int,
    width: int,
    cbr: float,
    rate_map_bytes: int,
    snr_db: float,
    max_frame_symbols: int = DEFAULT_FRAME_SYMBOLS,
) -> FramePlan:
    """Return the plan of largest payload with count · (HEADER_SYMBOLS + frame_symbols) ≤ cbr · 3 · height · width.

    A picture whose headers and side information leave less than a quarter of that for latents is too small for its own
    header: its plan has ⌈cbr · 3 · height · width⌉ payload symbols and `over_budget`.

    Raises:
        ConfigurationError: cbr outside (0, 1], more than 256 frames can carry, or a rate map too long.
    """
    if not 0.0 < cbr <= 1.0:
        raise ConfigurationError(f"the channel bandwidth ratio must lie above 0 and not above 1, not {cbr}")
    if not (1 <= height <= 65535 and 1 <= width <= 65535):
        raise ConfigurationError(f"a picture has 1 to 65,535 rows and columns, not {height} × {width}")
    uses = cbr * 3 * height * width
    budget = math.floor(uses * (1.0 + 1e-12))  # 1/48 of 1,179,648 must be 24,576, however the quotient was rounded
    longest = longest_frame(max_frame_symbols, budget)
    repetition = side_repetition(snr_db)
    side = coding.side_symbols(side_bytes(rate_map_bytes), repetition)
    highest = coding.MAX_FRAMES * (coding.HEADER_SYMBOLS + longest) / (3 * height * width)
    if cbr > highest:
        raise ConfigurationError(
            f"{coding.MAX_FRAMES} frames cannot carry this picture at a ratio of {cbr:.4g}: at most {highest:.4g}"
        )
    carried = 0
    for count in range(1, coding.MAX_FRAMES + 1):
        room = (budget // count - coding.HEADER_SYMBOLS) // coding.SYMBOL_UNIT * coding.SYMBOL_UNIT
        carried = max(carried, count * min(room, longest))
    over_budget = carried - side < budget / 4
    if over_budget:
        carried = side + math.ceil(uses * (1.0 - 1e-12))
    count, frame_symbols = cut(carried, max_frame_symbols)
    return FramePlan(count, frame_symbols, repetition, side, carried - side, over_budget)

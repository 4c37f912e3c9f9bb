# SPDX-License-Identifier: MIT
"""Cutting a picture's latents into frames, and putting together what arrives.

    descriptor · rate map · CRC-32 ─► coding.encode_side ─┐
                                                          ├─► one interleaver over the picture ─► cut ─► Frame, Frame, …
    latents c64 [n] · padding ────────────────────────────┘

Position i of the T symbols goes to i·p mod T, p coprime to T and nearest to T divided by the golden ratio, and the
result is cut into equal frames. So a lost frame takes an even comb out of the latents and out of the coded side
information: never a hole in the picture, and the side information survives the loss of one frame in three.
"""

from __future__ import annotations

import math
import struct
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lrisc_sdr import coding
from lrisc_sdr.errors import ConfigurationError, InputError, SideInformationLost
from lrisc_sdr.types import ComplexArray, FloatArray, Frame, FrameHeader, Latents, ReceivedFrame, ReceivedLatents

MAX_PICTURE_SYMBOLS = 1 << 23
"""Symbols of all frames of one picture together: the memory that a header's claim can cost stays below 200 MB."""
DEFAULT_FRAME_SYMBOLS = 8192

_DESCRIPTOR = struct.Struct(">HH4sIH")  # height, width, model, payload symbols, bytes of rate map
_CRC_BYTES = 4
_MODEL_BYTES = 4
MAX_RATE_MAP_BYTES = coding.MAX_SIDE_BYTES - _DESCRIPTOR.size - _CRC_BYTES

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


def _side_bytes(rate_map_bytes: int) -> int:
    if not 0 <= rate_map_bytes <= MAX_RATE_MAP_BYTES:
        raise ConfigurationError(f"a rate map has at most {MAX_RATE_MAP_BYTES} bytes, not {rate_map_bytes}")
    length = _DESCRIPTOR.size + rate_map_bytes + _CRC_BYTES
    return -(-length // coding.SIDE_UNIT_BYTES) * coding.SIDE_UNIT_BYTES


def _cut(total: int, max_frame_symbols: int) -> tuple[int, int]:
    """Return (count, frame_symbols) that carry `total` symbols with the fewest channel uses."""
    longest = _longest_frame(max_frame_symbols)
    options = []
    for count in range(max(1, -(-total // longest)), coding.MAX_FRAMES + 1):
        frame_symbols = -(-total // (count * coding.SYMBOL_UNIT)) * coding.SYMBOL_UNIT
        options.append((count * (coding.HEADER_SYMBOLS + frame_symbols), count, frame_symbols))
    if not options or total > MAX_PICTURE_SYMBOLS:
        capacity = min(coding.MAX_FRAMES * longest, MAX_PICTURE_SYMBOLS)
        raise ConfigurationError(f"{total} symbols do not fit into a picture's {capacity}: lower the rate (--cbr)")
    _, count, frame_symbols = min(options)
    return count, frame_symbols


def _longest_frame(max_frame_symbols: int) -> int:
    longest = min(max_frame_symbols, coding.MAX_FRAME_SYMBOLS) // coding.SYMBOL_UNIT * coding.SYMBOL_UNIT
    if longest < coding.SYMBOL_UNIT:
        raise ConfigurationError(f"a frame needs at least {coding.SYMBOL_UNIT} symbols, not {max_frame_symbols}")
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
    longest = _longest_frame(max_frame_symbols)
    repetition = side_repetition(snr_db)
    side = coding.side_symbols(_side_bytes(rate_map_bytes), repetition)
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
    count, frame_symbols = _cut(carried, max_frame_symbols)
    return FramePlan(count, frame_symbols, repetition, side, carried - side, over_budget)


def segment(
    latents: Latents, picture_id: int, snr_db: float, max_frame_symbols: int = DEFAULT_FRAME_SYMBOLS
) -> list[Frame]:
    """Cut a picture into frames, with the fewest channel uses that carry it; `snr_db` is what the transmitter was told.

    Raises:
        ConfigurationError: latents that no plan allows (too many, a rate map too long), a model_id that is not 8
            hexadecimal digits, or a picture_id out of range.
    """
    try:
        model = bytes.fromhex(latents.model_id)
    except ValueError:
        model = b""
    if len(model) != _MODEL_BYTES:
        raise ConfigurationError(f"a model id has 8 hexadecimal digits, not {latents.model_id!r}")
    side_bytes = _side_bytes(len(latents.rate_map))
    body = _DESCRIPTOR.pack(latents.height, latents.width, model, latents.symbols.size, len(latents.rate_map))
    body = (body + latents.rate_map).ljust(side_bytes - _CRC_BYTES, b"\0")
    repetition = side_repetition(snr_db)
    side = coding.encode_side(body + coding.crc32(body).to_bytes(_CRC_BYTES, "big"), repetition)
    count, frame_symbols = _cut(side.size + latents.symbols.size, max_frame_symbols)
    total = count * frame_symbols
    padding = coding.qpsk_map(coding.whitening(2 * (total - side.size - latents.symbols.size)))
    sent = np.empty(total, dtype=np.complex64)
    sent[coding.interleaver(total)] = np.concatenate([side, latents.symbols, padding])
    header = FrameHeader(picture_id, 0, count, frame_symbols, side_bytes, repetition)
    coding.check_header(header)
    return [Frame(replace(header, index=i), part.copy()) for i, part in enumerate(sent.reshape(count, frame_symbols))]


def _check(frame: ReceivedFrame) -> None:
    header = frame.header
    shape = (header.n_symbols,)
    name = f"frame {header.index} of picture {header.picture_id}"
    if frame.symbols.shape != shape or frame.noise_var.shape != shape:
        raise InputError(f"{name} does not have the length that its header says")
    if not np.all(frame.noise_var >= 0.0):
        raise InputError(f"{name} has a noise variance that is negative or not a number")
    if not np.all(np.isfinite(frame.symbols) | np.isinf(frame.noise_var)):
        raise InputError(f"{name} has symbols that are not numbers")
    total = header.count * header.n_symbols
    if total > MAX_PICTURE_SYMBOLS or coding.side_symbols(header.side_bytes, header.side_repetition) > total:
        raise InputError(f"{name} claims sizes that contradict each other")


def _picture(header: FrameHeader) -> FrameHeader:
    """What all headers of one picture have in common."""
    return replace(header, index=0)


def assemble(frames: Sequence[ReceivedFrame]) -> ReceivedLatents:
    """Put together what arrived of one picture; what is missing has symbol 0 and noise_var inf.

    Of two frames with the same index the one of higher SNR is taken.

    Raises:
        InputError: no frames, frames of several pictures, or a frame whose arrays do not match its header.
        SideInformationLost: the rate map's CRC is wrong, or what it protects contradicts the headers.
    """
    if not frames:
        raise InputError("a picture cannot be put together from no frames")
    header = _picture(frames[0].header)
    best: dict[int, ReceivedFrame] = {}
    for frame in frames:
        _check(frame)
        if _picture(frame.header) != header:
            raise InputError(f"frames of picture {header.picture_id} disagree about the picture that they belong to")
        kept = best.get(frame.header.index)
        if kept is None or frame.snr_db > kept.snr_db:
            best[frame.header.index] = frame
    symbols = np.zeros((header.count, header.n_symbols), dtype=np.complex64)
    noise_var = np.full(symbols.shape, np.inf, dtype=np.float32)
    for index, frame in best.items():
        noise_var[index] = frame.noise_var
        symbols[index] = np.where(np.isfinite(frame.noise_var), frame.symbols, 0)
    order = coding.interleaver(symbols.size)
    descriptor, rate_map, payload = _side_information(header, symbols.reshape(-1)[order], noise_var.reshape(-1)[order])
    height, width, model = descriptor
    return ReceivedLatents(
        picture_id=header.picture_id,
        symbols=payload[0],
        noise_var=payload[1],
        rate_map=rate_map,
        height=height,
        width=width,
        model_id=model,
        snr_db=float(np.mean([frame.snr_db for frame in best.values()])),
        cfo_hz=float(np.mean([frame.cfo_hz for frame in best.values()])),
        frames_received=len(best),
        frames_sent=header.count,
    )


def _side_information(
    header: FrameHeader, symbols: ComplexArray, noise_var: FloatArray
) -> tuple[tuple[int, int, str], bytes, tuple[ComplexArray, FloatArray]]:
    """Split a picture in the encoder's order into (height, width, model), rate map and (latents, their noise_var)."""
    lost = SideInformationLost(
        f"the rate map of picture {header.picture_id} did not survive the channel: send it again, or at a higher SNR"
    )
    side = coding.side_symbols(header.side_bytes, header.side_repetition)
    if header.side_bytes < _side_bytes(0):
        raise lost
    block = coding.decode_side(symbols[:side], noise_var[:side], header.side_bytes, header.side_repetition)
    if block is None:
        raise lost
    height, width, model, n_symbols, rate_map_bytes = _DESCRIPTOR.unpack_from(block)
    room = symbols.size - side - n_symbols
    sized = rate_map_bytes <= MAX_RATE_MAP_BYTES and header.side_bytes == _side_bytes(rate_map_bytes)
    if not (sized and 0 <= room < coding.SYMBOL_UNIT * header.count and height > 0 and width > 0):
        raise lost
    rate_map = block[_DESCRIPTOR.size : _DESCRIPTOR.size + rate_map_bytes]
    payload = slice(side, side + n_symbols)
    return (height, width, model.hex()), rate_map, (symbols[payload], noise_var[payload])


@dataclass(frozen=True)
class AssemblerCounters:
    """What an `Assembler` has seen: frames, whole pictures, pictures with frames missing, pictures given up."""

    frames: int = 0
    complete: int = 0
    partial: int = 0
    lost: int = 0


class Assembler:
    """Collects frames as they come, of several pictures at once.

    A picture is finished when its last frame arrives, when `max_pictures` newer ones have begun (then with what it
    has), or at `flush`. One whose side information is lost is not returned but counted, and its id kept in `lost_ids`
    (the last 1,024 of them).
    """

    def __init__(self, max_pictures: int = 16) -> None:
        self.counters = AssemblerCounters()
        self.lost_ids: list[int] = []
        self._max_pictures = max_pictures
        self._open: OrderedDict[FrameHeader, dict[int, ReceivedFrame]] = OrderedDict()

    def add(self, frame: ReceivedFrame) -> ReceivedLatents | None:
        """Take one frame; return the picture that it completed or pushed out, if any.

        Raises:
            InputError: the frame's arrays do not match its header; nothing is kept of it.
        """
        _check(frame)
        self.counters = replace(self.counters, frames=self.counters.frames + 1)
        picture = _picture(frame.header)
        frames = self._open.setdefault(picture, {})
        kept = frames.get(frame.header.index)
        if kept is None or frame.snr_db > kept.snr_db:
            frames[frame.header.index] = frame
        if len(frames) == picture.count:
            return self._finish(picture)
        if len(self._open) > self._max_pictures:
            return self._finish(next(iter(self._open)))
        return None

    def flush(self) -> list[ReceivedLatents]:
        """Return all pictures still open, oldest first, with erasures where frames are missing."""
        finished = [self._finish(picture) for picture in list(self._open)]
        return [picture for picture in finished if picture is not None]

    def _finish(self, picture: FrameHeader) -> ReceivedLatents | None:
        frames = self._open.pop(picture)
        counters = self.counters
        try:
            received = assemble(list(frames.values()))
        except SideInformationLost:
            self.counters = replace(counters, lost=counters.lost + 1)
            self.lost_ids = [*self.lost_ids[-1023:], picture.picture_id]
            return None
        if len(frames) == picture.count:
            self.counters = replace(counters, complete=counters.complete + 1)
        else:
            self.counters = replace(counters, partial=counters.partial + 1)
        return received


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

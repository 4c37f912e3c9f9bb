# SPDX-License-Identifier: MIT
"""From frames to latents, with erasures where frames are missing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lrisc_sdr import coding
from lrisc_sdr.errors import InputError, SideInformationLost
from lrisc_sdr.framing.planning import DESCRIPTOR, MAX_PICTURE_SYMBOLS, MAX_RATE_MAP_BYTES, side_bytes
from lrisc_sdr.types import ComplexArray, FloatArray, FrameHeader, ReceivedFrame, ReceivedLatents


def check_frame(frame: ReceivedFrame) -> None:
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


def picture_header(header: FrameHeader) -> FrameHeader:
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
    header = picture_header(frames[0].header)
    best: dict[int, ReceivedFrame] = {}
    for frame in frames:
        check_frame(frame)
        if picture_header(frame.header) != header:
            raise InputError(f"frames of picture {header.picture_id} disagree about the picture that they belong to")
        kept = best.get(frame.header.index)
        if kept is None or frame.snr_db > kept.snr_db:
            best[frame.header.index] = frame
    symbols = np.zeros((header.count, header.n_symbols), dtype=np.complex64)
    noise_var = np.full(symbols.shape, np.inf, dtype=np.float32)
    for index, frame in best.items():
        noise_var[index] = frame.noise_var
        np.copyto(symbols[index], frame.symbols, where=np.isfinite(frame.noise_var))
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
        snr_db=math.fsum(frame.snr_db for frame in best.values()) / len(best),
        cfo_hz=math.fsum(frame.cfo_hz for frame in best.values()) / len(best),
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
    if header.side_bytes < side_bytes(0):
        raise lost
    block = coding.decode_side(symbols[:side], noise_var[:side], header.side_bytes, header.side_repetition)
    if block is None:
        raise lost
    height, width, model, n_symbols, rate_map_bytes = DESCRIPTOR.unpack_from(block)
    room = symbols.size - side - n_symbols
    sized = rate_map_bytes <= MAX_RATE_MAP_BYTES and header.side_bytes == side_bytes(rate_map_bytes)
    if not (sized and 0 <= room < coding.SYMBOL_UNIT * header.count and height > 0 and width > 0):
        raise lost
    rate_map = block[DESCRIPTOR.size : DESCRIPTOR.size + rate_map_bytes]
    payload = slice(side, side + n_symbols)
    return (height, width, model.hex()), rate_map, (symbols[payload], noise_var[payload])

# SPDX-License-Identifier: MIT
"""From latents to frames."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lrisc_sdr import coding
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.framing.planning import (
    CRC_BYTES,
    DEFAULT_FRAME_SYMBOLS,
    DESCRIPTOR,
    MODEL_BYTES,
    cut,
    side_bytes,
    side_repetition,
)
from lrisc_sdr.types import Frame, FrameHeader, Latents


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
    if len(model) != MODEL_BYTES:
        raise ConfigurationError(f"a model id has 8 hexadecimal digits, not {latents.model_id!r}")
    length = side_bytes(len(latents.rate_map))
    body = DESCRIPTOR.pack(latents.height, latents.width, model, latents.symbols.size, len(latents.rate_map))
    body = (body + latents.rate_map).ljust(length - CRC_BYTES, b"\0")
    repetition = side_repetition(snr_db)
    side = coding.encode_side(body + coding.crc32(body).to_bytes(CRC_BYTES, "big"), repetition)
    count, frame_symbols = cut(side.size + latents.symbols.size, max_frame_symbols)
    total = count * frame_symbols
    padding = coding.qpsk_map(coding.whitening(2 * (total - side.size - latents.symbols.size)))
    sent = np.empty(total, dtype=np.complex64)
    sent[coding.interleaver(total)] = np.concatenate([side, latents.symbols, padding])
    header = FrameHeader(picture_id, 0, count, frame_symbols, length, repetition)
    coding.check_header(header)
    return [Frame(replace(header, index=i), part.copy()) for i, part in enumerate(sent.reshape(count, frame_symbols))]

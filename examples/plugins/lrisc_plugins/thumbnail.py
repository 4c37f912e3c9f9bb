# SPDX-License-Identifier: MIT
"""A codec without a network: the picture made small, and its pixels as they are on the symbols.

    x ─► halve s times ─► (x − mean) / scale, two values a symbol ══ channel ══► mean + scale · ŝ ─► enlarge

An analog thumbnail: noise on a symbol is noise on a pixel. It shows what an encoder and a decoder have to do.
Neighbouring pixels are alike: so that the OFDM symbols that carry them have no peaks, every symbol is turned by some
quarter turns that both ends know.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lrisc_sdr.errors import ConfigurationError, SideInformationLost, UnknownModel
from lrisc_sdr.sampling import Sampling
from lrisc_sdr.types import ByteArray, ComplexArray, Latents, Mode, ReceivedLatents

_SIDE = struct.Struct(">Bee")
"""How often it was halved; mean of its pixels, and what gives the symbols unit power, in grey levels."""

_MOST_HALVINGS = 12


@dataclass(frozen=True)
class Pair:
    """What a decoder gives: a picture u8 `[H, W, 3]`, and the one before a refinement, if it has any."""

    picture: ByteArray
    jscc: ByteArray


class Thumbnail:
    """Encoder and decoder.

    Args:
        name: under which it was asked for.
    """

    model_id = "7403b417"
    """8 hexadecimal digits of its own: receivers see by them whether they have the decoder."""

    def __init__(self, name: str) -> None:
        self.name = name

    def encode(
        self,
        image: ByteArray,
        snr_db: float,  # noqa: ARG002 - the same at every SNR
        budget: Callable[[int], int],
        roi: NDArray[np.bool_] | None = None,
        mode: Mode = "adaptive",
    ) -> Latents:
        """Map a picture u8 `[H, W, 3]` to at most `budget(bytes of side information)` symbols of unit mean power."""
        if roi is not None or mode != "adaptive":
            raise ConfigurationError(f"{self.name} knows no regions and no modes")
        height, width = image.shape[:2]
        for halvings in range(_MOST_HALVINGS):
            size = -(-width >> halvings), -(-height >> halvings)
            if -(-3 * size[0] * size[1] // 2) <= budget(_SIDE.size):
                break
        else:
            raise ConfigurationError(f"not even one pixel fits: ask for a higher CBR than that of {self.name}")
        pixels = np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BOX), dtype=np.float32).ravel()
        # What the receiver is told is rounded: the transmitter uses the same figures.
        mean = float(np.float16(pixels.mean()))
        pairs = np.append(pixels - mean, np.zeros(pixels.size % 2)).astype(np.float32).view(np.complex64)
        scale = float(np.float16(max(np.sqrt(np.mean(np.abs(pairs) ** 2)), 1e-3)))
        side = _SIDE.pack(halvings, mean, scale)
        return Latents(pairs / np.float32(scale) * _turns(pairs.size), side, height, width, self.model_id)

    def decode(
        self,
        received: ReceivedLatents,
        sampling: Sampling,  # noqa: ARG002 - there is nothing to refine
        *,
        watch: Callable[[int, list[ByteArray]], None] | None = None,  # noqa: ARG002
    ) -> Pair:
        """Rebuild the picture; a lost symbol is a pixel of the mean."""
        if received.model_id != self.model_id:
            raise UnknownModel(f"the picture was sent with model {received.model_id}, this is {self.model_id}")
        try:
            halvings, mean, scale = _SIDE.unpack(received.rate_map)
        except struct.error as error:
            raise SideInformationLost("the side information is not a thumbnail's") from error
        rows, columns = -(-received.height >> halvings), -(-received.width >> halvings)
        turned = received.symbols * np.conj(_turns(received.symbols.size))
        values = turned.astype(np.complex64).view(np.float32)[: 3 * rows * columns]
        if values.size != 3 * rows * columns:
            raise SideInformationLost(f"{received.symbols.size} symbols do not make {columns}x{rows} pixels")
        pixels = mean + scale * values.reshape(rows, columns, 3)
        small = Image.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8))
        picture = np.asarray(small.resize((received.width, received.height), Image.Resampling.BICUBIC))
        return Pair(picture, picture)


def _turns(count: int) -> ComplexArray:
    """1, i, −1 or −i for every symbol, c64 `[count]`, always the same."""
    quarters = np.random.default_rng(1).integers(0, 4, count)
    return (1j**quarters).astype(np.complex64)

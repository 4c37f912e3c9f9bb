# SPDX-License-Identifier: MIT
"""A way to send pictures over the link: what a campaign compares.

picture ─► encode ─► symbols ══ the same frames, waveform, channel and receiver for all ══► decode ─► picture
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from lrisc_sdr.types import ByteArray, Latents, ReceivedLatents


class System(Protocol):
    """An encoder and the decoder that belongs to it.

    Attributes:
        name: what tables and curves call it.
    """

    name: str

    def encode(self, image: ByteArray, snr_db: float, budget: Callable[[int], int]) -> Latents:
        """Map a picture to symbols.

        What the decoder must be told lies in `Latents.rate_map`: it is protected, sent and billed like everything else.

        Args:
            image: u8 `[H, W, 3]`.
            snr_db: the Es/N0 that the transmitter was told `[dB]`.
            budget: complex symbols that the picture may take when its `rate_map` has so many bytes.

        Returns:
            Symbols c64 of unit mean power, at most `budget(len(rate_map))` of them.

        Raises:
            ConfigurationError: this picture cannot be sent with this budget.
        """
        ...

    def decode(self, received: ReceivedLatents) -> ByteArray:
        """Rebuild the picture, u8 `[H, W, 3]`.

        Raises:
            SideInformationLost: or another `LriscError`: the picture is lost. It is reported failed, never guessed.
        """
        ...

# SPDX-License-Identifier: MIT
"""The bound on digital separation: an image codec and a code that reaches capacity.

It is no system: nothing is sent. A code of unlimited length at the capacity of the AWGN channel would carry so many
bits without error, in as many symbols as the other systems get, at the true SNR; real codes of this length stay 1 to
2 dB from it. Headers and side information are paid as by the others, the modem's losses are not.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from lrisc_sdr.baselines.image_codecs import image_codec
from lrisc_sdr.types import ByteArray


class IdealLink:
    """What an image codec could show at capacity.

    Args:
        codec: "avif", "heif", "webp" or "jpeg2000".

    Attributes:
        name: "avif-capacity".

    Raises:
        ConfigurationError: there is no such codec.
    """

    def __init__(self, codec: str = "avif") -> None:
        self._codec = image_codec(codec)
        self.name = f"{codec}-capacity"

    def picture(self, image: ByteArray, snr_db: float, budget: Callable[[int], int]) -> tuple[ByteArray, int]:
        """Return the picture, u8 `[H, W, 3]`, and the bits at capacity, ⌊n · log₂(1 + Es/N0)⌋ for n symbols.

        Args:
            image: u8 `[H, W, 3]`.
            snr_db: the channel's Es/N0 `[dB]`.
            budget: complex symbols that the picture may take with so many bytes of side information: none here.

        Raises:
            ConfigurationError: the picture fits that many bits at no quality.
            MissingExtra: the image codec is not installed.
        """
        bits = math.floor(budget(0) * math.log2(1.0 + 10.0 ** (snr_db / 10.0)))
        packed = self._codec.pack(image, bits // 8)
        return self._codec.unpack(packed, image.shape[0], image.shape[1]), bits

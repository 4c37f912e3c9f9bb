# SPDX-License-Identifier: MIT
"""Digital separation over the link: an image codec, 5G's LDPC code and QAM.

    picture ─► image codec, best within B bytes ─► LDPC at the MCS's rate ─► QAM ─► ŝ, σ²
    picture ◄─ image codec                      ◄─ min-sum, CRC          ◄─ LLRs ◄┘

Its symbols take the place of latents: the same frames, headers, side information, interleaver and bill.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable

from lrisc_sdr.baselines.image_codecs import image_codec
from lrisc_sdr.baselines.mcs import MCS_TABLE, Mcs, best_mcs, mcs
from lrisc_sdr.baselines.qam import qam_llr, qam_map
from lrisc_sdr.baselines.transport import Transport, most_bytes
from lrisc_sdr.errors import ConfigurationError, SideInformationLost, UnknownModel
from lrisc_sdr.types import ByteArray, Latents, ReceivedLatents

_SIDE = struct.Struct(">BHB")  # MCS, and the count of bytes: its upper 16 and its lower 8 bits

DEFAULT_MARGIN_DB = 0.3
"""How far above its threshold an MCS is used: what estimation costs the modem, and a reserve (see best_rates.py)."""


class DigitalLink:
    """One image codec over LDPC and QAM: a `System`.

    Args:
        codec: "avif", "heif", "webp" or "jpeg2000".
        fixed_mcs: the MCS at every SNR; without it, the best whose threshold lies margin_db below the SNR told.
        margin_db: see `fixed_mcs` `[dB]`.

    Attributes:
        name: "avif-ldpc"; with a fixed MCS "avif-ldpc-mcs5".

    Raises:
        ConfigurationError: there is no such codec or MCS.
    """

    def __init__(self, codec: str = "avif", fixed_mcs: int | None = None, margin_db: float = DEFAULT_MARGIN_DB) -> None:
        self._codec = image_codec(codec)
        self._fixed = None if fixed_mcs is None else mcs(fixed_mcs)
        self._margin_db = margin_db
        self.name = f"{codec}-ldpc" + ("" if fixed_mcs is None else f"-mcs{fixed_mcs}")
        self.model_id = hashlib.sha256(f"{codec}-ldpc".encode()).hexdigest()[:8]

    def encode(self, image: ByteArray, snr_db: float, budget: Callable[[int], int]) -> Latents:
        """Map a picture to symbols: as many as the budget allows, QAM of unit mean power.

        Args:
            image: u8 `[H, W, 3]`.
            snr_db: the Es/N0 that the transmitter expects `[dB]`.
            budget: complex symbols that the picture may take with so many bytes of side information.

        Raises:
            ConfigurationError: the picture fits that many symbols at no quality.
            MissingExtra: the image codec is not installed.
        """
        scheme = self._fixed or best_mcs(snr_db, self._margin_db)
        n_symbols = budget(_SIDE.size)
        packed = self._codec.pack(image, most_bytes(n_symbols, scheme.order, scheme.rate))
        transport = Transport(len(packed), n_symbols, scheme.order, scheme.rate)
        symbols = qam_map(transport.encode(packed), scheme.order)
        side = _SIDE.pack(scheme.index, len(packed) >> 8, len(packed) & 255)
        return Latents(symbols, side, image.shape[0], image.shape[1], self.model_id)

    def decode(self, received: ReceivedLatents) -> ByteArray:
        """Return the picture, u8 `[H, W, 3]`, exactly as the image codec made it.

        Raises:
            UnknownModel: it was sent by another system.
            SideInformationLost: the side information contradicts itself.
            PictureLost: too much noise for the MCS.
            MissingExtra: the image codec is not installed.
        """
        if received.model_id != self.model_id:
            raise UnknownModel(
                f"the picture was sent with model {received.model_id}, here is {self.model_id}, {self.name}"
            )
        transport = _announced(received)
        packed = transport.decode(qam_llr(received.symbols, received.noise_var, transport.order))
        return self._codec.unpack(packed, received.height, received.width)


def _announced(received: ReceivedLatents) -> Transport:
    """How the picture was sent, from its side information."""
    try:
        index, upper, lower = _SIDE.unpack(received.rate_map)
        scheme: Mcs = MCS_TABLE[index]
        return Transport(upper << 8 | lower, received.symbols.size, scheme.order, scheme.rate)
    except (struct.error, IndexError, ConfigurationError) as error:
        raise SideInformationLost(
            f"the side information of picture {received.picture_id} contradicts itself: send it again"
        ) from error

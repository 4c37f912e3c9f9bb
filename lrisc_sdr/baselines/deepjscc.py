# SPDX-License-Identifier: MIT
"""DeepJSCC over the link: every patch takes the same length, whatever it shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from lrisc_sdr.baselines.deepjscc_network import DeepJsccConfig, DeepJsccNetwork
from lrisc_sdr.codec.codec import CELL_PIXELS, SNR_RANGE_DB, to_images, to_tensor
from lrisc_sdr.codec.jscc import DIMENSIONS, power_scale, scale_code, scale_value
from lrisc_sdr.codec.network import state_scalars
from lrisc_sdr.codec.patches import PATCH
from lrisc_sdr.codec.saved_model import SavedModel
from lrisc_sdr.errors import ConfigurationError, SideInformationLost, UnknownModel
from lrisc_sdr.types import ByteArray, Latents, ReceivedLatents

_SIDE_BYTES = 1
_PAIRS = DIMENSIONS // 2


def uniform_mask(symbols: int, patches: int) -> Tensor:
    """Which dimensions are sent when `symbols` complex symbols are spread evenly: f32 `[patches, 128]` of 0 and 1.

    Every patch sends as many pairs of dimensions as go round; what is left over goes to patches at even distances.
    """
    whole, rest = divmod(symbols, patches)
    number = torch.arange(patches + 1) * rest // patches
    pairs = whole + number.diff()
    return (torch.arange(DIMENSIONS) // 2 < pairs[:, None]).float()


def channel_state(snr_db: float, symbols: float, patches: int) -> Tensor:
    """The scalars that steer the networks, `[1, 2]`, within what they were trained for."""
    low, high = SNR_RANGE_DB
    rate = min(max(2 * symbols / patches, 2.0), float(DIMENSIONS))
    return state_scalars(torch.tensor([min(max(snr_db, low), high)]), torch.tensor([rate]))


class DeepJscc:
    """One saved DeepJSCC model as a system to compare with.

    The side information is the power scale, one byte. How many dimensions a patch has follows from the number of
    symbols, which the frames tell anyway.

    Args:
        network: its network, ready for inference.
        model_id: of the weights.
        name: what tables call it.
    """

    def __init__(self, network: DeepJsccNetwork, model_id: str, name: str = "deepjscc") -> None:
        self._network = network
        self.model_id = model_id
        self.name = name

    @classmethod
    def from_pretrained(cls, folder: str | Path, name: str = "deepjscc") -> DeepJscc:
        """Load a model's folder.

        Raises:
            UnknownModel: there is no such model, its files are damaged, or it is no DeepJSCC model.
        """
        saved = SavedModel.read(folder)
        network = DeepJsccNetwork(saved.settings("deepjscc", DeepJsccConfig))
        return cls(saved.fill("deepjscc", network), saved.model_id, name)

    @torch.inference_mode()
    def encode(self, image: ByteArray, snr_db: float, budget: Callable[[int], int]) -> Latents:
        """Map a picture to symbols: as many as the budget allows, up to 64 for a patch of 16×16 pixels.

        Args:
            image: u8 `[H, W, 3]`.
            snr_db: the Es/N0 that the transmitter was told `[dB]`.
            budget: complex symbols that the picture may take beside so many bytes of side information.

        Raises:
            ConfigurationError: the budget is less than one symbol a patch.
        """
        picture = to_tensor(image)
        rows, columns = picture.shape[2] // PATCH, picture.shape[3] // PATCH
        patches = rows * columns
        symbols = min(budget(_SIDE_BYTES), _PAIRS * patches)
        if symbols < patches:
            raise ConfigurationError(
                f"this picture takes at least {patches} symbols with DeepJSCC: ask for a higher CBR"
            )
        mask = uniform_mask(symbols, patches)
        on_grid = mask.T.reshape(1, DIMENSIONS, rows, columns)
        state = self._network.tx_state(channel_state(snr_db, symbols, patches))
        dimensions = self._network.encode(picture, on_grid, state)
        scale = power_scale(dimensions, on_grid)
        pairs = (dimensions * scale)[0].flatten(1).T.contiguous().numpy().view(np.complex64)
        side = bytes([scale_code(float(scale))])
        return Latents(pairs[mask[:, ::2].numpy() > 0], side, image.shape[0], image.shape[1], self.model_id)

    @torch.inference_mode()
    def decode(self, received: ReceivedLatents) -> ByteArray:
        """Rebuild the picture, u8 `[H, W, 3]`.

        Raises:
            UnknownModel: the symbols were made by another model.
            SideInformationLost: the side information does not fit the symbols.
        """
        if received.model_id != self.model_id:
            raise UnknownModel(
                f"the picture was sent with model {received.model_id}, here is {self.model_id}: install that model"
            )
        rows, columns = (-(-side // CELL_PIXELS) * (CELL_PIXELS // PATCH) for side in (received.height, received.width))
        patches, symbols = rows * columns, len(received.symbols)
        if len(received.rate_map) != _SIDE_BYTES or not patches <= symbols <= _PAIRS * patches:
            raise SideInformationLost(
                f"{len(received.rate_map)} bytes of side information and {symbols} symbols are no DeepJSCC picture of "
                f"{received.height}x{received.width}"
            )
        scale = scale_value(received.rate_map[0])
        mask = uniform_mask(symbols, patches)
        sent = mask[:, ::2].numpy() > 0
        pairs = np.zeros(sent.shape, dtype=np.complex64)
        pairs[sent] = received.symbols / np.float32(scale)
        noise = np.ones(sent.shape, dtype=np.float32)
        noise[sent] = received.noise_var / np.float32(scale**2)

        def on_grid(values: Tensor) -> Tensor:
            return values.T.reshape(1, DIMENSIONS, rows, columns)

        state = self._network.rx_state(channel_state(received.snr_db, symbols, patches))
        picture = self._network.decode(
            on_grid(torch.from_numpy(pairs.view(np.float32))),
            on_grid(torch.from_numpy(noise).repeat_interleave(2, dim=1)),
            on_grid(mask),
            state,
        )
        return to_images(picture, received.height, received.width)[0]

# SPDX-License-Identifier: MIT
"""The codec as the link uses it: pictures to symbols, and symbols to the JSCC picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from lrisc_sdr.codec.allocation import CELL, RATES, cell_bits, prefix_mask, symbols_of
from lrisc_sdr.codec.jscc import power_scale, scale_code, scale_value
from lrisc_sdr.codec.network import CodecConfig, CodecNetwork, state_scalars
from lrisc_sdr.codec.patches import PATCH
from lrisc_sdr.codec.rates import MAP_SHARE, adaptive_rates, read_rates, uniform_rates
from lrisc_sdr.codec.region import favoured, padded, patch_shares
from lrisc_sdr.codec.saved_model import SavedModel
from lrisc_sdr.errors import ConfigurationError, SideInformationLost, UnknownModel
from lrisc_sdr.packaged_models import remedy
from lrisc_sdr.types import ByteArray, ComplexArray, Latents, ReceivedLatents
from lrisc_sdr.types import Mode as Mode

CELL_PIXELS = PATCH * CELL
"""Pictures are padded to a multiple of this; the padding is sent and billed `[pixels]`."""

SNR_RANGE_DB = (-2.0, 20.0)
"""What the networks were trained for: beyond it they are told the nearest `[dB]`."""

_SCALE_BYTES = 1


@dataclass(frozen=True)
class JsccPicture:
    """The JSCC decoder's picture and what the diffusion decoder is guided by.

    Attributes:
        picture: `[b, 3, H, W]` in [-1, 1], padded to whole cells.
        features: the synthesis' features at 1/4, 1/8 and 1/16 of the resolution.
        state: the receiver's channel state, `[b, 2]`.
        height, width: size without padding `[pixels]`.
    """

    picture: Tensor
    features: tuple[Tensor, Tensor, Tensor]
    state: Tensor
    height: int
    width: int


def to_tensor(image: ByteArray) -> Tensor:
    """u8 `[H, W, 3]` to f32 `[1, 3, H', W']` in [-1, 1], its edges repeated up to whole cells."""
    tensor = torch.tensor(image).permute(2, 0, 1)[None].float() / 127.5 - 1
    bottom, right = -image.shape[0] % CELL_PIXELS, -image.shape[1] % CELL_PIXELS
    return F.pad(tensor, (0, right, 0, bottom), mode="replicate")


def to_images(tensor: Tensor, height: int, width: int) -> list[ByteArray]:
    """f32 `[b, 3, H', W']` in [-1, 1] to u8 `[H, W, 3]` each, the padding cut off."""
    levels = ((tensor[:, :, :height, :width] + 1) * 127.5).round().clamp(0, 255)
    return list(np.ascontiguousarray(levels.byte().permute(0, 2, 3, 1).cpu().numpy()))


def _state(snr_db: float, symbols: int, patches: int) -> Tensor:
    low, high = SNR_RANGE_DB
    rate = min(max(2 * symbols / patches, RATES[0]), RATES[-1])
    return state_scalars(torch.tensor([float(min(max(snr_db, low), high))]), torch.tensor([rate]))


class Codec:
    """Transmitter and JSCC decoder of one saved model.

    Args:
        network: with its weights.
        model_id: of the saved model.
        device: where to compute, as torch names it.

    Attributes:
        network: as the argument, on that device.
    """

    def __init__(self, network: CodecNetwork, model_id: str, device: str = "cpu") -> None:
        self.device = torch.device(device)
        self.network = network.to(self.device)
        self.model_id = model_id

    @classmethod
    def from_pretrained(cls, name_or_path: str | Path = "small", device: str = "cpu") -> Codec:
        """Load a model by name or folder.

        Raises:
            UnknownModel: there is no such model, or its files are damaged.
        """
        return cls.from_saved(SavedModel.read(name_or_path), device)

    @classmethod
    def from_saved(cls, saved: SavedModel, device: str = "cpu") -> Codec:
        """The codec of a model that has been read already."""
        network = saved.fill("codec", CodecNetwork(saved.settings("codec", CodecConfig)))
        return cls(network, saved.model_id, device)

    def compile(self) -> None:
        """Let torch compile the JSCC decoder's part of the network."""
        self.network.synthesis.compile(mode="max-autotune")

    @torch.inference_mode()
    def encode(
        self,
        image: ByteArray,
        snr_db: float,
        budget: Callable[[int], int],
        roi: NDArray[np.bool_] | None = None,
        mode: Mode = "adaptive",
    ) -> Latents:
        """Map a picture to symbols.

        Args:
            image: u8 `[H, W, 3]`.
            snr_db: the Es/N0 that the transmitter expects `[dB]`.
            budget: complex symbols the picture may take when its side information has so many bytes.
            roi: region of interest, bool `[H, W]`, which gets more of the symbols; the rates are all that tells of it.
            mode: whether every cell has its own rate.

        Raises:
            ConfigurationError: even the lowest rates exceed the budget, the highest fall far short of it, or the region
                is not of the picture's size or has no rates that could favour it.
        """
        height, width = image.shape[:2]
        if roi is not None and roi.shape != (height, width):
            raise ConfigurationError(
                f"a region of {roi.shape[1]}x{roi.shape[0]} pixels in a picture of {width}x{height}"
            )
        if roi is not None and mode == "uniform":
            raise ConfigurationError("a region of interest needs the adaptive mode: a uniform rate cannot favour it")
        picture = to_tensor(image).to(self.device)
        rows, columns = picture.shape[2] // PATCH, picture.shape[3] // PATCH
        cells = rows * columns // CELL**2
        # The map is not known before the features are: what it may take is near enough for the rate token.
        target = int((1 - MAP_SHARE) * budget(0))
        highest = symbols_of(np.full(cells, len(RATES) - 1, dtype=np.uint8))
        if target > 1.25 * highest:
            raise ConfigurationError(
                f"this model sends at most {RATES[-1] // 2} symbols for {PATCH}x{PATCH} pixels: "
                "ask for a CBR of 1/12 or less"
            )
        state = self.network.tx_state(_state(snr_db, target, rows * columns).to(self.device))
        shares = None if roi is None else patch_shares(padded(roi, *picture.shape[2:])).to(self.device)
        features, _, bits, _ = self.network.analyse(picture, state, shares)

        def room(n_bytes: int) -> int:
            return budget(_SCALE_BYTES + n_bytes)

        if mode == "uniform":
            levels, coded = uniform_rates(rows // CELL, columns // CELL, room)
        else:
            worth = cell_bits(bits)
            levels, coded = adaptive_rates(
                (worth if shares is None else favoured(worth, shares))[0].cpu().numpy(), room
            )
        mask = prefix_mask(torch.from_numpy(levels)[None], rows, columns).to(self.device)
        dimensions = self.network.jscc_encoder(picture, features, mask, state)
        scale = power_scale(dimensions, mask)
        side = bytes([scale_code(float(scale))]) + coded
        return Latents(sent_symbols(dimensions * scale, mask), side, height, width, self.model_id)

    def decode(self, received: ReceivedLatents) -> JsccPicture:
        """Rebuild the JSCC picture from received latents.

        Raises:
            UnknownModel: the latents were made by another model.
            SideInformationLost: the rate map does not fit the symbols.
        """
        return self.decode_batch([received])

    @torch.inference_mode()
    def decode_batch(self, received: Sequence[ReceivedLatents]) -> JsccPicture:
        """Rebuild the JSCC pictures from received latents, all of one size.

        Raises:
            UnknownModel: latents were made by another model.
            SideInformationLost: a rate map does not fit its symbols.
            ValueError: there are none, or their sizes differ.
        """
        sizes = {(latents.height, latents.width) for latents in received}
        if len(sizes) != 1:
            raise ValueError(f"a batch has pictures of one size, not of {sorted(sizes) or 'none'}")
        for latents in received:
            if latents.model_id != self.model_id:
                raise UnknownModel(
                    f"the picture was sent with model {latents.model_id}, here is {self.model_id}: "
                    f"{remedy(latents.model_id)}"
                )
        height, width = sizes.pop()
        inputs = [network_inputs(latents) for latents in received]
        dimensions, noise_var, mask, scalars = (torch.cat(each).to(self.device) for each in zip(*inputs, strict=True))
        state = self.network.rx_state(scalars)
        picture, features = self.network.reconstruct(dimensions, noise_var, mask, state)
        return JsccPicture(picture.clamp(-1, 1), features, scalars, height, width)


def sent_symbols(dimensions: Tensor, mask: Tensor) -> ComplexArray:
    """The complex symbols c64 `[n]` of real dimensions `[1, 128, h, w]`, in the order in which they are sent."""
    pairs = dimensions[0].permute(1, 2, 0).contiguous().cpu().numpy().view(np.complex64)
    symbols: ComplexArray = pairs[mask[0, ::2].permute(1, 2, 0).cpu().numpy() > 0]
    return symbols


def network_inputs(received: ReceivedLatents) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """What the JSCC decoder is fed of one picture: dimensions, noise variance and mask `[1, 128, h, w]`, scalars
    `[1, 2]`. The dimensions are the symbols with the told power scale undone, and the variance is on their scale.

    Raises:
        SideInformationLost: the rate map does not fit the symbols.
    """
    rows, columns = (-(-side // CELL_PIXELS) * CELL for side in (received.height, received.width))
    if len(received.rate_map) < _SCALE_BYTES:
        raise SideInformationLost("the picture's side information is empty")
    scale = scale_value(received.rate_map[0])
    levels = read_rates(received.rate_map[_SCALE_BYTES:], rows // CELL, columns // CELL)
    if symbols_of(levels) != len(received.symbols):
        raise SideInformationLost(f"the rate map stands for {symbols_of(levels)} symbols, {len(received.symbols)} came")
    mask = prefix_mask(torch.from_numpy(levels)[None], rows, columns)
    sent = mask[0, ::2].permute(1, 2, 0).numpy() > 0
    pairs = np.zeros(sent.shape, dtype=np.complex64)
    pairs[sent] = received.symbols / np.float32(scale)
    noise = np.ones(sent.shape, dtype=np.float32)
    noise[sent] = received.noise_var / np.float32(scale**2)
    dimensions = torch.from_numpy(pairs.view(np.float32)).permute(2, 0, 1)[None]
    noise_var = torch.from_numpy(noise).permute(2, 0, 1)[None].repeat_interleave(2, dim=1)
    return dimensions, noise_var, mask, _state(received.snr_db, len(received.symbols), rows * columns)

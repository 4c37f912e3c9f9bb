# SPDX-License-Identifier: MIT
"""The LRISC transmitter and JSCC decoder as one network, and its configuration."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lrisc_sdr.codec.entropy import Hyperprior
from lrisc_sdr.codec.jscc import JsccDecoder, JsccEncoder
from lrisc_sdr.codec.layers import ChannelState, preserve_variance
from lrisc_sdr.codec.patches import PATCH
from lrisc_sdr.codec.tiled import CORE, WHOLE_PIXELS, cut, over_tiles, receptive_margin
from lrisc_sdr.codec.transform import Analysis, Synthesis
from lrisc_sdr.tiles import Tile


@dataclass(frozen=True)
class CodecConfig:
    """Sizes of the codec.

    Attributes:
        channels, blocks: at 1/4, 1/8 and 1/16 of the picture's resolution.
        jscc_blocks: of the JSCC encoder.
        latents: channels of the entropy model.
        roi: features are weighted by a region of interest. A model without it serves regions by their rates alone.
    """

    channels: tuple[int, int, int] = (48, 96, 192)
    blocks: tuple[int, int, int] = (1, 2, 4)
    jscc_blocks: int = 1
    latents: int = 64
    roi: bool = False


def state_scalars(snr_db: Tensor, dimensions_per_patch: Tensor) -> Tensor:
    """The channel state as scalars near [-1, 1]: `[b]` SNR in dB and `[b]` mean real dimensions per patch to `[b,
    2]`.
    """
    return torch.stack([(snr_db - 9) / 11, (torch.log2(dimensions_per_patch) - 4.5) / 2.5], dim=1)


class CodecNetwork(nn.Module):
    """g_e, h_e, f_e at the transmitter; f_d and the synthesis at the receiver. Source: LRISC, arXiv 2504.21577.

    The entropy model sees the features without steering them: its gradient stops at their door, so that the features
    serve the channel alone, and the bits measure them.
    """

    def __init__(self, config: CodecConfig) -> None:
        super().__init__()
        self.config = config
        channels = config.channels
        self.tx_state = ChannelState(2)
        self.rx_state = ChannelState(2)
        self.analysis = Analysis(channels, config.blocks)
        self.roi_gain = nn.Parameter(torch.zeros(1, channels[2], 1, 1)) if config.roi else None
        self.hyperprior = Hyperprior(channels[2], config.latents)
        self.jscc_encoder = JsccEncoder(channels[2], config.jscc_blocks)
        self.jscc_decoder = JsccDecoder(channels[2])
        self.synthesis = Synthesis(channels, config.blocks)
        preserve_variance(self)
        nn.init.zeros_(self.synthesis.up1.mix.weight)

    def analyse(
        self, picture: Tensor, state: Tensor, region: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Picture `[b, 3, H, W]` in [-1, 1] to features, quantised latents, bits `[b, h, w]`, hyper bits `[b]`.

        The features are weighted by the region of interest, y' = y·(1 + α·M) with a learned α for every channel; M is
        `region`, `[b, 1, h, w]` in [0, 1]. The bits are those of the picture, whatever is of interest in it.
        """

        def part(tile: Tile) -> tuple[Tensor]:
            return (self.analysis(cut(picture, tile), state),)

        (features,) = over_tiles(part, picture.shape[2], picture.shape[3], receptive_margin(self.config.blocks))
        entropy = self.hyperprior(picture, features.detach())
        if region is not None and self.roi_gain is not None:
            features = features * (1 + self.roi_gain * region)
        return (features, *entropy)

    def reconstruct(
        self,
        dimensions: Tensor,
        noise_var: Tensor,
        mask: Tensor,
        state: Tensor,
        core: int = CORE,
        whole_pixels: int = WHOLE_PIXELS,
    ) -> tuple[Tensor, tuple[Tensor, Tensor, Tensor]]:
        """Received dimensions to the JSCC picture `[b, 3, H, W]` (not clamped) and the synthesis' features.

        A large picture is made in parts, as `over_tiles` takes them.
        """

        def part(tile: Tile) -> tuple[Tensor, ...]:
            received = cut(dimensions, tile, PATCH), cut(noise_var, tile, PATCH), cut(mask, tile, PATCH)
            linear, features = self.jscc_decoder(*received)
            refinement, scales = self.synthesis(features, state)
            return linear + refinement, *scales

        rows, columns = (side * PATCH for side in dimensions.shape[2:])
        margin = receptive_margin(self.config.blocks)
        picture, f4, f8, f16 = over_tiles(part, rows, columns, margin, core, whole_pixels)
        return picture, (f4, f8, f16)

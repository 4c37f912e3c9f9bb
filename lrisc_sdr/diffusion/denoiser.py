# SPDX-License-Identifier: MIT
"""The conditional denoiser: an estimate of the picture from its noisy state and the received latents.

    [x_u, x̂] ─► ÷4 ─► stage ────────────────────────────────────────────► stage ─► ×4 ─► + x̂ ─► x₀
                        └─► ÷2 ─► stage ──────────────────────► stage ─► ×2 ─┘
                   f₄ ──►     f₈ ──►└─► ÷2 ─► stage ─► ×2 ───────┘
                                  f₁₆ ──►

The features f of the JSCC decoder enter at their own scale (the conditioning of Yang & Mandt, arXiv 2209.06950); noise
level u (see `process`), SNR and rate steer every block. The last layer starts at zero, so that training starts from the
JSCC picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lrisc_sdr.codec.layers import ChannelState, Down, Stage, Up
from lrisc_sdr.codec.tiled import receptive_margin


@dataclass(frozen=True)
class DenoiserConfig:
    """Sizes: channels and blocks (each way) at 1/4, 1/8 and 1/16, and the channels of the features that guide it."""

    channels: tuple[int, int, int] = (64, 96, 160)
    blocks: tuple[int, int, int] = (2, 2, 3)
    guides: tuple[int, int, int] = (48, 96, 192)


class Denoiser(nn.Module):
    """x₀ = x̂ + U(x_u, x̂, features, u, SNR, rate)."""

    def __init__(self, config: DenoiserConfig) -> None:
        super().__init__()
        self.config = config
        c4, c8, c16 = config.channels
        self.state = ChannelState(3)
        self.down4 = Down(6, c4, 4)
        self.guide4 = nn.Conv2d(config.guides[0], c4, 1)
        self.in4 = Stage(c4, config.blocks[0])
        self.down8 = Down(c4, c8)
        self.guide8 = nn.Conv2d(config.guides[1], c8, 1)
        self.in8 = Stage(c8, config.blocks[1])
        self.down16 = Down(c8, c16)
        self.guide16 = nn.Conv2d(config.guides[2], c16, 1)
        self.middle = Stage(c16, config.blocks[2])
        self.up8 = Up(c16, c8)
        self.out8 = Stage(c8, config.blocks[1])
        self.up4 = Up(c8, c4)
        self.out4 = Stage(c4, config.blocks[0])
        self.up1 = Up(c4, 3, 4)
        nn.init.zeros_(self.up1.mix.weight)
        nn.init.zeros_(self.up1.mix.bias)  # type: ignore[arg-type]

    def forward(
        self, x: Tensor, jscc: Tensor, features: tuple[Tensor, Tensor, Tensor], level: Tensor, scalars: Tensor
    ) -> Tensor:
        """
        Args:
            x: x_u, `[b, 3, H, W]` in [-1, 1], H and W multiples of 16.
            jscc: x̂, the same shape.
            features: `[b, ·, H/4, W/4]`, `[b, ·, H/8, W/8]`, `[b, ·, H/16, W/16]`.
            level: u, `[b]`, in [-1, 1].
            scalars: the receiver's channel state, `[b, 2]`.
        """
        state = self.state(torch.cat([scalars, 2 * level[:, None] - 1], dim=1))
        f4, f8, f16 = features
        h4 = self.in4(self.down4(torch.cat([x, jscc], dim=1)) + self.guide4(f4), state)
        h8 = self.in8(self.down8(h4) + self.guide8(f8), state)
        h16 = self.middle(self.down16(h8) + self.guide16(f16), state)
        h8 = self.out8(h8 + self.up8(h16), state)
        h4 = self.out4(h4 + self.up4(h8), state)
        residual: Tensor = self.up1(h4)
        return jscc + residual

    @property
    def margin(self) -> int:
        """What a place sees to one side, in whole patches `[pixels]`."""
        b4, b8, b16 = self.config.blocks
        return receptive_margin((2 * b4, 2 * b8, b16))

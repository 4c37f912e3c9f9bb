# SPDX-License-Identifier: MIT
"""The nonlinear analysis and synthesis transforms between pictures and latent features.

    picture [3, H, W] ─► ÷4 ─► stage ─► ÷2 ─► stage ─► ÷2 ─► stage ─► features [c₃, H/16, W/16]

The synthesis runs the same way back, and hands out its features at every scale for the diffusion decoder.
"""

from __future__ import annotations

from torch import Tensor, nn

from lrisc_sdr.codec.layers import Down, Stage, Up


class Analysis(nn.Module):
    """z = g_e(x): picture `[b, 3, H, W]` in [-1, 1] to features `[b, c₃, H/16, W/16]`."""

    def __init__(self, channels: tuple[int, int, int], blocks: tuple[int, int, int]) -> None:
        super().__init__()
        self.down4 = Down(3, channels[0], 4)
        self.stage4 = Stage(channels[0], blocks[0])
        self.down8 = Down(channels[0], channels[1])
        self.stage8 = Stage(channels[1], blocks[1])
        self.down16 = Down(channels[1], channels[2])
        self.stage16 = Stage(channels[2], blocks[2])

    def forward(self, picture: Tensor, state: Tensor) -> Tensor:
        x = self.stage4(self.down4(picture), state)
        x = self.stage8(self.down8(x), state)
        features: Tensor = self.stage16(self.down16(x), state)
        return features


class Synthesis(nn.Module):
    """Features `[b, c₃, H/16, W/16]` back to a picture `[b, 3, H, W]`, with the features of the three scales.

    Returns:
        The picture (not clamped), and the features at 1/4, 1/8 and 1/16 of the resolution.
    """

    def __init__(self, channels: tuple[int, int, int], blocks: tuple[int, int, int]) -> None:
        super().__init__()
        self.stage16 = Stage(channels[2], blocks[2])
        self.up8 = Up(channels[2], channels[1])
        self.stage8 = Stage(channels[1], blocks[1])
        self.up4 = Up(channels[1], channels[0])
        self.stage4 = Stage(channels[0], blocks[0])
        self.up1 = Up(channels[0], 3, 4)

    def forward(self, features: Tensor, state: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor, Tensor]]:
        f16 = self.stage16(features, state)
        f8 = self.stage8(self.up8(f16), state)
        f4 = self.stage4(self.up4(f8), state)
        return self.up1(f4), (f4, f8, f16)

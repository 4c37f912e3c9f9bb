# SPDX-License-Identifier: MIT
"""The bricks of every network here: a residual block steered by the channel state, and changes of resolution."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

STATE_FEATURES = 32


def preserve_variance(module: nn.Module) -> None:
    """Initialise every convolution in `module` so that it passes the variance of its input on (LeCun).

    Without normalisation layers the framework's own initialisation shrinks a signal threefold in variance at every
    layer, and a deep network starts from almost nothing.
    """
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            fan_in = layer.weight[0].numel()
            nn.init.normal_(layer.weight, std=fan_in**-0.5)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        if isinstance(layer, Block):
            # The residual branch starts small, so that a deep stage starts near the identity.
            with torch.no_grad():
                layer.project.weight.mul_(0.5)


class ChannelState(nn.Module):
    """Fourier features of scalars that describe the channel, mixed into one vector.

    Args:
        scalars: how many scalars the state has.

    Input `[batch, scalars]`, each roughly within [-1, 1]. Output `[batch, STATE_FEATURES]`.
    """

    frequencies: Tensor

    def __init__(self, scalars: int) -> None:
        super().__init__()
        self.register_buffer("frequencies", math.pi * 2.0 ** torch.arange(-1.0, 3.0), persistent=False)
        self.mix = nn.Sequential(nn.Linear(scalars * 9, 64), nn.SiLU(), nn.Linear(64, STATE_FEATURES), nn.SiLU())

    def forward(self, scalars: Tensor) -> Tensor:
        angles = (scalars[..., None] * self.frequencies).flatten(1)
        mixed: Tensor = self.mix(torch.cat([scalars, angles.sin(), angles.cos()], dim=1))
        return mixed


class Block(nn.Module):
    """Inverted residual block with feature-wise linear modulation (FiLM, Perez et al. 2018) by the channel state.

        x ─► 1×1, c → 2c ─► depthwise 3×3 ─► ·(1 + γ(state)) + β(state) ─► GELU ─► 1×1, 2c → c ─►(+)─►
        └──────────────────────────────────────────────────────────────────────────────────────┘

    It has no normalisation over space, so that a tile and the whole picture give the same result.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        wide = 2 * channels
        self.expand = nn.Conv2d(channels, wide, 1)
        self.spread = nn.Conv2d(wide, wide, 3, padding=1, groups=wide)
        self.film = nn.Linear(STATE_FEATURES, 2 * wide)
        self.project = nn.Conv2d(wide, channels, 1)
        nn.init.zeros_(self.film.weight)
        nn.init.zeros_(self.film.bias)

    def forward(self, x: Tensor, state: Tensor) -> Tensor:
        gain, shift = self.film(state)[:, :, None, None].chunk(2, dim=1)
        hidden = self.spread(self.expand(x))
        projected: Tensor = self.project(F.gelu(hidden * (1 + gain) + shift, approximate="tanh"))
        return x + projected


class Stage(nn.Module):
    """A run of blocks at one resolution."""

    def __init__(self, channels: int, blocks: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(Block(channels) for _ in range(blocks))

    def forward(self, x: Tensor, state: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x, state)
        return x


class Down(nn.Module):
    """Halves (or quarters) the resolution: space to depth, then 1×1. `[b, c, h, w]` → `[b, out, h/factor,
    w/factor]`.
    """

    def __init__(self, channels: int, out: int, factor: int = 2) -> None:
        super().__init__()
        self.factor = factor
        self.mix = nn.Conv2d(channels * factor * factor, out, 1)

    def forward(self, x: Tensor) -> Tensor:
        unshuffled = F.pixel_unshuffle(x, self.factor).contiguous(memory_format=torch.channels_last)
        mixed: Tensor = self.mix(unshuffled)
        return mixed


class Up(nn.Module):
    """Doubles (or quadruples) the resolution: 1×1, then depth to space. `[b, c, h, w]` → `[b, out, h·factor,
    w·factor]`.
    """

    def __init__(self, channels: int, out: int, factor: int = 2) -> None:
        super().__init__()
        self.factor = factor
        self.mix = nn.Conv2d(channels, out * factor * factor, 1)

    def forward(self, x: Tensor) -> Tensor:
        return F.pixel_shuffle(self.mix(x), self.factor)

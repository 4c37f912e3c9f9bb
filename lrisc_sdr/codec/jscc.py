# SPDX-License-Identifier: MIT
"""Joint source-channel encoder and decoder: a picture's patches to real dimensions of symbols, and back.

    picture ──► principal components ──────────(+)─► [128, h, w] ─► first k of each patch ─► ·a ─► complex symbols
    features, rates ─► stage ─► 1×1 ────────────┘

    symbols ─► /a ─► Wiener weight ─┬─► principal components, transposed ──► linear picture
                                    └─► 1×1 ─► features for the synthesis, which refines it

The dimensions are ordered, and a rate is a prefix of them: all rates share one set of weights. The linear path starts
as the best linear analog code of patches (Lee & Petersen 1976: principal components, the power of each in proportion to
its standard deviation), so that training begins with a working link and the networks learn what a linear code cannot.
Two real dimensions make one complex symbol: dimension 2j and 2j+1 share a noise variance.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lrisc_sdr.codec.allocation import RATES
from lrisc_sdr.codec.layers import Stage
from lrisc_sdr.codec.patches import PATCH

DIMENSIONS = RATES[-1]


class JsccEncoder(nn.Module):
    """s = f_e(x, z, rates), before the power constraint.

    Picture `[b, 3, 16h, 16w]`, features `[b, c, h, w]` and mask `[b, 128, h, w]` to dimensions `[b, 128, h, w]`, 0
    where the mask is.
    """

    def __init__(self, channels: int, blocks: int) -> None:
        super().__init__()
        self.linear = nn.Conv2d(3, DIMENSIONS, PATCH, stride=PATCH)
        self.rate = nn.Conv2d(DIMENSIONS, channels, 1)
        self.stage = Stage(channels, blocks)
        self.project = nn.Conv2d(channels, DIMENSIONS, 1)

    def forward(self, picture: Tensor, features: Tensor, mask: Tensor, state: Tensor) -> Tensor:
        hidden = self.stage(features + self.rate(mask), state)
        dimensions: Tensor = self.linear(picture) + self.project(hidden)
        return dimensions.float() * mask


class JsccDecoder(nn.Module):
    """(linear picture, ẑ) = f_d(ŝ): received dimensions, their noise and the rates to `[b, 3, 16h, 16w]` and `[b, c,
    h, w]`.

    A dimension of variance p in noise of variance v is worth p/(p+v) of its value (Wiener); p is learned. The weight
    is an input of its own, so that the network knows what to trust. An erasure has v = inf and weight 0.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.log_variance = nn.Parameter(torch.zeros(1, DIMENSIONS, 1, 1))
        self.linear = nn.ConvTranspose2d(DIMENSIONS, 3, PATCH, stride=PATCH)
        self.mix = nn.Conv2d(3 * DIMENSIONS, channels, 1)

    def forward(self, dimensions: Tensor, noise_var: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """
        Args:
            dimensions: `[b, 128, h, w]`, received, the power scale undone.
            noise_var: `[b, 128, h, w]`, of the complex symbol that a dimension belongs to, on the same scale; inf for
                an erasure.
            mask: `[b, 128, h, w]`, 1 where a dimension was sent.
        """
        variance = self.log_variance.exp()
        weight = mask * variance / (variance + noise_var / 2)
        estimate = dimensions * weight
        features: Tensor = self.mix(torch.cat([estimate, weight, mask], dim=1))
        return self.linear(estimate), features


def power_scale(dimensions: Tensor, mask: Tensor) -> Tensor:
    """a, by which all dimensions of one transmission are multiplied to give its complex symbols unit mean power."""
    return torch.sqrt(0.5 * mask.sum() / dimensions.square().sum().clamp_min(1e-12))


_SCALE_STEPS = 32


def scale_code(scale: float) -> int:
    """The scale as one byte of side information, in steps of 2^(1/32) around 1."""
    return min(max(round(_SCALE_STEPS * float(torch.log2(torch.tensor(scale)))) + 128, 0), 255)


def scale_value(code: int) -> float:
    """What a byte of `scale_code` stands for."""
    return float(2.0 ** ((code - 128) / _SCALE_STEPS))


def told_scale(scale: Tensor) -> Tensor:
    """The scale as the receiver is told it, `scale_value(scale_code(scale))`, without waiting for the device."""
    steps = (_SCALE_STEPS * scale.log2()).round().clamp(-128, 127)
    return torch.exp2(steps / _SCALE_STEPS)

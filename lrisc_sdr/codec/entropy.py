# SPDX-License-Identifier: MIT
"""The hyperprior entropy model: how many bits each part of a picture is worth.

    picture ─► principal components ─(+)─► v ─────────────────────► −log₂ p(v | y) per position
    features ─► 1×1 ──────────────────┘    │                             ▲
                                           └─► h_e ─► y ─► h_d ─► (μ, σ) ┘

The model follows Ballé et al. 2018 (arXiv 1802.01436). It stays at the transmitter: its bits choose the length of each
cell (LRISC eq. K = Σ Q(−β log p(z|y))) and are themselves never sent. Adding uniform noise in place of rounding makes
the bits differentiable; at run time the noise-free latents are rounded.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lrisc_sdr.codec.patches import PATCH

SCALE_FLOOR = 0.11
"""Least σ of a latent, in quantiser steps: below it rounding is deterministic and the gradient vanishes."""

LIKELIHOOD_FLOOR = 1e-9


def interval_bits(values: Tensor, mean: Tensor, scale: Tensor) -> Tensor:
    """−log₂ of the probability that a Gaussian N(mean, scale²) puts on the unit interval around `values`."""
    distance = (values - mean).abs()
    upper = torch.special.ndtr((0.5 - distance) / scale)
    lower = torch.special.ndtr((-0.5 - distance) / scale)
    return -torch.log2((upper - lower).clamp_min(LIKELIHOOD_FLOOR))


def rounded(values: Tensor, training: bool) -> Tensor:
    """Quantise to integers; while training, the differentiable stand-in is uniform noise of the same variance."""
    return values + torch.rand_like(values) - 0.5 if training else values.round()


class Hyperprior(nn.Module):
    """Bits per position of the latent grid, and the quantised latents that they would buy.

    Args:
        features: channels of the analysis transform's output.
        latents: channels that are quantised.

    Returns of `forward`, for pictures `[b, 3, 16h, 16w]` and features `[b, c, h, w]`:
        the quantised latents `[b, latents, h, w]`, bits per position `[b, h, w]`, and bits of the hyper-latents `[b]`.
    """

    def __init__(self, features: int, latents: int = 64, hyper: int = 32) -> None:
        super().__init__()
        self.linear = nn.Conv2d(3, latents, PATCH, stride=PATCH)
        self.refine = nn.Conv2d(features, latents, 1)
        self.hyper_analysis = nn.Sequential(
            nn.Conv2d(latents, hyper, 3, padding=1),
            nn.GELU(),
            nn.Conv2d(hyper, hyper, 3, stride=2, padding=1),
            nn.GELU(),
            nn.Conv2d(hyper, hyper, 3, stride=2, padding=1),
        )
        self.hyper_synthesis = nn.Sequential(
            nn.Conv2d(hyper, 4 * hyper, 1),
            nn.PixelShuffle(2),
            nn.GELU(),
            nn.Conv2d(hyper, 4 * hyper, 3, padding=1),
            nn.PixelShuffle(2),
            nn.GELU(),
            nn.Conv2d(hyper, 2 * latents, 3, padding=1),
        )
        self.hyper_mean = nn.Parameter(torch.zeros(1, hyper, 1, 1))
        self.hyper_scale = nn.Parameter(torch.ones(1, hyper, 1, 1))

    def forward(self, picture: Tensor, features: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        values = self.linear(picture) + self.refine(features)
        # Bits are small differences of probabilities: single precision whatever the networks run in.
        hyper = rounded(self.hyper_analysis(values).float(), self.training)
        hyper_bits = interval_bits(hyper, self.hyper_mean, F.softplus(self.hyper_scale) + SCALE_FLOOR)
        parameters = self.hyper_synthesis(hyper).float()[:, :, : values.shape[2], : values.shape[3]]
        mean, scale = parameters.chunk(2, dim=1)
        quantised = rounded(values.float(), self.training)
        bits = interval_bits(quantised, mean, F.softplus(scale) + SCALE_FLOOR)
        return quantised, bits.sum(dim=1), hyper_bits.sum(dim=(1, 2, 3))

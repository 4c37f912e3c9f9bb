# SPDX-License-Identifier: MIT
"""DeepJSCC's networks: convolutions with GDN and PReLU, steered by the channel state, for all SNRs and rates.

    picture ─► conv ÷4 ─► conv ÷2 ─► conv ÷2 ─► conv ─► conv ─► conv ─(+)─► [128, h, w] ─► first k ─► ·a ─► symbols
       └─────────────────► principal components ───────────────────────┘

The layout is that of Bourtsoulatze, Burth Kurka & Gündüz 2019 (arXiv 1809.01733): every convolution is followed by GDN
(Ballé et al. 2016, arXiv 1511.06281) and PReLU, the decoder mirrors the encoder with transposed convolutions and the
inverse GDN, and the symbols of a picture have unit mean power. What is added makes it as strong a baseline as the same
training time allows:

- SNR and rate steer every layer by feature-wise modulation (as ADJSCC, arXiv 2012.00533, does with gates), so that one
  network serves all of them; a rate is a prefix of the ordered dimensions.
- Convolutions that keep the resolution are residual.
- Like the project's own codec it stands beside the best linear analog code of patches and starts as that code: in the
  same time it falls 3 dB short from random weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lrisc_sdr.codec.jscc import DIMENSIONS, JsccDecoder
from lrisc_sdr.codec.layers import STATE_FEATURES, ChannelState
from lrisc_sdr.codec.patches import PATCH

_BETA = 1.0
_GAMMA = 0.1


@dataclass(frozen=True)
class DeepJsccConfig:
    """Channels at 1/4, 1/8 and 1/16 of the picture's resolution, and residual convolutions at 1/16."""

    channels: tuple[int, int, int] = (64, 96, 160)
    blocks: int = 2


class Gdn(nn.Module):
    """Generalised divisive normalisation: y_i = x_i / √(β_i + Σ_j γ_ij x_j²), or times the root (inverse).

    β and γ are kept as squares of the parameters, and so never negative.
    """

    def __init__(self, channels: int, inverse: bool) -> None:
        super().__init__()
        self.inverse = inverse
        self.beta = nn.Parameter(torch.full((channels,), _BETA**0.5))
        gamma = _GAMMA * (torch.eye(channels) + 1 / channels)
        self.gamma = nn.Parameter(gamma.sqrt().view(channels, channels, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        power = nn.functional.conv2d(x.square(), self.gamma.square(), self.beta.square())
        return x * (power.sqrt() if self.inverse else power.rsqrt())


class Layer(nn.Module):
    """Convolution (or its transpose), GDN (or its inverse), modulation by the channel state, PReLU."""

    def __init__(self, convolution: nn.Conv2d | nn.ConvTranspose2d, inverse: bool, residual: bool = False) -> None:
        super().__init__()
        channels = convolution.out_channels
        self.residual = residual
        self.convolution = convolution
        self.gdn = Gdn(channels, inverse)
        self.film = nn.Linear(STATE_FEATURES, 2 * channels)
        self.prelu = nn.PReLU(channels)
        nn.init.zeros_(self.film.weight)
        nn.init.zeros_(self.film.bias)

    def forward(self, x: Tensor, state: Tensor) -> Tensor:
        gain, shift = self.film(state)[:, :, None, None].chunk(2, dim=1)
        hidden: Tensor = self.prelu(self.gdn(self.convolution(x)) * (1 + gain) + shift)
        return x + hidden if self.residual else hidden


class _Layers(nn.ModuleList):
    """One after the other."""

    def forward(self, x: Tensor, state: Tensor) -> Tensor:
        for layer in self:
            x = layer(x, state)
        return x


def _doubling(channels: int, channels_out: int) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(channels, channels_out, 5, stride=2, padding=2, output_padding=1)


class DeepJsccNetwork(nn.Module):
    """Encoder and decoder; dimensions are ordered, 2j and 2j+1 make a complex symbol."""

    def __init__(self, config: DeepJsccConfig) -> None:
        super().__init__()
        c4, c8, c16 = config.channels
        self.tx_state = ChannelState(2)
        self.rx_state = ChannelState(2)
        self.linear = nn.Conv2d(3, DIMENSIONS, PATCH, stride=PATCH)
        self.encoder = _Layers(
            [
                Layer(nn.Conv2d(3, c4, 8, stride=4, padding=2), inverse=False),
                Layer(nn.Conv2d(c4, c8, 5, stride=2, padding=2), inverse=False),
                Layer(nn.Conv2d(c8, c16, 5, stride=2, padding=2), inverse=False),
                *(Layer(nn.Conv2d(c16, c16, 3, padding=1), inverse=False, residual=True) for _ in range(config.blocks)),
            ]
        )
        self.to_dimensions = nn.Conv2d(c16, DIMENSIONS, 3, padding=1)
        self.receive = JsccDecoder(c16)
        self.decoder = _Layers(
            [
                *(Layer(nn.Conv2d(c16, c16, 3, padding=1), inverse=True, residual=True) for _ in range(config.blocks)),
                Layer(_doubling(c16, c8), inverse=True),
                Layer(_doubling(c8, c4), inverse=True),
            ]
        )
        self.to_picture = nn.ConvTranspose2d(c4, 3, 8, stride=4, padding=2)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d) and layer.bias is not None:
                # Every output pixel of a transposed convolution sees 1/stride² of the kernel.
                reach = layer.weight[:, 0] if isinstance(layer, nn.ConvTranspose2d) else layer.weight[0]
                share = layer.stride[0] ** 2 if isinstance(layer, nn.ConvTranspose2d) else 1
                nn.init.normal_(layer.weight, std=(reach.numel() / share) ** -0.5)
                nn.init.zeros_(layer.bias)

    def encode(self, picture: Tensor, mask: Tensor, state: Tensor) -> Tensor:
        """Picture `[b, 3, 16h, 16w]` in [-1, 1] to dimensions `[b, 128, h, w]` before the power constraint, 0 where
        the mask is.
        """
        dimensions: Tensor = self.linear(picture) + self.to_dimensions(self.encoder(picture, state))
        return dimensions.float() * mask

    def decode(self, dimensions: Tensor, noise_var: Tensor, mask: Tensor, state: Tensor) -> Tensor:
        """Received dimensions with their noise (as `codec.jscc.JsccDecoder` takes them) to the picture, not clamped."""
        linear: Tensor
        linear, features = self.receive(dimensions, noise_var, mask)
        refinement: Tensor = self.to_picture(self.decoder(features, state))
        return linear + refinement

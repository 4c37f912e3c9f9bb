# SPDX-License-Identifier: MIT
"""The adversary of stage B: tells decoded pictures from true ones, patch by patch.

    x ─► EfficientNet-Lite0, frozen ─► maps at strides 2, 2, 4, 8, 16 ─► a head each ─► logits [b, 1, h, w]
    [x, x − x̂] ─► ÷4, ÷8 ──────────────────────────────────────────► a head each ─► logits [b, 1, H/4, W/4], …

A critic that looks through a frozen network needs few steps (projected adversaries, Sauer et al., arXiv 2111.01007);
the last heads see pixels, which that network does not show it, and what was added to the JSCC picture x̂. The decoder
draws on grids of 4 and 8 pixels: patches of the same sizes, each pixel of them a channel of its own, show at once what
repeats with these grids, as no photograph does. Hinge loss:

    L_critic = E max(0, 1 − D(x)) + E max(0, 1 + D(x̃)),    L_decoder = −E D(x̃)
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

_HIDDEN = 48
_PATCHES = (4, 8)
"""Edges of the last heads' patches `[pixels]`."""


class Critic(nn.Module):
    """The heads.

    Args:
        channels: of the maps that the first heads see.
    """

    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__()
        self.heads = nn.ModuleList(_head(count) for count in (*channels, *(6 * edge**2 for edge in _PATCHES)))

    def forward(self, maps: Sequence[Tensor], pictures: Tensor, jscc: Tensor) -> list[Tensor]:
        """Logits of every head, `[b, 1, h, w]`: positive for true pictures.

        Args:
            maps: `[b, channels[i], h, w]` of the pictures.
            pictures: `[b, 3, H, W]` in [-1, 1], H and W multiples of 8.
            jscc: what was decoded without the diffusion decoder, the same shape.
        """
        pixels = torch.cat([pictures, pictures - jscc], dim=1)
        patches = [F.pixel_unshuffle(pixels, edge) for edge in _PATCHES]
        return [head(seen) for head, seen in zip(self.heads, (*maps, *patches), strict=True)]


def critic_loss(logits_true: Sequence[Tensor], logits_decoded: Sequence[Tensor]) -> Tensor:
    """L_critic, mean over the heads."""
    true = torch.stack([F.relu(1 - logits.float()).mean() for logits in logits_true])
    decoded = torch.stack([F.relu(1 + logits.float()).mean() for logits in logits_decoded])
    return (true + decoded).mean()


def decoder_loss(critic: Critic, maps: Sequence[Tensor], pictures: Tensor, jscc: Tensor) -> Tensor:
    """L_decoder, mean over the heads. Its gradient reaches the pictures and not the critic."""
    frozen = {name: value.detach() for name, value in critic.named_parameters()}
    logits: list[Tensor] = functional_call(critic, frozen, (maps, pictures, jscc))
    return -torch.stack([values.float().mean() for values in logits]).mean()


def _head(channels: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(channels, _HIDDEN, 1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(_HIDDEN, _HIDDEN, 3, padding=1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(_HIDDEN, 1, 1),
    )

# SPDX-License-Identifier: MIT
"""The linear code of patches that every learned part starts from.

Without it a network spends most of its training on finding out that neighbouring pixels are alike. With it training
begins with a working link, and what is learned is what a linear code cannot do.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

PATCH = 16
"""Side of the square of pixels that one position of the latent grid stands for `[pixels]`."""


@dataclass(frozen=True)
class PrincipalComponents:
    """Principal components of patches, the strongest first.

    Attributes:
        mean: mean patch, f64 `[3·16·16]`.
        basis: orthonormal rows, f64 `[768, 768]`.
        deviation: standard deviation of each component, f64 `[768]`.
    """

    mean: Tensor
    basis: Tensor
    deviation: Tensor

    @classmethod
    def of(cls, pictures: Tensor) -> PrincipalComponents:
        """Those of pictures u8 `[n, 3, H, W]`, as values in [-1, 1]."""
        height, width = (side // PATCH * PATCH for side in pictures.shape[2:])
        grid = pictures[:, :, :height, :width].unfold(2, PATCH, PATCH).unfold(3, PATCH, PATCH)
        patches = grid.permute(0, 2, 3, 1, 4, 5).flatten(0, 2).flatten(1).double() / 127.5 - 1
        mean = patches.mean(dim=0)
        centred = patches - mean
        values, vectors = torch.linalg.eigh(centred.T @ centred / len(patches))
        return cls(mean, vectors.flip(1).T.contiguous(), values.flip(0).clamp_min(1e-12).sqrt())

    @torch.no_grad()
    def start(self, analysis: torch.nn.Conv2d, synthesis: torch.nn.ConvTranspose2d, gain: Tensor) -> None:
        """Make `analysis` give component i times `gain[i]`, and `synthesis` undo it; as many components as they have
        channels.
        """
        count = analysis.out_channels
        rows = self.basis[:count] * gain[:count, None]
        analysis.weight.copy_(rows.view(count, 3, PATCH, PATCH))
        synthesis.weight.copy_((self.basis[:count] / gain[:count, None]).view(count, 3, PATCH, PATCH))
        if analysis.bias is not None and synthesis.bias is not None:
            analysis.bias.copy_(-(rows @ self.mean))
            synthesis.bias.copy_(self.mean.view(3, -1).mean(dim=1))

    def analog_gain(self, usual: int) -> Tensor:
        """Gains of the best linear analog code (Lee & Petersen 1976): the power of a component in proportion to its
        deviation.

        Scaled so that the first `usual` components make symbols of unit power, two components a complex symbol.
        """
        return self.deviation.rsqrt() * (0.5 / self.deviation[:usual].mean()).sqrt()

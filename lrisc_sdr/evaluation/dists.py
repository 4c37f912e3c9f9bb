# SPDX-License-Identifier: MIT
"""DISTS: deep image structure and texture similarity.

    D(x, y) = 1 − Σ_l Σ_c  α_lc · (2 μ_x μ_y + c₁)/(μ_x² + μ_y² + c₁)  +  β_lc · (2 σ_xy + c₂)/(σ_x² + σ_y² + c₂)

over the picture itself and five stages of VGG16 whose max pooling is replaced by L2 pooling; μ, σ² and σ_xy are taken
over the whole map of channel c. Ding et al., "Image Quality Assessment: Unifying Structure and Texture Similarity",
PAMI 2020. 0 is equal. The picture is not resized, where the authors' own script scales the short side to 256 first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.evaluation import weights
from lrisc_sdr.evaluation.backbones import VGG16, Backbone
from lrisc_sdr.evaluation.tiles import CORE, WHOLE_PIXELS, remembered, tiles

C1 = C2 = 1e-6
STRIDES = (1, *(stage.stride for stage in VGG16))
CHANNELS = (3, *(stage.channels for stage in VGG16))


@dataclass(frozen=True)
class Moments:
    """Of one stage of two pictures, each `[N, C]`: means, variances, covariance."""

    mean_x: Tensor
    mean_y: Tensor
    var_x: Tensor
    var_y: Tensor
    cov: Tensor


class Dists(nn.Module):
    """The metric with its weights, frozen; differentiable in both pictures.

    Args:
        state: `alpha` and `beta` as `weights.dists` gives them; None to look them up.
        backbone: VGG16's weights as `weights.backbone` gives them; None to look them up.

    Raises:
        ConfigurationError: the weights are nowhere to be had, or are not these.
    """

    alpha: Tensor
    beta: Tensor

    def __init__(self, state: Mapping[str, Tensor] | None = None, backbone: Mapping[str, Tensor] | None = None) -> None:
        super().__init__()
        state = weights.dists() if state is None else state
        self.backbone = Backbone(VGG16, l2_pool, weights.backbone("vgg") if backbone is None else backbone)
        try:
            alpha, beta = (state[name].reshape(sum(CHANNELS)) for name in ("alpha", "beta"))
        except (KeyError, RuntimeError) as error:
            raise ConfigurationError("the weights are not those of DISTS") from error
        total = alpha.sum() + beta.sum()
        self.register_buffer("alpha", alpha / total)
        self.register_buffer("beta", beta / total)
        self.requires_grad_(False)
        self.eval()

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Distances `[N]` of pictures `[N, 3, H, W]`, RGB in [0, 1], at least 32×32."""
        return self._distance([_moments(f, g) for f, g in zip(self._maps(x), self._maps(y), strict=True)])

    @torch.no_grad()
    def tiled(
        self,
        x: Tensor,
        y: Tensor,
        core: int = CORE,
        whole_pixels: int = WHOLE_PIXELS,
        memory: dict[str, list[Tensor]] | None = None,
    ) -> float:
        """The distance of one pair `[1, 3, H, W]` of any size, in the memory of one part (see `tiles`).

        `memory` keeps the features of an `x` of one part, for another `y`: half of the time.
        """
        counts = [0] * len(STRIDES)
        sums = [torch.zeros(5, 1, channels, dtype=torch.float64) for channels in CHANNELS]
        for tile in tiles(x.shape[-2], x.shape[-1], core, whole_pixels):
            part = (..., tile.rows.computed, tile.columns.computed)
            of_x = remembered(memory, "dists", tile, x, lambda: self._maps(x[part]))  # noqa: B023
            maps = zip(STRIDES, of_x, self._maps(y[part]), strict=True)
            for index, (stride, f, g) in enumerate(maps):
                own = (..., tile.rows.core(stride), tile.columns.core(stride))
                a, b = f[own], g[own]
                counts[index] += a.shape[-2] * a.shape[-1]
                products = (a, b, a.square(), b.square(), a * b)
                sums[index] += torch.stack([p.sum(dim=(2, 3), dtype=torch.float64) for p in products]).cpu()
        means = [total / count for total, count in zip(sums, counts, strict=True)]
        moments = [Moments(x_, y_, xx - x_**2, yy - y_**2, xy - x_ * y_) for x_, y_, xx, yy, xy in means]
        return float(self._distance(moments))

    def _maps(self, x: Tensor) -> list[Tensor]:
        return [x, *self.backbone(x)]

    def _distance(self, moments: list[Moments]) -> Tensor:
        texture = torch.cat([(2 * m.mean_x * m.mean_y + C1) / (m.mean_x**2 + m.mean_y**2 + C1) for m in moments], dim=1)
        structure = torch.cat([(2 * m.cov + C2) / (m.var_x + m.var_y + C2) for m in moments], dim=1)
        return 1 - (self.alpha * texture + self.beta * structure).sum(dim=1)


def l2_pool(x: Tensor) -> Tensor:
    """√(g ∗ x²) with a 3×3 Hann window g of unit sum, stride 2, padding 1: `[N, C, H, W]` to `[N, C, ⌈H/2⌉, ⌈W/2⌉]`."""
    window = torch.tensor([0.25, 0.5, 0.25], dtype=x.dtype, device=x.device)
    kernel = torch.outer(window, window).expand(x.shape[1], 1, 3, 3)
    return (F.conv2d(x.square(), kernel, stride=2, padding=1, groups=x.shape[1]) + 1e-12).sqrt()


def _moments(x: Tensor, y: Tensor) -> Moments:
    mean_x, mean_y = x.mean(dim=(2, 3)), y.mean(dim=(2, 3))
    dx, dy = x - mean_x[..., None, None], y - mean_y[..., None, None]
    return Moments(
        mean_x, mean_y, dx.square().mean(dim=(2, 3)), dy.square().mean(dim=(2, 3)), (dx * dy).mean(dim=(2, 3))
    )

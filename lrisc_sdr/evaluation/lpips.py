# SPDX-License-Identifier: MIT
"""LPIPS v0.1: learned perceptual image patch similarity.

    d(x, y) = Σ_l  mean_{h,w}  w_lᵀ (φ̂_l(x) − φ̂_l(y))²        φ̂_l: features of stage l, unit length over channels

Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric", CVPR 2018. 0 is equal.
Values of different networks do not compare: say which, as in "LPIPS (AlexNet, v0.1)".
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.evaluation import weights
from lrisc_sdr.evaluation.backbones import ALEXNET, VGG16, Backbone, max_pool_alexnet, max_pool_vgg16
from lrisc_sdr.evaluation.tiles import CORE, WHOLE_PIXELS, remembered, tiles

EPSILON = 1e-10


class Lpips(nn.Module):
    """The metric with its weights, frozen; differentiable in both pictures.

    Args:
        net: "alex" or "vgg".
        state: weights as `weights.lpips` gives them; None to look them up.

    Raises:
        ConfigurationError: the weights are nowhere to be had, or are not these.
    """

    def __init__(self, net: weights.Net, state: Mapping[str, Tensor] | None = None) -> None:
        super().__init__()
        self.name = f"lpips {net}"
        state = weights.lpips(net) if state is None else state
        stages, pool = (ALEXNET, max_pool_alexnet) if net == "alex" else (VGG16, max_pool_vgg16)
        self.backbone = Backbone(stages, pool, state)
        self.lins = nn.ModuleList(nn.Conv2d(stage.channels, 1, 1, bias=False) for stage in stages)
        try:
            self.lins.load_state_dict({f"{i}.weight": state[f"lin{i}.weight"] for i in range(len(stages))})
        except (KeyError, RuntimeError) as error:
            raise ConfigurationError(f"the weights are not those of LPIPS v0.1 with {net}") from error
        self.requires_grad_(False)
        self.eval()

    def distance_maps(self, x: Tensor, y: Tensor) -> list[Tensor]:
        """What `forward` averages: a map `[N, 1, h, w]` for each stage."""
        return self._distances(self._features(x), y)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Distances `[N]` of pictures `[N, 3, H, W]`, RGB in [0, 1], at least 32×32.

        The metric is defined on [−1, 1]; its own normalisation there is ImageNet's on [0, 1], which is used here.
        """
        return torch.stack([distance.mean(dim=(1, 2, 3)) for distance in self.distance_maps(x, y)]).sum(dim=0)

    def _features(self, x: Tensor) -> list[Tensor]:
        return [_unit(features) for features in self.backbone(x)]

    def _distances(self, features: list[Tensor], y: Tensor) -> list[Tensor]:
        pairs = zip(self.lins, features, self._features(y), strict=True)
        return [lin((f - g).square()) for lin, f, g in pairs]

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
        sums = torch.zeros(len(self.lins), dtype=torch.float64)
        counts = torch.zeros(len(self.lins), dtype=torch.float64)
        for tile in tiles(x.shape[-2], x.shape[-1], core, whole_pixels):
            part = (..., tile.rows.computed, tile.columns.computed)
            features = remembered(memory, self.name, tile, x, lambda: self._features(x[part]))  # noqa: B023
            for index, (stage, distance) in enumerate(
                zip(self.backbone.stages, self._distances(features, y[part]), strict=True)
            ):
                own = distance[..., tile.rows.core(stage.stride), tile.columns.core(stage.stride)]
                sums[index] += own.double().sum().cpu()
                counts[index] += own.numel()
        return float((sums / counts).sum())


def _unit(features: Tensor) -> Tensor:
    """Unit length over channels; `vector_norm` has a zero gradient, not an undefined one, where all channels are 0."""
    length: Tensor = torch.linalg.vector_norm(features, dim=1, keepdim=True)
    return features / (length + EPSILON)

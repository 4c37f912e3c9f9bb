# SPDX-License-Identifier: MIT
"""How different two pictures look to an ImageNet classifier: cheap enough for a loss on a CPU.

    d(x, y) = mean over maps of  mean over places of  ‖f(x)/‖f(x)‖ − f(y)/‖f(y)‖‖²

with f the channels of one place in one of EfficientNet-Lite0's maps. It judges no result: LPIPS looks through others.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from lrisc_sdr.evaluation import weights
from lrisc_sdr.evaluation.classifier import FEATURE_CHANNELS, EfficientNetLite0

CHANNELS = FEATURE_CHANNELS[:5]
"""Of the maps at strides 2, 2, 4, 8 and 16; the last one sees more than a crop."""


class ClassifierDistance(nn.Module):
    """The classifier's maps, and the distance between those of two pictures.

    Raises:
        ConfigurationError: the weights are not at hand.
    """

    def __init__(self) -> None:
        super().__init__()
        self.classifier = EfficientNetLite0(weights.classifier())

    def maps(self, pictures: Tensor) -> list[Tensor]:
        """Of pictures `[b, 3, H, W]` in [0, 1]: `[b, CHANNELS[i], h, w]`, of unit length over channels."""
        return [_unit(features) for features in self.classifier.features(pictures)[: len(CHANNELS)]]

    def forward(self, maps: Sequence[Tensor], others: Sequence[Tensor]) -> Tensor:
        """d, the mean over a batch, from what `maps` gives of two pictures."""
        distances = [(f - g).square().sum(dim=1).mean() for f, g in zip(maps, others, strict=True)]
        return torch.stack(distances).mean()


def _unit(features: Tensor) -> Tensor:
    length: Tensor = torch.linalg.vector_norm(features, dim=1, keepdim=True)
    return features / (length + 1e-6)

# SPDX-License-Identifier: MIT
"""The ImageNet networks whose features LPIPS and DISTS compare: AlexNet and VGG16, convolutions only.

x ─► conv, ReLU … ─► map 0 ─► pool ─► conv, ReLU … ─► map 1 ─► … ─► map 4
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lrisc_sdr.errors import ConfigurationError

# ImageNet statistics of RGB in [0, 1].
MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)

Pool = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Convolution:
    """A convolution and the ReLU after it.

    Attributes:
        index: its number among torchvision's `features`.
        channels_in, channels_out: channels.
        kernel, stride, padding: geometry `[pixels of its input]`.
    """

    index: int
    channels_in: int
    channels_out: int
    kernel: int = 3
    stride: int = 1
    padding: int = 1


@dataclass(frozen=True)
class Stage:
    """Convolutions that end in a feature map.

    Attributes:
        convolutions: in their order.
        pooled: whether a pooling comes before them.
        stride: pixels of the picture between two positions of the map.
    """

    convolutions: tuple[Convolution, ...]
    pooled: bool
    stride: int

    @property
    def channels(self) -> int:
        """Channels of the feature map."""
        return self.convolutions[-1].channels_out


ALEXNET = (
    Stage((Convolution(0, 3, 64, kernel=11, stride=4, padding=2),), pooled=False, stride=4),
    Stage((Convolution(3, 64, 192, kernel=5, padding=2),), pooled=True, stride=8),
    Stage((Convolution(6, 192, 384),), pooled=True, stride=16),
    Stage((Convolution(8, 384, 256),), pooled=False, stride=16),
    Stage((Convolution(10, 256, 256),), pooled=False, stride=16),
)
VGG16 = (
    Stage((Convolution(0, 3, 64), Convolution(2, 64, 64)), pooled=False, stride=1),
    Stage((Convolution(5, 64, 128), Convolution(7, 128, 128)), pooled=True, stride=2),
    Stage((Convolution(10, 128, 256), Convolution(12, 256, 256), Convolution(14, 256, 256)), pooled=True, stride=4),
    Stage((Convolution(17, 256, 512), Convolution(19, 512, 512), Convolution(21, 512, 512)), pooled=True, stride=8),
    Stage((Convolution(24, 512, 512), Convolution(26, 512, 512), Convolution(28, 512, 512)), pooled=True, stride=16),
)


def max_pool_alexnet(x: Tensor) -> Tensor:
    """3×3, stride 2."""
    return F.max_pool2d(x, 3, 2)


def max_pool_vgg16(x: Tensor) -> Tensor:
    """2×2, stride 2."""
    return F.max_pool2d(x, 2, 2)


class Backbone(nn.Module):
    """A frozen network that gives out the feature map of every stage.

    Args:
        stages: `ALEXNET` or `VGG16`.
        pool: what comes before a pooled stage.
        state: `features.{index}.{weight,bias}`; other names are not looked at.

    Raises:
        ConfigurationError: the weights are not those of this network.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, stages: tuple[Stage, ...], pool: Pool, state: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.stages = stages
        self.pool = pool
        self.features = nn.ModuleDict(
            {
                str(c.index): nn.Conv2d(c.channels_in, c.channels_out, c.kernel, c.stride, c.padding)
                for stage in stages
                for c in stage.convolutions
            }
        )
        try:
            self.load_state_dict({name: state[name] for name in self.state_dict()})
        except (KeyError, RuntimeError) as error:
            raise ConfigurationError("the weights are not those of the network that the metric needs") from error
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(STD).view(1, 3, 1, 1), persistent=False)
        self.requires_grad_(False)
        self.eval()

    def forward(self, x: Tensor) -> list[Tensor]:
        """Five feature maps `[N, C, h, w]`, after their ReLU, of `x` `[N, 3, H, W]`, RGB in [0, 1], at least 32×32."""
        x = (x - self.mean) / self.std
        maps = []
        for stage in self.stages:
            if stage.pooled:
                x = self.pool(x)
            for convolution in stage.convolutions:
                x = F.relu(self.features[str(convolution.index)](x))
            maps.append(x)
        return maps
